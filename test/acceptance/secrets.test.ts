// Runs last (test/run.ts): it looks at what every other story left behind.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { PROVIDER_SECRET } from './support/provider-secret.ts';
import { openWorld } from './support/world.ts';
import type { World } from './support/world.ts';

const OAUTH_TOKEN = /sha256~([A-Za-z0-9_-]{43})/g;
const JWT = /eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/g;

describe('no secret', () => {
  let world: World;
  let ledger: ReadonlySet<string>;
  before(async () => {
    world = await openWorld();
    ledger = new Set(readFileSync(world.info.tokenLedger, 'utf8').split('\n'));
  });
  after(() => world.close());

  test('would be overlooked by this search: it finds a planted one of each kind', () => {
    const secret = 'A'.repeat(43);
    const planted = new Set([nameOf(secret)]);
    const jwt = ['eyJhbGciOiJSUzI1NiJ9', 'eyJzdWIiOiJjaSIsImV4cCI6MX0', 'c2lnbmF0dXJlLXNpZw'].join(
      '.',
    );
    assert.deepEqual(secretsIn(`x sha256~${secret} y ${jwt}`, planted).length, 2);
    assert.deepEqual(secretsIn(`x ${PROVIDER_SECRET} y`, planted).length, 1);
    const payload = {
      events: [{ input: { payloads: [{ data: Buffer.from(`sha256~${secret}`) }] } }],
    };
    assert.equal(secretsIn(textOf(payload), planted).length, 1);
    // The object's name is no secret: it is the hash of one.
    assert.deepEqual(secretsIn(nameOf(secret), planted), []);
  });

  test('is in the history of any workflow', async () => {
    let seen = 0;
    for await (const { workflowId, runId } of world.client.workflow.list()) {
      const history = await world.client.workflow.getHandle(workflowId, runId).fetchHistory();
      seen++;
      assert.deepEqual(secretsIn(textOf(history), ledger), [], workflowId);
    }
    assert.ok(seen > 50, `only ${seen} workflows were looked at`);
    assert.ok(ledger.size > 30, `only ${ledger.size} tokens were ever made`);
  });

  test('is in a log, a report, or another file of the sandbox that is not there to hold it', () => {
    const { dataDir } = world.info;
    const files = filesBelow(dataDir).filter(
      (file) => !holdsCredentials(path.relative(dataDir, file)),
    );
    assert.ok(
      files.some((file) => file.endsWith('worker.log')),
      files.join('\n'),
    );
    assert.ok(
      files.some((file) => file.includes('reports')),
      'reports must be among them',
    );
    for (const file of files)
      assert.deepEqual(secretsIn(readFileSync(file, 'latin1'), ledger), [], file);
  });
});

function secretsIn(text: string, known: ReadonlySet<string>): readonly string[] {
  const tokens = [...text.matchAll(OAUTH_TOKEN)].filter(([, secret = '']) =>
    known.has(nameOf(secret)),
  );
  const planted = text.includes(PROVIDER_SECRET) ? [[PROVIDER_SECRET]] : [];
  return [...tokens, ...text.matchAll(JWT), ...planted].map(
    ([found = '']) => `${found.slice(0, 12)}…`,
  );
}

/** The name of a token's object (openshift-facts.md 4.3). */
function nameOf(secret: string): string {
  return `sha256~${createHash('sha256').update(secret).digest('base64url')}`;
}

/** Every string in an object, however deep, and every run of bytes as text: payloads are bytes. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return `${value}\n`;
  if (value instanceof Uint8Array) return `${Buffer.from(value).toString('latin1')}\n`;
  if (typeof value !== 'object' || value === null) return '';
  return Object.values(value).map(textOf).join('');
}

// The sandbox's own credentials live in these: kubeconfigs, static tokens and keys, and the servers' databases.
function holdsCredentials(file: string): boolean {
  return /kubeconfig|token|pki|etcd|temporal\.db|registry-data|static/.test(file);
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(folder, name))
    .filter((file) => statSync(file).isFile());
}

// Runs last (test/run.ts): it looks at what every other story left behind.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { PROVIDER_SECRET } from './support/provider-secret.ts';
import { openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

const OAUTH_TOKEN = /sha256~([A-Za-z0-9_-]{43})/g;
const JWT = /eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/g;
const BASIC = /Basic ([A-Za-z0-9+/]{16,}={0,2})/gi;

/** What the sandbox knows of its secrets. */
interface Known {
  /** The names of the OAuth tokens' objects: the tokens themselves are nowhere. */
  readonly ledger: ReadonlySet<string>;
  /** The tokens of kube-apiserver's own list, as they are. */
  readonly fixed: readonly string[];
}

describe('no secret', () => {
  let env: Environment;
  let known: Known;
  before(async () => {
    env = await openEnvironment();
    const { tokenLedger, cluster } = env.info;
    const tokens = path.dirname(cluster.adminTokenFile);
    known = {
      ledger: new Set(readFileSync(tokenLedger, 'utf8').split('\n')),
      fixed: ['admin', 'registry'].map((name) =>
        readFileSync(path.join(tokens, name), 'utf8').trim(),
      ),
    };
    for (const token of known.fixed) assert.ok(token.length > 40);
  });
  after(() => env.close());

  describe('escapes this search: it finds a planted one', () => {
    const secret = 'A'.repeat(43);
    const jwt = ['eyJhbGciOiJSUzI1NiJ9', 'eyJzdWIiOiJjaSIsImV4cCI6MX0', 'c2lnbmF0dXJlLXNpZw'].join(
      '.',
    );
    const fixed = 'b'.repeat(43);
    const planted: Known = { ledger: new Set([nameOf(secret)]), fixed: [fixed] };
    const kinds = {
      'that a provider has': `x ${PROVIDER_SECRET} y`,
      'that a person has': `x sha256~${secret} y`,
      'that a service account has': `x ${jwt} y`,
      'that the API server lists': `x ${fixed} y`,
      'that is a password': `Basic ${Buffer.from(`alice:sha256~${secret}`).toString('base64')}`,
    };
    for (const [kind, text] of Object.entries(kinds)) {
      test(`${kind}, as it is, in a payload, and in a bundle's file`, () => {
        assert.equal(secretsIn(text, planted).length, 1);
        const payload = { events: [{ input: { payloads: [{ data: Buffer.from(text) }] } }] };
        assert.equal(secretsIn(textOf(payload), planted).length, 1);
        const file = zstdCompressSync(`line\n${text}\nline\n`);
        assert.equal(secretsIn(contentOf('a.log.zst', file), planted).length, 1);
      });
    }

    test('but does not take the name of its object for it, which is the hash of one', () => {
      assert.deepEqual(secretsIn(nameOf(secret), planted), []);
    });
  });

  test('is in the history of any workflow', async () => {
    let seen = 0;
    for await (const { workflowId, runId } of env.client.workflow.list()) {
      const history = await env.client.workflow.getHandle(workflowId, runId).fetchHistory();
      seen++;
      assert.deepEqual(secretsIn(textOf(history), known), [], workflowId);
    }
    assert.ok(seen > 50, `only ${seen} workflows were looked at`);
    assert.ok(known.ledger.size > 30, `only ${known.ledger.size} tokens were ever made`);
  });

  test('is in a log, a report, or another file of the sandbox that is not there to hold it', () => {
    const { dataDir } = env.info;
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
      assert.deepEqual(secretsIn(contentOf(file, readFileSync(file)), known), [], file);
    const bundled = files.filter((file) => /\/archive\/logs\/.*\.zst$/.test(file));
    assert.ok(bundled.length > 20, `only ${bundled.length} files of bundles were looked at`);
  });
});

function secretsIn(text: string, known: Known): readonly string[] {
  const tokens = [...text.matchAll(OAUTH_TOKEN)].filter(([, secret = '']) =>
    known.ledger.has(nameOf(secret)),
  );
  const passwords = [...text.matchAll(BASIC)].flatMap(([, encoded = '']) =>
    secretsIn(Buffer.from(encoded, 'base64').toString('latin1'), known),
  );
  const found = [...tokens, ...text.matchAll(JWT)].map(([all]) => all);
  const fixed = [...known.fixed, PROVIDER_SECRET].filter((token) => text.includes(token));
  return [...found, ...fixed, ...passwords].map((each) => `${each.slice(0, 12)}…`);
}

/** What a file holds: a bundle's are compressed. */
function contentOf(name: string, bytes: Uint8Array): string {
  const content = name.endsWith('.zst') ? zstdDecompressSync(bytes) : Buffer.from(bytes);
  return content.toString('latin1');
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

// The sandbox's own credentials live in these: kubeconfigs, static tokens and keys, and the servers'
// databases. On the stage, stories have their containers give secrets away: what they said is not ours.
function holdsCredentials(file: string): boolean {
  return /kubeconfig|token|pki|etcd|temporal\.db|registry-data|static|pod-logs\/stage-/.test(file);
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(folder, name))
    .filter((file) => statSync(file).isFile());
}

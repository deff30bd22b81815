import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { z } from 'zod';
import { checkHealthNow } from '../../src/temporal/health.ts';
import { startCollectLogs } from '../../src/temporal/starts.ts';
import { createNamespace, createUser, fresh } from './support/fixtures.ts';
import { assertProven, onboard, openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

const whoSchema = z.object({
  answers: z.array(
    z.object({
      user: z.string(),
      action: z.string(),
      refused: z.string().optional(),
      repository: z.string(),
      count: z.number(),
      claimsPurser: z.boolean(),
    }),
  ),
  probesLeftOut: z.number(),
});

describe('looking at logs', () => {
  let env: Environment;
  let target: string;
  let config: string;
  before(async () => {
    env = await openEnvironment();
    target = fresh('looking');
    await env.serve({ [target]: {} });
    config = path.join(mkdtempSync(path.join(os.tmpdir(), 'purser-story-')), 'purser.yaml');
    const archive = { folder: path.join(env.info.dataDir, 'archive') };
    const targets = { [target]: env.config.targets['sandbox'] };
    writeFileSync(config, stringify({ ...env.config, archive, targets }));
  });
  after(() => env.close());

  const start = (...args: readonly string[]) =>
    spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', MAIN, '-c', config, 'logs', ...args],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
  const logs = async (...args: readonly string[]) => {
    const child = start(...args);
    const closed = once(child, 'close');
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
    await closed;
    return { out, err, code: child.exitCode };
  };

  test('who tells what an onboarding tried, from the bundle, and leaves it out where a report vouches for it', async () => {
    const namespace = await createNamespace(env);
    const subject = await createUser(env);
    const { report } = await onboard(env, {
      target,
      subject,
      accesses: [`push:${namespace}`],
    });
    assertProven(report);
    const collected = await startCollectLogs(env.client, { target });
    assert.equal((await collected.result()).failed, 0);

    const ask = async (...more: readonly string[]) =>
      whoSchema.parse(
        JSON.parse((await logs('who', '--user', subject.name, '-o', 'json', ...more)).out),
      );
    const all = await ask('--probes');
    const did = all.answers.map(({ action, refused, repository }) =>
      [action, refused, repository.split('/')[0]].filter(Boolean).join(' '),
    );
    assert.ok(did.includes(`push ${namespace}`), did.join('\n'));
    assert.ok(did.includes('login'), did.join('\n'));
    assert.ok(
      did.some((each) => each.startsWith('refused pull ')),
      did.join('\n'),
    );
    const pushes = all.answers.filter(({ action }) => action === 'push');
    assert.deepEqual(
      pushes.map(({ count }) => count),
      [1],
      'one push, however many requests',
    );

    // All of it was the proof's, under that person's name: the report in the archive vouches for it.
    assert.ok(all.answers.every(({ claimsPurser }) => !claimsPurser));
    const without = await ask();
    assert.deepEqual(without.answers, []);
    assert.ok(without.probesLeftOut > 0);

    const { runId, target: of } = report;
    const key = `reports/onboard/${of}/User/${subject.name}/${runId}.json`;
    rmSync(path.join(env.info.dataDir, 'archive', key));
    const unvouched = await ask();
    assert.equal(unvouched.probesLeftOut, 0);
    assert.equal(unvouched.answers.length, all.answers.length);
    assert.ok(unvouched.answers.every(({ claimsPurser }) => claimsPurser));
  });

  test('what a health check pushes and pulls is left out, too, and counted', async () => {
    await checkHealthNow(env.client, target, AbortSignal.timeout(60_000));
    const collected = await startCollectLogs(env.client, { target });
    assert.equal((await collected.result()).failed, 0);
    const ask = async (...more: readonly string[]) =>
      whoSchema.parse(
        JSON.parse((await logs('who', '-r', 'purser-probe/*', '-o', 'json', ...more)).out),
      );
    const all = await ask('--probes');
    const actions = all.answers.map(({ action }) => action);
    assert.ok(actions.includes('push') && actions.includes('pull'), actions.join());
    const without = await ask();
    assert.deepEqual(without.answers, []);
    assert.ok(without.probesLeftOut > 0);
  });

  test('the bundle is listed, whole, and its lines can be shown', async () => {
    const [list, verify, show] = [
      await logs('list'),
      await logs('verify', '--strict'),
      await logs('show', '--status', '201', '--pod', 'image-registry-*'),
    ];
    assert.deepEqual(
      [list.code, verify.code, show.code],
      [0, 0, 0],
      list.err + verify.err + verify.out + show.err,
    );
    assert.match(list.out, /^BUNDLE .*\n\d{8}T\d{6}\.\d{3}Z-\S+ /);
    assert.match(verify.out, /^✔ .*: whole, /);
    assert.match(
      show.out,
      /^image-registry-\S+\/registry \S+Z time=.* http\.response\.status=201 /,
    );
  });

  test('tail shows lines as they are written, in order across a rotation, and Ctrl-C ends it well', async () => {
    const child = start('tail', '--since', '1s');
    const said = text(child.stderr);
    const closed = once(child, 'close');
    const lines = child.stdout.setEncoding('utf8')[Symbol.asyncIterator]();
    const prefix = `/looked-at-${fresh('x')}-`;
    let seen = '';
    let asked = 0;
    // The registry is asked until the line is there: the tail may begin a moment later.
    const enough = new AbortController();
    const ask = async () => {
      while (!enough.signal.aborted) await askRegistry(env, `${prefix}${(asked += 1)}`);
    };
    const asking = ask();
    const see = async (what: () => string) => {
      while (!seen.includes(what())) {
        const { value, done } = await lines.next();
        assert.notEqual(done, true, 'tail ended by itself');
        seen += String(value);
      }
    };
    await see(() => prefix);
    rotateLog(env);
    const later = `${prefix}${asked + 2}`;
    await see(() => later);
    enough.abort();
    await asking;
    child.kill('SIGINT');
    for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
      seen += String(next.value);
    }
    await closed;
    assert.match(seen, /^image-registry-\S+\/registry time="/m);
    const numbers = [...seen.matchAll(/msg=response .*looked-at-\S+-(\d+)/g)];
    const order = numbers.map(([, number]) => Number(number));
    const first = order[0] ?? 0;
    assert.deepEqual(
      order,
      order.map((_, index) => first + index),
      'each once, and in order',
    );
    assert.match(await said, /^(purser: .*\n)*$/);
    assert.deepEqual([child.exitCode, child.signalCode], [0, null]);
  });
});

/** Puts the registry's log aside and lets it open a new one, as a node does. */
function rotateLog({ info }: Environment): void {
  const log = path.join(info.dataDir, 'pod-logs', `${info.registry.pods[0]}.log`);
  renameSync(log, `${log}.1`);
  const { stdout } = spawnSync('ps', ['-axo', 'pid=,args='], { encoding: 'utf8' });
  const front = stdout
    .split('\n')
    .find((each) => each.includes(info.dataDir) && each.includes('registry-front-0.json'));
  process.kill(Number.parseInt(front?.trim() ?? '', 10), 'SIGHUP');
}

async function askRegistry(env: Environment, asked: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const [host = '', port = ''] = env.info.registry.routeAddress.split(':');
  request({ host, port, path: asked, rejectUnauthorized: false }, (answer) => {
    answer.resume().once('end', resolve);
  })
    .once('error', reject)
    .end();
  await promise;
}

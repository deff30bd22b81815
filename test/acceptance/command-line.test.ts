import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createNamespace, createServiceAccount, createUser, grantsIn } from './support/fixtures.ts';
import { configWith, openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

const PURSER = fileURLToPath(new URL('../../bin/purser', import.meta.url));

describe('the command line', () => {
  let environment: Environment;
  let config: string;
  before(async () => {
    environment = await openEnvironment();
    config = path.join(environment.info.dataDir, 'purser.yaml');
  });
  after(() => environment.close());

  const purser = (...args: readonly string[]) => run(PURSER, [...args, '--config', config]);

  test('shows an onboarding step by step, then the report with a link, and exits with 0 if it is proven', async () => {
    const { name } = await createUser(environment);
    const namespace = await createNamespace(environment);
    const { code, out } = await purser(
      'onboard',
      name,
      '--access',
      `pull:${namespace}`,
      '--reason',
      'to try it',
    );
    assert.equal(code, 0, out);
    assert.match(out, new RegExp(`^Onboarding ${name}: pull:${namespace} on sandbox\n`));
    const lines = out.split('\n').filter((line) => line.startsWith('  ✔'));
    assert.equal(lines.length, 9, out);
    assert.match(out, /\nproven {2}person-/);
    assert.match(
      out,
      /workflow {2}http:\/\/127\.0\.0\.1:\d+\/namespaces\/default\/workflows\/onboard%2Fsandbox/,
    );
    assert.match(out, /report {4}.*\.json/);
  });

  test('gives machines one JSON document on standard output', async () => {
    const { name } = await createUser(environment);
    const namespace = await createNamespace(environment);
    const { code, out } = await purser(
      'onboard',
      name,
      '-a',
      `pull:${namespace}`,
      '--output',
      'json',
    );
    const report: unknown = JSON.parse(out);
    assert.equal(code, 0);
    assert.ok(typeof report === 'object' && report !== null && 'outcome' in report);
    assert.equal(report.outcome, 'proven');
  });

  test('exits with 3 if the access is granted but not proven', async () => {
    const namespace = await createNamespace(environment);
    const account = await createServiceAccount(environment, namespace);
    const who = `ServiceAccount/${namespace}:${account.name}`;
    const { code, out } = await purser('onboard', who, '--access', `pull:${namespace}`);
    assert.equal(code, 3, out);
    assert.match(out, /granted, but not proven/);
    assert.match(out, /next {2}.*proof\.serviceAccountTokens/);
  });

  test('exits with 1 if it failed and was undone, in one line without a stack', async () => {
    const { name } = await createUser(environment);
    const { code, out, err } = await purser('onboard', name, '--access', 'push:kube-system');
    assert.equal(code, 1, out);
    assert.match(out, /Forbidden: target sandbox: push:kube-system is in a protected namespace/);
    assert.doesNotMatch(out + err, /\n {4}at /);
  });

  const usage = [
    {
      name: 'an unknown target',
      args: ['onboard', 'x', '-a', 'pull:a', '-t', 'prod'],
      says: /there is no target "prod"; purser\.yaml has sandbox/,
    },
    {
      name: 'a malformed access',
      args: ['onboard', 'x', '-a', 'pull'],
      says: /accesses\[0\]: "pull" is not an access; write/,
    },
    {
      name: 'no access',
      args: ['onboard', 'x'],
      says: /required option '-a, --access <access>' not specified/,
    },
    {
      name: 'an unknown way to prove',
      args: ['onboard', 'x', '-a', 'pull:a', '--prove', 'maybe'],
      says: /required, if-possible, review/,
    },
    { name: 'an unknown command', args: ['onbord'], says: /unknown command 'onbord'/ },
    {
      name: 'a reason that holds a token',
      args: ['onboard', 'x', '-a', 'pull:a', '-r', `sha256~${'A'.repeat(43)}`],
      says: /reason: contains what looks like a token/,
    },
  ];
  for (const { name, args, says } of usage) {
    test(`exits with 2 for ${name}, and says what to write instead`, async () => {
      const { code, err } = await purser(...args);
      assert.equal(code, 2, err);
      assert.match(err, says);
      assert.doesNotMatch(err, /A{43}/);
    });
  }

  test('revokes an access, and says that it is refused now', async () => {
    const { name } = await createUser(environment);
    const namespace = await createNamespace(environment);
    await purser('onboard', name, '--access', `pull:${namespace}`);
    const listed = await purser('access', 'list');
    assert.match(listed.out, new RegExp(`${name} +pull:${namespace} +registry-viewer`));
    const { code, out } = await purser('revoke', name, '--access', `pull:${namespace}`);
    assert.equal(code, 0, out);
    assert.match(out, /revoked, and refused now/);
    assert.deepEqual(await grantsIn(environment, namespace), []);
    const again = await purser('revoke', name, '--access', `pull:${namespace}`);
    assert.equal(again.code, 0, again.out);
    assert.match(again.out, /is gone already: the report /);
    const never = await purser('revoke', name, '--access', `push:${namespace}`);
    assert.equal(never.code, 1);
    assert.match(never.out, /GrantNotFound: Purser has granted no push:.*see `purser access list`/);
    const missing = ['--access', `push:${namespace}`, '--ignore-not-found'];
    const ignored = await purser('revoke', name, ...missing);
    assert.equal(ignored.code, 0, ignored.out);
    assert.match(ignored.out, /^nothing to revoke  /m);
    assert.doesNotMatch(ignored.out, /refused now/);
  });

  test('starts without waiting, names the running onboarding at a second start, and cancels it', async () => {
    const person = await createUser(environment);
    await environment.fault({ hang: true });
    const started = await purser('onboard', person.name, '-a', 'pull:team-a', '--no-wait');
    assert.equal(started.code, 0);
    const id = `onboard/sandbox/User/${person.name}`;
    assert.ok(started.out.startsWith(`${id}\n`));
    const second = await purser('onboard', person.name, '-a', 'pull:team-a');
    assert.equal(second.code, 1);
    assert.match(second.err, new RegExp(`${id} is running already`));
    const cancelled = await purser('cancel', id);
    assert.equal(cancelled.code, 0);
    await assert.rejects(environment.client.workflow.getHandle(id).result());
    await environment.fault({});
  });

  test('examines the sandbox and finds everything green', async () => {
    const { code, out } = await purser('doctor');
    assert.equal(code, 0, out);
    assert.match(out, /search attributes +all registered/);
    assert.match(out, /permissions +all \d+ are held/);
    assert.match(out, /permissions of the proof +all \d+ are held/);
    assert.match(out, /registry +managementState Managed/);
    assert.match(out, /reach +https:.*certificate good for/);
  });

  test('examines a target without a worker, and says what to start', async () => {
    const { code, out } = await run(PURSER, [
      'doctor',
      '--config',
      configWith(environment, 'deserted'),
    ]);
    assert.equal(code, 1, out);
    assert.match(out, /worker purser\.deserted +no worker polls this task queue/);
    assert.match(out, /→ start `purser worker`/);
  });

  test('sets up what is set up already without a change', async () => {
    const { code, out } = await purser('setup');
    assert.equal(code, 0);
    assert.match(out, /every search attribute is registered already/);
  });

  test('names the address of Temporal if it does not respond', async () => {
    const env = { TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const { code, err } = await run(PURSER, ['access', 'list', '--config', config], env);
    assert.equal(code, 1);
    assert.match(err, /Unreachable: Temporal does not answer at 127\.0\.0\.1:1/);
  });

  test('finds the running sandbox by itself, and says so', async () => {
    const { code, err } = await run(PURSER, ['setup'], {}, '/');
    assert.equal(code, 0, err);
    assert.match(err, /using .*purser\.yaml \(the running sandbox\)/);
  });

  test('shows after an interrupt how to cancel the onboarding that goes on', async () => {
    const person = await createUser(environment);
    await environment.fault({ hang: true });
    const child = spawn(PURSER, ['onboard', person.name, '-a', 'pull:team-a', '--config', config], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const err = text(child.stderr);
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk) => String(chunk).includes('✔') && resolve());
    });
    // What a terminal's Ctrl-C does: the whole group gets it.
    process.kill(-(child.pid ?? 0), 'SIGINT');
    assert.match(await err, /goes on without you; `purser cancel 'onboard\/sandbox\/User\//);
    await purser('cancel', `onboard/sandbox/User/${person.name}`);
    const handle = environment.client.workflow.getHandle(`onboard/sandbox/User/${person.name}`);
    await assert.rejects(handle.result());
    await environment.fault({});
  });

  test('shows what it waits for if an attempt failed', async () => {
    const person = await createUser(environment);
    await environment.serve({ brief: { patience: '5s' } });
    const brief = configWith(environment, 'brief', { patience: '5s' });
    await environment.fault({ requestLimit: true });
    const args = ['onboard', person.name, '-a', 'pull:team-a', '--config', brief];
    const { out, code } = await run(PURSER, args);
    await environment.fault({});
    assert.equal(code, 1, out);
    assert.match(out, /! attempt 1 of proveAccess failed: step .*; trying again/);
  });
});

async function run(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  cwd = process.cwd(),
): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ]);
  return { code, out, err };
}

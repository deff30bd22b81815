import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse, stringify } from 'yaml';
import { startOnboard } from '../../src/temporal/starts.ts';
import { openApiProxy } from './support/api-proxy.ts';
import type { ApiProxy } from './support/api-proxy.ts';
import { retried } from './support/attempts.ts';
import { createNamespace, createUser, grantsIn } from './support/fixtures.ts';
import { assertProven, endOf, openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

describe('an onboarding on a cluster that refuses for a while', () => {
  let env: Environment;
  let proxy: ApiProxy;
  let login: ReturnType<typeof loginCommand>;
  before(async () => {
    env = await openEnvironment();
    proxy = await openApiProxy(env);
    login = loginCommand(readFileSync(env.info.cluster.kubeconfig, 'utf8'));
    await env.serve({
      patient: { kubeconfig: proxy.kubeconfig },
      impatient: { kubeconfig: proxy.kubeconfig, patience: '3s' },
      'by-command': { kubeconfig: login.kubeconfig },
    });
  });
  after(async () => {
    await env.close();
    await proxy.close();
    login.end();
  });

  async function start(target: string) {
    const [subject, namespace] = [await createUser(env), await createNamespace(env)];
    const request = { target, subject, accesses: [`pull:${namespace}`] };
    return {
      namespace,
      handle: await startOnboard(env.client, { ...request, prove: 'if-possible' }),
    };
  }

  test('with 429 and Retry-After: 1 waits longer from attempt to attempt, and goes on when it succeeds', async () => {
    proxy.refuse(429);
    const began = performance.now();
    const { handle } = await start('patient');
    const { type } = await retried(handle, 5);
    const waited = performance.now() - began;
    proxy.refuse(undefined);
    assert.equal(type, 'RateLimited');
    // 1 + 2 + 4 s of its own before attempt 5 is due, and not the second that the server asked for.
    assert.ok(waited > 6_500, `${Math.round(waited)} ms`);
    assertProven((await endOf(handle.result())).report);
  });

  test("ends when the target's patience ends, says for how long it was tried, and leaves nothing", async () => {
    proxy.refuse(503);
    const { handle, namespace } = await start('impatient');
    const { failure, report } = await endOf(handle.result());
    proxy.refuse(undefined);
    assert.equal(failure, 'ServerError');
    assert.match(
      report.failure?.message ?? '',
      /503 etcd is away; given up after \d+s, at attempt \d+ \(patience: of the target/,
    );
    assert.deepEqual(await grantsIn(env, namespace), []);
  });

  test('with 401 goes on when its credentials are good again', async () => {
    proxy.refuse(401);
    const { handle } = await start('patient');
    assert.equal((await retried(handle)).type, 'Unauthorized');
    proxy.refuse(undefined);
    assertProven((await endOf(handle.result())).report);
  });

  test('goes on when a failed login command works again', async () => {
    login.breakIt();
    const { handle } = await start('by-command');
    const { type, message } = await retried(handle);
    login.mend();
    assert.equal(type, 'CredentialsUnavailable');
    assert.match(
      message,
      /credentials could not be loaded: .* failed: the vault is sealed; try its login/,
    );
    assertProven((await endOf(handle.result())).report);
  });
});

/** A kubeconfig whose token comes from a command, which fails while it is broken. */
function loginCommand(kubeconfig: string) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'purser-login-'));
  const [broken, credential] = [path.join(folder, 'broken'), path.join(folder, 'credential')];
  const given = parse(kubeconfig);
  const [{ name, user }] = given.users;
  const status = { token: user.token, expirationTimestamp: '2020-01-01T00:00:00Z' };
  const kind = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential' };
  writeFileSync(credential, JSON.stringify({ ...kind, status }), { mode: 0o600 });
  const script = `if [ -e ${broken} ]; then echo the vault is sealed >&2; exit 1; fi; cat ${credential}`;
  const exec = {
    apiVersion: kind.apiVersion,
    command: '/bin/sh',
    args: ['-c', script],
    interactiveMode: 'Never',
  };
  const file = path.join(folder, 'kubeconfig');
  writeFileSync(file, stringify({ ...given, users: [{ name, user: { exec } }] }), { mode: 0o600 });
  return {
    kubeconfig: file,
    breakIt: () => writeFileSync(broken, ''),
    mend: () => existsSync(broken) && rmSync(broken),
    end: () => rmSync(folder, { recursive: true, force: true }),
  };
}

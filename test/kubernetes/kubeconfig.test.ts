import assert from 'node:assert/strict';
import { chmodSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { suite, test } from 'node:test';
import { createCluster } from '../../src/kubernetes/api/cluster.ts';
import { z } from 'zod';
import { createCa } from '../registry/certificates.ts';
import { askAsSocket, command, makeHome, prints, startMirror } from './kubeconfig-environment.ts';

const mirrored = z.object({ name: z.string().optional(), authorization: z.string().optional() });
const CALL = { method: 'GET', path: '/' } as const;

suite("a kubeconfig's token file", () => {
  test('is relative to the kubeconfig, is read for each request, and wins over a token', async (t) => {
    const home = makeHome(t);
    const file = home.write('token', 'first\n');
    const connection = await home.connect({ token: 'of-the-text', tokenFile: 'token' });
    assert.deepEqual(await connection.credentials(), { Authorization: 'Bearer first' });
    home.write('token', 'second\n');
    assert.deepEqual(await connection.credentials(), { Authorization: 'Bearer second' });
    rmSync(file);
    await assert.rejects(connection.credentials(), {
      type: 'CredentialsUnavailable',
      message: /ENOENT.*token/,
    });
  });

  test('that is empty is no credential', async (t) => {
    const home = makeHome(t);
    home.write('token', '\n');
    await assert.rejects(home.connect({ tokenFile: 'token' }), {
      type: 'NotConfigured',
      message: /the tokenFile .*token is empty/,
    });
  });
});

suite('a login command', () => {
  test('with a slash in it is relative to the kubeconfig', async (t) => {
    const home = makeHome(t);
    chmodSync(home.write('login', `#!/bin/sh\n${prints({ token: 'x' })}\n`), 0o700);
    const connection = await home.connect({
      exec: command('', { command: './login', args: null }),
    });
    assert.deepEqual(await connection.credentials(), { Authorization: 'Bearer x' });
  });

  test('is told that nobody is at a terminal, and of the cluster where it asks for that', async (t) => {
    const home = makeHome(t);
    const said = path.join(home.folder, 'said');
    const script = `printf %s "$KUBERNETES_EXEC_INFO" > ${said}; ${prints({ token: 'x' })}`;
    const kind = { kind: 'ExecCredential', apiVersion: 'client.authentication.k8s.io/v1' };
    await home.connect({ exec: command(script) });
    assert.deepEqual(JSON.parse(readFileSync(said, 'utf8')), {
      ...kind,
      spec: { interactive: false },
    });
    const ca = base64((await createCa('cluster')).cert);
    const cluster = {
      'certificate-authority-data': ca,
      extensions: [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 'a' } }],
    };
    await home.connect({ exec: command(script, { provideClusterInfo: true }) }, cluster);
    assert.deepEqual(JSON.parse(readFileSync(said, 'utf8')), {
      ...kind,
      spec: {
        interactive: false,
        cluster: {
          server: 'https://127.0.0.1:6443',
          'certificate-authority-data': ca,
          config: { audience: 'a' },
        },
      },
    });
  });

  test('that wants a terminal, is not there, or gives nothing is refused', async (t) => {
    const home = makeHome(t);
    const table: readonly (readonly [object, RegExp])[] = [
      [command('', { interactiveMode: 'Always' }), /needs a terminal \(interactiveMode: Always\)/],
      [
        command('', { command: 'no-such-plugin', installHint: 'brew install it' }),
        /no-such-plugin of the user could not be started: .*ENOENT \(brew install it\)/,
      ],
      [command(prints({})), /printed no ExecCredential with a token, or a client certificate/],
      [command(prints({ clientCertificateData: 'x' })), /or a client certificate and its key/],
    ];
    for (const [exec, message] of table) {
      await assert.rejects(home.connect({ exec }), { type: 'NotConfigured', message });
    }
  });

  test('may say null, as for what it does not give', async (t) => {
    const none = { clientCertificateData: null, clientKeyData: null, expirationTimestamp: null };
    const exec = command(prints({ token: 'x', ...none }));
    const connection = await makeHome(t).connect({ exec });
    assert.deepEqual(await connection.credentials(), { Authorization: 'Bearer x' });
  });

  test('is asked again when what it gave has ended, and by nobody twice at once', async (t) => {
    const home = makeHome(t);
    const count = path.join(home.folder, 'count');
    const ended = { token: 'x', expirationTimestamp: '2020-01-01T00:00:00Z' };
    const connection = await home.connect({ exec: command(`echo >> ${count}; ${prints(ended)}`) });
    await Promise.all([1, 2, 3].map(() => connection.credentials()));
    assert.equal(readFileSync(count, 'utf8').length, 2);
  });
});

suite('a login command that waits for somebody', () => {
  // What it starts keeps its pipes open, as a browser's helper does.
  const WAITS = 'echo $$ > waiting; sleep 600 & sleep 600';
  const slow = (folder: string) =>
    command(`cd ${folder}; if [ -e ready ]; then ${WAITS}; fi; touch ready; ${OUTDATED}`);
  const OUTDATED = prints({ token: 'x', expirationTimestamp: '2020-01-01T00:00:00Z' });

  test('is ended after its time, with what it has started', async (t) => {
    const home = makeHome(t);
    const connection = await home.connect({ exec: slow(home.folder) }, {}, 300);
    await assert.rejects(connection.credentials(), {
      type: 'CredentialsUnavailable',
      message: /sh of the user gave nothing within 0\.3 s and was ended: it may wait for a browser/,
    });
    await hasEnded(home.folder);
  });

  test('is ended when the last of those who wait for it goes', async (t) => {
    const home = makeHome(t);
    const connection = await home.connect({ exec: slow(home.folder) });
    const cluster = createCluster(connection);
    const [one, other] = [new AbortController(), new AbortController()];
    const waiting = [
      cluster.call(mirrored, { ...CALL, signal: one.signal }),
      cluster.stream({ path: '/', idleMs: 0, signal: other.signal }),
    ];
    const ends = Promise.allSettled(waiting);
    const pid = await pidOf(home.folder);
    one.abort(new Error('cancelled'));
    await assert.rejects(waiting[0] ?? assert.fail(), /^Error: cancelled$/);
    assert.ok(isAlive(pid));
    other.abort(new Error('cancelled, too'));
    await assert.rejects(waiting[1] ?? assert.fail(), /^Error: cancelled, too$/);
    await ends;
    await hasEnded(home.folder);
  });
});

test('a login command that was given up is begun anew by who comes right after', async (t) => {
  const home = makeHome(t);
  const ended = prints({ token: 'x', expirationTimestamp: '2020-01-01T00:00:00Z' });
  const script = `cd ${home.folder}; if [ -e ready ] && [ ! -e waiting ]; then echo $$ > waiting; sleep 600; fi; touch ready; ${ended}`;
  const connection = await home.connect({ exec: command(script) });
  const giveUp = new AbortController();
  const asked = connection.credentials(giveUp.signal).catch(() => connection.credentials());
  await pidOf(home.folder);
  giveUp.abort(new Error('cancelled'));
  assert.deepEqual(await asked, { Authorization: 'Bearer x' });
});

suite('a client certificate', () => {
  test('in files is taken as the files are now', async (t) => {
    const home = makeHome(t);
    const mirror = await startMirror(t);
    const renew = async (name: string) => {
      const { cert, key } = await mirror.clientNamed(name);
      home.write('own.crt', cert);
      home.write('own.key', key);
    };
    await renew('first');
    const user = { 'client-certificate': 'own.crt', 'client-key': 'own.key' };
    const connection = await home.connect(user, mirror.cluster);
    const cluster = createCluster(connection);
    assert.equal((await cluster.call(mirrored, CALL)).name, 'first');
    await renew('second');
    assert.equal((await cluster.call(mirrored, CALL)).name, 'second');
    assert.deepEqual(await askAsSocket(connection), { name: 'second' });
    const other = createCluster(connection.bearing('t'));
    assert.deepEqual(await other.call(mirrored, CALL), { authorization: 'Bearer t' });
  });

  test('of a login command is taken, and taken anew', async (t) => {
    const home = makeHome(t);
    const mirror = await startMirror(t);
    const renew = async (name: string) => {
      const { cert, key } = await mirror.clientNamed(name);
      const expirationTimestamp = '2020-01-01T00:00:00Z';
      const status = { clientCertificateData: cert, clientKeyData: key, expirationTimestamp };
      home.write('credential', JSON.stringify({ kind: 'ExecCredential', status }));
    };
    await renew('first');
    const exec = command(`cat ${path.join(home.folder, 'credential')}`);
    const cluster = createCluster(await home.connect({ exec }, mirror.cluster));
    assert.equal((await cluster.call(mirrored, CALL)).name, 'first');
    await renew('second');
    assert.equal((await cluster.call(mirrored, CALL)).name, 'second');
  });
});

test("an API server's CA that is no root is enough, for requests and for WebSockets", async (t) => {
  const mirror = await startMirror(t);
  const connection = await makeHome(t).connect({ token: 't' }, mirror.cluster);
  const wanted = { authorization: 'Bearer t' };
  assert.deepEqual(await createCluster(connection).call(mirrored, CALL), wanted);
  assert.deepEqual(await askAsSocket(connection), wanted);
});

for (const [what, user, message] of [
  ['nothing', {}, /gives no credentials: its user "purser" has none; log in with it \(oc login\)/],
  ['an empty token', { token: '' }, /gives no credentials/],
  ['groups to act as', { token: 't', as: 'a', 'as-groups': ['g'] }, /has as-groups, which Purser/],
  [
    'an exec that is no command',
    { exec: { args: [] } },
    /exec\.command is not as kubectl expects it/,
  ],
] as const) {
  test(`a user with ${what} is refused before anything is asked`, async (t) => {
    await assert.rejects(makeHome(t).connect(user), { type: 'NotConfigured', message });
  });
}

for (const [what, provider] of [
  ['nobody knows', { name: 'openstack', config: {} }],
  [
    'has ended for good',
    {
      name: 'oidc',
      config: {
        'id-token': ['{"alg":"x"}', '{"exp":1}', 'x'].map(base64).join('.'),
        'idp-issuer-url': 'https://issuer.invalid',
        'client-id': 'purser',
      },
    },
  ],
] as const) {
  test(`an auth-provider that ${what} is no way to be somebody`, async (t) => {
    await assert.rejects(makeHome(t).connect({ 'auth-provider': provider }), {
      type: 'NotConfigured',
      message: /the auth-provider "\w+" of the user (?:gives none: .*has ended|failed); try/,
    });
  });
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

test('a server without TLS is refused, as the token would be sent in the clear', async (t) => {
  const asked = makeHome(t).connect({ token: 't' }, { server: 'http://127.0.0.1:8001' });
  await assert.rejects(asked, { type: 'NotConfigured', message: /is http: .*in the clear/ });
});

async function pidOf(folder: string): Promise<number> {
  const until = Date.now() + 10_000;
  for (;;) {
    const text = readOr(path.join(folder, 'waiting'));
    if (text.endsWith('\n')) return Number(text);
    assert.ok(Date.now() < until, 'it never began to wait');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The whole group, which is called as its first process. */
async function hasEnded(folder: string): Promise<void> {
  const pid = await pidOf(folder);
  const until = Date.now() + 10_000;
  while (isAlive(-pid)) {
    assert.ok(Date.now() < until, 'it goes on');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function readOr(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { TestContext } from 'node:test';
import { stringify } from 'yaml';
import { connect } from '../../src/kubernetes/api/connection.ts';
import { createCa } from '../registry/certificates.ts';
import { command, makeHome, prints } from './kubeconfig-environment.ts';
import type { Home } from './kubeconfig-environment.ts';

const SECRET = 'hush-hush-7133';
const clients = await createCa('Clients');
const [own, other] = [await clients.leaf(['own']), await clients.leaf(['other'])];

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** Refused before anything is asked: what is wrong is told, and no secret with it. */
async function assertRefused(asked: Promise<unknown>, message: RegExp): Promise<void> {
  await assert.rejects(asked, (error) => {
    assert.ok(error instanceof Error && 'type' in error, String(error));
    assert.equal(error.type, 'NotConfigured');
    assert.match(error.message, message);
    assert.ok(!`${error.message}${error.stack}`.includes(SECRET), error.message);
    return true;
  });
}

function fillHome(t: TestContext): Home {
  const home = makeHome(t);
  home.write('own.crt', own.cert);
  home.write('own.key', own.key);
  home.write('other.key', other.key);
  home.write('no.pem', `${SECRET}\n`);
  home.write('empty', '');
  return home;
}

suite('what cannot be sent or used is named by its setting, as if nobody were asked:', () => {
  const table: readonly (readonly [string, object, RegExp])[] = [
    ['a token of two lines', { token: `${SECRET}\nx` }, /: token has a line break or another/],
    ['a name to act as of two lines', { token: 't', as: `${SECRET}\nx` }, /: as has a line break/],
    [
      'a number for a token',
      { token: 7133 },
      /of its user "purser" token is not as kubectl expects/,
    ],
    [
      'a client certificate that is none',
      { 'client-certificate': 'no.pem', 'client-key': 'own.key' },
      /: client-certificate \S+no\.pem holds no certificate \(PEM\)/,
    ],
    [
      'an empty client certificate',
      { 'client-certificate': 'empty', 'client-key': 'empty' },
      /: client-certificate \S+empty holds no certificate/,
    ],
    [
      'a client certificate that is no base64',
      { 'client-certificate-data': '%%%', 'client-key-data': base64(own.key) },
      /: client-certificate-data holds no certificate/,
    ],
    [
      'a key that is none',
      { 'client-certificate': 'own.crt', 'client-key': 'no.pem' },
      /: client-key \S+no\.pem holds no key/,
    ],
    [
      'the key of another certificate',
      { 'client-certificate': 'own.crt', 'client-key': 'other.key' },
      /: client-certificate \S+own\.crt and client-key \S+other\.key do not belong together/,
    ],
    [
      'a certificate without its key',
      { token: 't', 'client-certificate': 'own.crt' },
      /its user has no client-key: a certificate and its key go together/,
    ],
    [
      'a key without its certificate',
      { 'client-key': 'own.key' },
      /its user has no client-certificate/,
    ],
    [
      'a token and a name',
      { token: SECRET, username: 'a', password: SECRET },
      /a token and a username, of which kubectl takes only one/,
    ],
    [
      'a login command and an auth-provider',
      { exec: command(prints({ token: 'x' })), 'auth-provider': { name: 'oidc', config: {} } },
      /exec and an auth-provider, of which kubectl takes only one/,
    ],
    [
      'a login command with a token of two lines',
      { exec: command(prints({ token: `${SECRET}\nx` })) },
      /: the token of the login command sh of the user has a line break/,
    ],
    [
      'a login command with a certificate that is none',
      { exec: command(prints({ clientCertificateData: SECRET, clientKeyData: own.key })) },
      /: clientCertificateData of the login command sh of the user holds no certificate/,
    ],
    [
      'a login command with the key of another certificate',
      { exec: command(prints({ clientCertificateData: own.cert, clientKeyData: other.key })) },
      /do not belong together/,
    ],
    [
      'a login command that prints without end',
      { exec: command('yes | head -c 3000000') },
      /printed more than the 1 MiB that is read of it/,
    ],
    [
      'a login command that is killed',
      { exec: command('kill -9 $$') },
      /the login command sh of the user failed: it ended with SIGKILL/,
    ],
  ];
  for (const [what, user, message] of table) {
    test(what, async (t) => {
      await assertRefused(fillHome(t).connect(user), message);
    });
  }

  test("a token's file of two lines, or with what is no text", async (t) => {
    const home = fillHome(t);
    for (const text of [`${SECRET}\nx\n`, `${SECRET}\rx`, `${SECRET}\0`]) {
      home.write('token', text);
      const asked = home.connect({ tokenFile: 'token' });
      await assertRefused(asked, /: the tokenFile \S+token has a line break or another control/);
    }
  });
});

suite('a cluster is refused with', () => {
  const table: readonly (readonly [string, object, RegExp])[] = [
    [
      'a CA that is none',
      { 'certificate-authority': 'no.pem' },
      /certificate authority could not be loaded: certificate-authority \S+no\.pem holds no certificate/,
    ],
    ['an empty CA', { 'certificate-authority': 'empty' }, /\S+empty holds no certificate \(PEM\)/],
    [
      'a CA that is no base64',
      { 'certificate-authority-data': '###' },
      /certificate-authority-data holds no certificate/,
    ],
    [
      'a CA that is not there',
      { 'certificate-authority': 'gone' },
      /certificate authority could not be loaded: ENOENT.*gone/,
    ],
    [
      'a CA that would not be looked at',
      { 'certificate-authority': 'own.crt', 'insecure-skip-tls-verify': true },
      /a certificate-authority and insecure-skip-tls-verify, which kubectl refuses too/,
    ],
    [
      'a word for a switch',
      { 'insecure-skip-tls-verify': 'yes' },
      /of its cluster "here" insecure-skip-tls-verify is not as kubectl expects it/,
    ],
    ['a server without a scheme', { server: '127.0.0.1:6443' }, /write https:\/\/host:port/],
    ['a server with a password', { server: `https://me:${SECRET}@api.test` }, /without a user or/],
    ['no server', { server: '' }, /the cluster "here" of its context "here" is not in it, or has/],
  ];
  for (const [what, cluster, message] of table) {
    test(what, async (t) => {
      await assertRefused(fillHome(t).connect({ token: 't' }, cluster), message);
    });
  }
});

const cluster = { server: 'https://api.test' };
const context = { cluster: 'here', user: 'purser' };
const file = {
  'current-context': 'here',
  clusters: [{ name: 'here', cluster }],
  users: [{ name: 'purser', user: { token: SECRET } }],
  contexts: [{ name: 'here', context }],
};

suite('a kubeconfig is refused', () => {
  const table: readonly (readonly [string, unknown, RegExp])[] = [
    ['that is a word', 'hello', /cannot be used: it is not as kubectl expects it/],
    ['with words for its users', { ...file, users: 'x' }, /: users is not as kubectl expects it/],
    [
      'with a user twice',
      { ...file, users: [...file.users, ...file.users] },
      /"purser" is twice among its users/,
    ],
    [
      'without a current context',
      { ...file, 'current-context': undefined },
      /lacks a current context; set .*: it has here$/,
    ],
    [
      'with a current context that is not there',
      { ...file, 'current-context': 'gone' },
      /lacks its current context "gone"; set current-context in it, .*: it has here$/,
    ],
  ];
  for (const [what, content, message] of table) {
    test(what, async (t) => {
      const kubeconfig = makeHome(t).write('kubeconfig', stringify(content));
      await assertRefused(connect({ kubeconfig }), message);
    });
  }

  test('only for what is used of it', async (t) => {
    const others = {
      clusters: [{ name: 'x', cluster: {} }],
      contexts: [{ name: 'y', context: {} }],
    };
    const content = {
      ...file,
      clusters: [...others.clusters, ...file.clusters],
      contexts: [...others.contexts, ...file.contexts],
    };
    const kubeconfig = makeHome(t).write('kubeconfig', stringify(content));
    assert.equal((await connect({ kubeconfig })).server, 'https://api.test');
  });
});

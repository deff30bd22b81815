import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { command, makeHome } from './kubeconfig-environment.ts';

suite('what a login command says when it fails', () => {
  const KEY = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
  const args = (script: string, ...more: readonly string[]) => ({
    args: ['-c', script, 'sh', ...more],
  });
  const table: readonly (readonly [string, object, RegExp, string])[] = [
    [
      'a client secret',
      args('echo "refresh with client_secret=hunter2secret failed" >&2; exit 1'),
      /failed: refresh with client_secret=\S+ failed; try/,
      'hunter2',
    ],
    [
      "a token of Google's",
      args('echo "ya29.a0AfH6SMBxyzxyzxyzxyzxyzxyzxyz has ended" >&2; exit 1'),
      /failed: \S+ has ended; try/,
      'a0AfH6',
    ],
    [
      'a password in a line of its own',
      args('printf "no such user\\npassword: geheim123\\n" >&2; exit 1'),
      /failed: no such user password: \S+; try/,
      'geheim',
    ],
    [
      'a variable that the kubeconfig sets',
      {
        ...args('echo "AWS said no for $AWS_SECRET_ACCESS_KEY" >&2; exit 1'),
        env: [{ name: 'AWS_SECRET_ACCESS_KEY', value: KEY }],
      },
      /failed: AWS said no for \[removed\]; try/,
      'wJalr',
    ],
    [
      'an argument that is called secret',
      args(
        'echo "$1 and $3 are wrong" >&2; exit 1',
        '--oidc-client-secret=Nachtigall',
        '--password',
        'Fledermaus',
      ),
      /failed: --oidc-client-secret=\S+ and \[removed\] are wrong; try/,
      'Nachtigall',
    ],
  ];
  for (const [what, given, message, secret] of table) {
    test(`is told without ${what}`, async (t) => {
      await assert.rejects(makeHome(t).connect({ exec: command('', given) }), (error) => {
        assert.ok(error instanceof Error);
        assert.match(error.message, message);
        assert.ok(!`${error.message}${error.stack}`.includes(secret), error.message);
        return true;
      });
    });
  }
});

for (const [what, config] of [
  ['its command line', { 'cmd-path': '/bin/false', 'cmd-args': '--client-secret hunter2' }],
  ['what it printed', { 'cmd-path': '/bin/echo', 'cmd-args': 'hunter2' }],
] as const) {
  test(`a legacy auth-provider that fails is named without ${what}`, async (t) => {
    const keys = { 'token-key': '{.a}', 'expiry-key': '{.b}' };
    const user = { 'auth-provider': { name: 'gcp', config: { ...config, ...keys } } };
    await assert.rejects(makeHome(t).connect(user), (error) => {
      assert.ok(error instanceof Error);
      assert.match(error.message, /the auth-provider "gcp" of the user failed; try/);
      assert.ok(!`${error.message}${error.stack}`.includes('hunter2'));
      assert.equal(error.cause, undefined);
      return true;
    });
  });
}

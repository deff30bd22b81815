import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAuditEvent } from '../../../src/logs/audit/parse-event.ts';
import { digest, lineOf, LIST_TYPE } from './lines.ts';
import type { Asked } from './lines.ts';

function event(asked: Asked) {
  return parseAuditEvent(Buffer.from(lineOf(asked)));
}
function told(asked: Asked) {
  const said = event(asked);
  return said && [said.action, said.user, said.repository, said.reference].join(' ').trimEnd();
}

const TOKEN = { uri: '/openshift/token?account=alice', message: 'response', user: '' } as const;

const FAILED = { message: 'response completed with error' } as const;

/** What was asked, and what is made of it; undefined: it counts for nothing. */
const ROWS: readonly (readonly [string, Asked, string | undefined])[] = [
  ['a list of platforms', { type: LIST_TYPE }, 'pull-list alice team-a/app v1'],
  ['a manifest that is not there', { status: 404 }, undefined],
  ['a manifest that the client has already', { status: 304 }, undefined],
  ['a layer', { uri: `/v2/team-a/app/blobs/${digest(1)}` }, 'pull-layers alice team-a/app'],
  [
    'a layer that object storage hands out',
    { uri: `/v2/team-a/app/blobs/${digest(1)}`, status: 307 },
    'pull-layers alice team-a/app',
  ],
  [
    'a layer that is not there',
    { uri: `/v2/team-a/app/blobs/${digest(1)}`, status: 404 },
    undefined,
  ],
  ['a layer asked for', { uri: `/v2/team-a/app/blobs/${digest(1)}`, method: 'HEAD' }, undefined],
  ['an upload looked at', { uri: '/v2/team-a/app/blobs/uploads/1-2', status: 204 }, undefined],
  ['a list asked for', { method: 'HEAD', type: LIST_TYPE }, 'ask-list alice team-a/app v1'],
  [
    'a list pushed',
    { method: 'PUT', status: 201, type: LIST_TYPE },
    'push-list alice team-a/app v1',
  ],
  [
    'a push into a stream that may not be made',
    { ...FAILED, code: 'denied', method: 'PUT', status: 403 },
    'refused-push alice team-a/app v1',
  ],
  [
    'an upload over the quota',
    {
      ...FAILED,
      code: 'denied',
      method: 'PUT',
      status: 403,
      uri: '/v2/b/c/blobs/uploads/1-2?digest=x',
    },
    'refused-push alice b/c',
  ],
  [
    'a pull that another registry behind this one refuses',
    { ...FAILED, code: 'denied', status: 403 },
    'refused-pull alice team-a/app v1',
  ],
  [
    'a push that is no manifest',
    { ...FAILED, code: 'manifest invalid', method: 'PUT', status: 400 },
    undefined,
  ],
  ['a push that is not supported', { ...FAILED, code: 'unsupported', status: 405 }, undefined],
  ['the tags', { uri: '/v2/team-a/app/tags/list' }, undefined],
  [
    'a pull in a repository called manifests',
    { repository: 'a/manifests' },
    'pull alice a/manifests v1',
  ],
  ['a login', { uri: '/v2/' }, 'login alice'],
  ['a login by nobody', { uri: '/v2/', user: 'anonymous' }, undefined],
  [
    'a deletion by digest',
    { method: 'DELETE', status: 202, reference: digest(1) },
    `delete alice team-a/app ${digest(1)}`,
  ],
  ['a deletion by tag, which does nothing', { method: 'DELETE', status: 202 }, undefined],
  [
    'a pruned layer',
    { method: 'DELETE', status: 202, uri: `/admin/blobs/${digest(1)}` },
    'delete alice',
  ],
  [
    'an upload given up',
    { method: 'DELETE', status: 204, uri: '/v2/team-a/app/blobs/uploads/1-2' },
    undefined,
  ],
  [
    'a pull with escapes in its path',
    { uri: '/v2/team-a%2Fapp/%6Danifests/v1?x' },
    'pull alice team-a/app v1',
  ],
  [
    'a pull with the host in its path',
    { uri: 'https://registry/v2/team-a/app/manifests/v1' },
    'pull alice team-a/app v1',
  ],
  ['a path that is no text', { uri: '/v2/team-a/%ff/tags/list' }, undefined],
  ['a claimed login', TOKEN, 'claim alice'],
  [
    'the token of a pull',
    { ...TOKEN, uri: `${TOKEN.uri}&scope=repository:team-a/app:pull` },
    undefined,
  ],
  ['the token of nobody', { ...TOKEN, uri: '/openshift/token' }, undefined],
  ['a token that was not taken', { ...TOKEN, status: 401 }, 'refused-claim alice'],
  ['an access line of a manifest', { message: 'response', user: '' }, undefined],
  ['an authorised request', { message: 'authorized request' }, undefined],
  ['a probe of the kubelet', { uri: '/healthz', message: 'response' }, undefined],
  [
    'the API down',
    { message: 'OpenShift client error: Post "https://172.30.0.1:443": dial tcp: refused' },
    undefined,
  ],
  [
    'a token, and the API down',
    { message: 'Self subject review failed with error: dial tcp: refused' },
    undefined,
  ],
  [
    'a bad token on a repository',
    { message: 'Self subject review failed with error: Unauthorized', user: '' },
    'refused-pull  team-a/app v1',
  ],
  [
    'a bad token at a registry of before June 2024',
    { message: 'Get user failed with error: Unauthorized', uri: '/v2/', user: '' },
    'refused-login',
  ],
  [
    'a token of too narrow scopes at such a registry',
    {
      message: `Get user failed with error: users.user.openshift.io "~" is forbidden: User "carol" cannot get resource "users"`,
      uri: '/v2/',
      user: '',
    },
    'refused-login carol',
  ],
  [
    'a token at such a registry, and the API down',
    { message: 'Get user failed with error: dial tcp: refused' },
    undefined,
  ],
  [
    'the metrics refused',
    { message: 'OpenShift access denied: no opinion', uri: '/extensions/v2/metrics' },
    'refused-other alice  /extensions/v2/metrics',
  ],
  [
    'a deletion refused',
    { message: 'OpenShift access denied: ', method: 'DELETE' },
    'refused-delete alice team-a/app v1',
  ],
  [
    'an upload refused',
    { message: 'OpenShift access denied: x', method: 'POST', uri: '/v2/b/c/blobs/uploads/' },
    'refused-push alice b/c',
  ],
];

for (const [what, asked, expected] of ROWS) {
  test(`${what}: ${expected ?? 'nothing'}`, () => assert.equal(told(asked), expected));
}

/** What a client may put into what it sends, to be taken for somebody else or not to be seen. */
const FORGED = [
  'x" openshift.auth.user=bob vars.name=team-b/app http.response.status=404 y="',
  '\\" openshift.auth.user=bob z=\\',
  'curl http.request.uri=/v2/_catalog http.request.method=HEAD',
  'msg=response /blobs/ /openshift/token',
  'ünïcode \u0007 \n time="1970-01-01T00:00:00Z"',
  'openshift.auth.user',
];

for (const agent of FORGED) {
  test(`a client that calls itself ${JSON.stringify(agent)} neither hides nor takes another name`, () => {
    assert.equal(told({ agent }), 'pull alice team-a/app v1');
  });
}

const ADDRESSES: readonly (readonly [string, string])[] = [
  ['10.0.0.7:47244', '10.0.0.7'],
  ['10.0.0.7', '10.0.0.7'],
  ['[fd00::7]:443', 'fd00::7'],
  ['fd00::7', 'fd00::7'],
];

for (const [remote, expected] of ADDRESSES) {
  test(`the address of ${remote} is ${expected}`, () => {
    assert.equal(event({ remote })?.address, expected);
  });
}

test('a text of a megabyte is cut, and not within a character, in every field', () => {
  const long = 'y'.repeat(1_000_000);
  const cut = `${'y'.repeat(512)}[CUT]`;
  const claimed = event({ ...TOKEN, uri: `/openshift/token?account=${long}`, status: 401 });
  assert.deepEqual([claimed?.action, claimed?.user], ['refused-claim', cut]);
  const denied = { message: 'OpenShift access denied' } as const;
  const elsewhere = event({ ...denied, uri: `/v2${long}`, remote: `${long}:5`, user: long });
  assert.deepEqual([elsewhere?.user, elsewhere?.address], [cut, cut]);
  assert.equal(elsewhere?.reference, `/v2${cut.slice(3)}`);
  const image = event({ ...denied, repository: long, reference: long });
  assert.deepEqual([image?.repository, image?.reference], [cut, cut]);
  assert.equal(event({ user: `${'y'.repeat(511)}🔑🔑` })?.user, `${'y'.repeat(511)}[CUT]`);
  assert.equal(event({ user: 'y'.repeat(512) })?.user, 'y'.repeat(512));
});

test('a name with quotes, colons and other scripts is read as it was', () => {
  const user = 'corp:Zoë "Z" \\ 李';
  assert.equal(event({ user })?.user, user);
});

test("a line that is not the registry's, or is cut anywhere, breaks nothing and names no other user", () => {
  const whole = Buffer.from(lineOf({ reference: digest(1) }));
  for (let length = 0; length < whole.length; length++) {
    const said = parseAuditEvent(whole.subarray(0, length));
    assert.match(said?.user ?? '', /^(alice)?$/);
  }
  for (const text of [
    '',
    'time=',
    'time="x" level=info msg="response completed"',
    '\u0000\u0000',
  ]) {
    assert.equal(parseAuditEvent(Buffer.from(text)), undefined);
  }
});

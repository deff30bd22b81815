import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ClusterFailure,
  fromApiResponse,
  fromNoApiResponse,
  isNotFound,
} from '../../src/kubernetes/api/failure.ts';

function coded(code: string, message = '') {
  return Object.assign(new Error(message), { code });
}

const SILENCES: readonly (readonly [string, unknown, string])[] = [
  ['a name that is not known', coded('ENOTFOUND'), 'dns'],
  ['a resolver that does not answer', coded('EAI_AGAIN'), 'dns'],
  ['nobody at the port', coded('ECONNREFUSED'), 'tcp'],
  ['a connection that was cut', coded('ECONNRESET'), 'tcp'],
  ['no way there', coded('EHOSTUNREACH'), 'tcp'],
  ['a socket that was closed', coded('UND_ERR_SOCKET'), 'tcp'],
  ['no connection in time', coded('UND_ERR_CONNECT_TIMEOUT'), 'timeout'],
  ['no headers in time', coded('UND_ERR_HEADERS_TIMEOUT'), 'timeout'],
  ['the deadline', new DOMException('timed out', 'TimeoutError'), 'timeout'],
  ['a certificate of its own', coded('DEPTH_ZERO_SELF_SIGNED_CERT'), 'tls'],
  ['a chain that leads nowhere', coded('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), 'tls'],
  ['an unknown CA', coded('UNABLE_TO_GET_ISSUER_CERT_LOCALLY'), 'tls'],
  ['a name that is not in the certificate', coded('ERR_TLS_CERT_ALTNAME_INVALID'), 'tls'],
  ['a server without TLS', coded('ERR_SSL_WRONG_VERSION_NUMBER'), 'tls'],
  ['a cause further down', new Error('fetch failed', { cause: coded('ENOTFOUND') }), 'dns'],
  ['an error without a code', new Error('what?'), 'tcp'],
  ['something that is no error', 'what?', 'tcp'],
];

for (const [what, error, cause] of SILENCES) {
  test(`${what} is ${cause}`, () => {
    const failure = fromNoApiResponse('GET /version', 'https://api.example:6443', error);
    assert.equal(failure.failureCause, cause);
    assert.equal(failure.status, undefined);
    assert.equal(failure.cause, error);
    assert.match(failure.message, /^GET \/version: no answer from https:\/\/api\.example:6443 \(/);
  });
}

test('where an error has no text, its code is told', () => {
  const refused = new AggregateError([], '');
  const { message } = fromNoApiResponse(
    'GET /',
    'https://x',
    Object.assign(refused, { code: 'ECONNREFUSED' }),
  );
  assert.match(message, /\(tcp: ECONNREFUSED\)/);
});

const RETRIES = [
  [undefined, undefined],
  ['', undefined],
  ['5', 5_000],
  ['99999999999', 300_000],
  ['Sun, 06 Nov 1994 08:49:37 GMT', 0],
  ['0', 0],
  ['-1', undefined],
  ['1.5', undefined],
  ['Infinity', undefined],
  ['soon', undefined],
] as const;

for (const [header, ms] of RETRIES) {
  test(`Retry-After ${header ?? 'left out'} is ${ms ?? 'no number of'} ms`, () => {
    assert.equal(fromApiResponse('GET /', 429, {}, header).retryAfterMs, ms);
  });
}

test('only a 404 is not found', () => {
  assert.equal(isNotFound(fromApiResponse('GET /', 404, { reason: 'NotFound' }, undefined)), true);
  assert.equal(isNotFound(fromApiResponse('GET /', 403, { reason: 'NotFound' }, undefined)), false);
  assert.equal(isNotFound(new ClusterFailure('x', { failureCause: 'not-found' })), false);
  assert.equal(isNotFound(Object.assign(new Error('x'), { status: 404 })), false);
});

const NAME = 'purser:pull:User:x';
function forbidden(words: string, causes: readonly object[] = []) {
  return {
    message: `rolebindings.rbac.authorization.k8s.io "${NAME}" is forbidden: ${words}`,
    reason: 'Forbidden',
    details: { name: NAME, causes },
  };
}

// As kube-apiserver 1.36.3 says it; the restriction and the first of the tokens as OpenShift's servers do.
const REFUSALS = [
  [
    "ValidatingAdmissionPolicy 'p' with binding 'p' denied request: no",
    forbidden("ValidatingAdmissionPolicy 'p' with binding 'p' denied request: no"),
    'admission',
  ],
  [
    "a policy of oauth-apiserver's",
    {
      message:
        "The oauthaccesstokens \"t\" is invalid: : ValidatingAdmissionPolicy 'p' with binding 'p' denied request: no",
      details: {
        name: 't',
        causes: [{ message: "ValidatingAdmissionPolicy 'p' with binding 'p' denied request: no" }],
      },
    },
    'admission',
  ],
  [
    'a webhook',
    { message: 'admission webhook "w.example.com" denied the request: no' },
    'admission',
  ],
  [
    'a RoleBindingRestriction',
    forbidden('rolebindings to User "x" are not allowed in project "team-a"'),
    'admission',
  ],
  ['quota', forbidden('exceeded quota: few, requested: secrets=1, used: secrets=0'), 'quota'],
  ['a quota that wants to be told', forbidden('failed quota: q: must specify cpu'), 'quota'],
  ['a quota that nobody has counted', forbidden('status unknown for quota: few'), undefined],
  [
    'a namespace that is being deleted',
    forbidden('unable to create new content in namespace team-a because it is being terminated', [
      { reason: 'NamespaceTerminating', message: 'namespace team-a is being terminated' },
    ]),
    'terminating',
  ],
  ['a missing right', forbidden('User "purser" cannot create resource "rolebindings"'), undefined],
  ['a Status without a word', {}, undefined],
] as const;

for (const [what, status, refusal] of REFUSALS) {
  test(`${what} is ${refusal ?? 'no refusal of its own'}`, () => {
    assert.equal(fromApiResponse('POST /x', 403, status, undefined).refusal, refusal);
  });
}

test('a name that reads like a refusal is not taken for one', () => {
  for (const name of [
    'x" is forbidden: exceeded quota: y',
    'admission webhook "w" denied the request',
    "ValidatingAdmissionPolicy 'p'",
    'x because it is being terminated',
  ]) {
    const message = `users "${name}" is forbidden: User "purser" cannot get resource "users"`;
    const failure = fromApiResponse('GET /x', 403, { message, details: { name } }, undefined);
    assert.equal(failure.refusal, undefined, name);
    assert.equal(failure.failureCause, 'forbidden');
  }
});

test('what the API or a webhook says is repeated without the secrets in it', () => {
  const said = {
    message: 'denied: env DB_PASSWORD=hunter2, https://bob:hunter2@s3.test, secret "x" stays',
  };
  const { message } = fromApiResponse('POST /api/v1/pods', 403, said, undefined);
  assert.doesNotMatch(message, /hunter2/);
  assert.match(message, /DB_PASSWORD=\[REDACTED:password\], .*secret "x" stays/);
});

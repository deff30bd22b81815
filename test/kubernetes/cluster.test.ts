import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { z } from 'zod';
import { anything, createCluster, path } from '../../src/kubernetes/api/cluster.ts';
import { ClusterFailure } from '../../src/kubernetes/api/failure.ts';
import { connectTo, refusal, startKube, TOKEN } from './kube-server.ts';
import type { Answer } from './kube-server.ts';
import { createCa } from '../registry/certificates.ts';

const CALL = { method: 'GET', path: '/api/v1/namespaces/team-a' } as const;
const named = z.object({ metadata: z.object({ name: z.string() }) });

async function failureOf(asking: Promise<unknown>): Promise<ClusterFailure> {
  try {
    await asking;
  } catch (error) {
    assert.ok(error instanceof ClusterFailure, String(error));
    assert.ok(!error.message.includes(TOKEN), error.message);
    return error;
  }
  return assert.fail('nothing was thrown');
}

test('a request is JSON, says who asks, and encodes what is in names', async (t) => {
  const kube = await startKube(t, () => ({ status: 201, body: { metadata: { name: 'x' } } }));
  const cluster = await kube.cluster();
  const found = await cluster.call(named, {
    method: 'POST',
    path: path('apis', 'user.openshift.io', 'v1', 'users', 'a/b:c%?#é'),
    query: { labelSelector: 'a=b&c' },
    body: { kind: 'User' },
  });
  assert.deepEqual(found, { metadata: { name: 'x' } });
  const [asked] = kube.asked;
  assert.equal(asked?.method, 'POST');
  assert.equal(asked.path, '/apis/user.openshift.io/v1/users/a%2Fb%3Ac%25%3F%23%C3%A9');
  assert.deepEqual(asked.query, { labelSelector: 'a=b&c' });
  assert.deepEqual(asked.body, { kind: 'User' });
  assert.equal(asked.headers.authorization, `Bearer ${TOKEN}`);
  assert.equal(asked.headers['content-type'], 'application/json');
  assert.equal(asked.headers.accept, 'application/json');
});

for (const name of ['.', '..', '']) {
  test(`${JSON.stringify(name)} is no name, and makes no request`, () => {
    assert.throws(() => path('api', 'v1', 'namespaces', name), RangeError);
  });
}

test('connections are kept: a hundred requests in turn need a few, not a hundred', async (t) => {
  const kube = await startKube(t, ({ headers }) => ({ status: 200, body: { headers } }));
  const cluster = await kube.cluster();
  let connects = 0;
  cluster.connection.dispatcher.on('connect', () => (connects += 1));
  for (let turn = 0; turn < 100; turn += 1) await cluster.call(anything, CALL);
  assert.ok(connects >= 1 && connects < 5, `${connects} connections`);
  assert.equal(kube.asked.length, 100);
});

interface Refused {
  readonly answer: Answer;
  readonly cause: string;
  readonly message: RegExp;
  readonly reason?: string;
  readonly retryAfterMs?: number;
}

function status(code: number, reason: string, headers = {}) {
  return refusal(code, reason, `the API's own words for ${code}`, headers);
}

const REFUSED: Readonly<Record<string, Refused>> = {
  '400': {
    answer: status(400, 'BadRequest'),
    cause: 'configuration',
    reason: 'BadRequest',
    message: /400 the API's own words for 400$/,
  },
  '401': {
    answer: status(401, 'Unauthorized'),
    cause: 'unauthorized',
    reason: 'Unauthorized',
    message: /words for 401; the credentials have ended .*renew the kubeconfig/,
  },
  '403': {
    answer: status(403, 'Forbidden'),
    cause: 'forbidden',
    reason: 'Forbidden',
    message: /words for 403; run `purser doctor`/,
  },
  '404': {
    answer: status(404, 'NotFound'),
    cause: 'not-found',
    reason: 'NotFound',
    message: /404 the API's/,
  },
  '409': {
    answer: status(409, 'Conflict'),
    cause: 'configuration',
    reason: 'Conflict',
    message: /409 the API's/,
  },
  '422': {
    answer: status(422, 'Invalid'),
    cause: 'configuration',
    reason: 'Invalid',
    message: /422 the API's/,
  },
  // A list that took so long that its next page is gone: it can be read again from the start.
  '410': {
    answer: status(410, 'Expired'),
    cause: 'server-error',
    reason: 'Expired',
    message: /410 the API's/,
  },
  '429 with Retry-After': {
    answer: status(429, 'TooManyRequests', { 'retry-after': '7' }),
    cause: 'rate-limited',
    reason: 'TooManyRequests',
    retryAfterMs: 7_000,
    message: /429 the API's/,
  },
  '429 with a date to retry after': {
    answer: status(429, 'TooManyRequests', { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }),
    cause: 'rate-limited',
    reason: 'TooManyRequests',
    // It has passed.
    retryAfterMs: 0,
    message: /429 the API's/,
  },
  '500': {
    answer: status(500, 'InternalError'),
    cause: 'server-error',
    reason: 'InternalError',
    message: /500 the API's/,
  },
  '503 with Retry-After': {
    answer: status(503, 'ServiceUnavailable', { 'retry-after': '0' }),
    cause: 'server-error',
    reason: 'ServiceUnavailable',
    retryAfterMs: 0,
    message: /503 the API's/,
  },
  "502 in a proxy's words": {
    answer: { status: 502, text: `<html>Bad gateway${'.'.repeat(5_000)}` },
    cause: 'server-error',
    message: /^GET \/api\/v1\/namespaces\/team-a: 502 <html>Bad gateway\.{1,200}$/,
  },
  '403 without a body': {
    answer: { status: 403, text: '' },
    cause: 'forbidden',
    message: /: 403 .*run `purser doctor`/,
  },
  '403 with a body of another shape': {
    answer: { status: 403, body: { message: { a: 1 }, reason: 7 } },
    cause: 'forbidden',
    message: /: 403 without a message; run/,
  },
  '400 that quotes the request with its token': {
    answer: { status: 400, text: `bad header "authorization: Bearer ${TOKEN}"` },
    cause: 'configuration',
    message: /400 bad header "authorization: Bearer \(secret\)"$/,
  },
};

for (const [what, { answer, cause, message, reason, retryAfterMs }] of Object.entries(REFUSED)) {
  test(`an answer of ${what} has the cause ${cause}`, async (t) => {
    const kube = await startKube(t, () => answer);
    const failure = await failureOf((await kube.cluster()).call(anything, CALL));
    assert.equal(failure.failureCause, cause);
    assert.equal(failure.reason, reason);
    assert.equal(failure.retryAfterMs, retryAfterMs);
    assert.equal(failure.status, typeof answer === 'object' ? answer.status : undefined);
    assert.match(failure.message, message);
  });
}

test('what is not there can be looked for: 404 is undefined, and no other answer is', async (t) => {
  const kube = await startKube(t, ({ path: at }) =>
    at.endsWith('/team-a') ? status(404, 'NotFound') : status(403, 'Forbidden'),
  );
  const cluster = await kube.cluster();
  assert.equal(await cluster.find(named, CALL), undefined);
  const failure = await failureOf(cluster.find(named, { ...CALL, path: '/api/v1/nodes' }));
  assert.equal(failure.failureCause, 'forbidden');
});

test('a redirect is a failure, and nobody else is shown the token', async (t) => {
  const elsewhere = await startKube(t, () => ({ status: 200, body: {} }));
  const kube = await startKube(t, () => ({
    status: 307,
    body: {},
    headers: { location: `${elsewhere.url}/api` },
  }));
  const failure = await failureOf((await kube.cluster()).call(anything, CALL));
  assert.equal(failure.failureCause, 'configuration');
  assert.equal(failure.status, 307);
  assert.deepEqual(elsewhere.asked, []);
});

for (const text of ['<html>hello</html>', '{"metadata":{"name":7}}', '[]', '']) {
  test(`an answer of 200 with ${JSON.stringify(text)} is not taken for an object`, async (t) => {
    const kube = await startKube(t, () => ({ status: 200, text }));
    const failure = await failureOf((await kube.cluster()).call(named, CALL));
    assert.equal(failure.failureCause, 'configuration');
    assert.match(failure.message, /the answer is not what the API promises \(.*metadata|expected/);
  });
}

test('a server that never answers is given up after the timeout', async (t) => {
  const kube = await startKube(t, () => 'never');
  const failure = await failureOf((await kube.cluster(300)).call(anything, CALL));
  assert.equal(failure.failureCause, 'timeout');
  assert.ok(failure.message.includes(`no answer from ${kube.url} (timeout: `), failure.message);
  assert.match(failure.message, /check that the cluster is up/);
});

test('a caller who gives up gets their own reason, not a failure of the cluster', async (t) => {
  const kube = await startKube(t, () => {
    giveUp.abort(reason);
    return 'never';
  });
  const giveUp = new AbortController();
  const reason = new Error('cancelled by the workflow');
  const asking = (await kube.cluster()).call(anything, { ...CALL, signal: giveUp.signal });
  await assert.rejects(asking, (error) => error === reason);
});

test('a connection that is cut is tcp', async (t) => {
  const kube = await startKube(t, () => 'hang up');
  const failure = await failureOf((await kube.cluster()).call(anything, CALL));
  assert.equal(failure.failureCause, 'tcp');
});

const ca = await createCa('another');

const TLS = {
  'signed by somebody else': { names: ['127.0.0.1'], trusted: false },
  'made out to another name': { names: ['cluster.example'], trusted: true },
  'that has ended': { names: ['127.0.0.1'], trusted: true, days: { from: -9, to: -1 } },
} as const;

for (const [what, { names, trusted, ...when }] of Object.entries(TLS)) {
  test(`a certificate ${what} is refused with the cause tls, before the token is sent`, async (t) => {
    const pair = await ca.leaf(names, 'days' in when ? when.days : undefined);
    const kube = await startKube(t, () => ({ status: 200, body: {} }), pair);
    const connection = await connectTo(t, { url: kube.url, ca: trusted ? ca.cert : kube.ca });
    const failure = await failureOf(createCluster(connection).call(anything, CALL));
    assert.equal(failure.failureCause, 'tls');
    assert.ok(failure.message.includes(kube.url), failure.message);
    assert.deepEqual(kube.asked, []);
  });
}

test('TLS to a server that speaks none is tls, and nobody there is tcp', async (t) => {
  const plain = createServer((_, response) => response.end('{}'));
  const { promise, resolve } = Promise.withResolvers<void>();
  plain.listen(0, '127.0.0.1', resolve);
  await promise;
  const address = plain.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const causeOf = async (url: string) =>
    (await failureOf(createCluster(await connectTo(t, { url })).call(anything, CALL))).failureCause;
  assert.equal(await causeOf(`https://127.0.0.1:${port}`), 'tls');
  plain.closeAllConnections();
  const { promise: closed, resolve: done } = Promise.withResolvers<void>();
  plain.close(() => done());
  await closed;
  assert.equal(await causeOf(`https://127.0.0.1:${port}`), 'tcp');
});

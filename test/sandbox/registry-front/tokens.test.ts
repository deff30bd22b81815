import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ACCESS_DENIED, basic, check } from './support/row.ts';
import type { Row } from './support/row.ts';
import type { Person } from './support/people.ts';
import { openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

let env: Environment;
before(async () => {
  env = await openEnvironment();
});
after(() => env.close());

const TOKEN = '/openshift/token';

type Credentials = (tokens: Readonly<Record<Person, string>>) => Row;

function login(user: string, password: string) {
  return { Authorization: basic(user, password) };
}
function echo(token: string) {
  return { access_token: token, token };
}

/** openshift-facts.md 1.4, 1.5, 10.2 and the last row of 10.6. */
const ROWS: readonly Credentials[] = [
  ({ viewer }) => ({
    fact: "Basic: the password is the token, the user name doesn't count",
    ask: { path: '/v2/', headers: login('s/range ñame', viewer) },
    status: 200,
    text: '{}',
    headers: { 'Content-Type': 'application/json' },
  }),
  ({ viewer }) => ({
    fact: 'a user name with a colon spoils the password',
    ask: { path: '/v2/', headers: login('kube:admin', viewer) },
    status: 401,
    headers: { 'WWW-Authenticate': ACCESS_DENIED },
  }),
  () => ({
    fact: 'a bearer token is the token',
    ask: { path: '/v2/', as: 'viewer' },
    status: 200,
    text: '{}',
  }),
  ({ viewer }) => ({
    fact: 'the scheme is read in any case',
    ask: { path: '/v2/', headers: { Authorization: `bEARER ${viewer}` } },
    status: 200,
  }),
  () => ({
    fact: '`Bearer anonymous` passes /v2/, which proves no login',
    ask: { path: '/v2/', as: 'anonymous' },
    status: 200,
    text: '{}',
  }),
  () => ({
    fact: 'the password `anonymous` is a token like any other, and a bad one',
    ask: { path: '/v2/', headers: login('x', 'anonymous') },
    status: 401,
  }),
  () => ({
    fact: 'any method passes /v2/',
    ask: { path: '/v2/', method: 'PUT', as: 'viewer' },
    status: 200,
  }),
  () => ({
    fact: 'OPTIONS passes /v2/ too',
    ask: { path: '/v2/', method: 'OPTIONS', as: 'viewer' },
    status: 200,
    text: '{}',
  }),
  () => ({
    fact: 'a user without any role logs in',
    ask: { path: '/v2/', as: 'nobody' },
    status: 200,
  }),
  () => ({
    fact: 'a token whose scopes do not cover the login is refused',
    ask: { path: '/v2/', as: 'scoped' },
    status: 401,
    headers: { 'WWW-Authenticate': ACCESS_DENIED },
  }),
  () => ({
    fact: 'the token route gives the anonymous the word anonymous',
    ask: { path: TOKEN },
    status: 200,
    json: echo('anonymous'),
    headers: {
      'Content-Type': 'application/json',
      'X-Registry-Supports-Signatures': undefined,
      'Docker-Distribution-API-Version': 'registry/2.0',
    },
  }),
  ({ viewer }) => ({
    fact: "the token route echoes the caller's API token, without expires_in",
    ask: { path: `${TOKEN}?account=viewer`, headers: login('viewer', viewer) },
    status: 200,
    json: echo(viewer),
    headers: { 'Content-Length': '131' },
  }),
  ({ viewer }) => ({
    fact: 'a scope for a repository one may not use is not checked there',
    ask: {
      path: `${TOKEN}?service=x&scope=repository:kube-system/app:pull,push&scope=repository:a/b:pull`,
      headers: login('viewer', viewer),
    },
    status: 200,
    json: echo(viewer),
  }),
  ({ viewer }) => ({
    fact: 'a scope without a project is refused, before the token is looked at',
    ask: { path: `${TOKEN}?scope=repository:just:pull`, headers: login('viewer', viewer) },
    status: 401,
    text: '{"details":"repository name \\"just\\" invalid: it must be of the format \\u003cproject\\u003e/\\u003cname\\u003e"}\n',
    headers: { 'Content-Type': 'application/json' },
  }),
  ({ viewer }) => ({
    fact: 'a scope of another shape is ignored',
    ask: { path: `${TOKEN}?scope=whatever`, headers: login('viewer', viewer) },
    status: 200,
  }),
  () => ({
    fact: 'POST is 405 and empty',
    ask: { path: TOKEN, method: 'POST' },
    status: 405,
    text: '',
  }),
  () => ({
    fact: 'a bearer header there is 401 and empty',
    ask: { path: TOKEN, as: 'viewer' },
    status: 401,
    text: '',
  }),
  () => ({
    fact: 'a bad token there is 401, JSON by its type and empty',
    ask: { path: TOKEN, headers: login('viewer', 'sha256~gone') },
    status: 401,
    text: '',
    headers: { 'Content-Type': 'application/json', 'WWW-Authenticate': undefined },
  }),
  ({ scoped }) => ({
    fact: 'a scope-limited token there is 401 with the reason',
    ask: { path: TOKEN, headers: login('viewer', scoped) },
    status: 401,
    text: '{"details":"unable to validate token: Forbidden"}\n',
  }),
  () => ({
    fact: 'an empty password there is 401 with the reason',
    ask: { path: TOKEN, headers: login('viewer', '') },
    status: 401,
    json: { details: 'unable to validate token: Forbidden' },
  }),
];

for (const row of ROWS) {
  const { fact } = row({} as Readonly<Record<Person, string>>);
  test(fact, async () => {
    await check(env, row(env.tokens));
  });
}

test('an API that answers 5xx makes the token route say so, and everything else an empty 400', async () => {
  env.cluster.outage = true;
  try {
    await check(env, {
      fact: 'token',
      ask: { path: TOKEN, headers: login('viewer', env.tokens.viewer) },
      status: 401,
      json: { details: 'unable to validate token: InternalError' },
    });
    for (const path of ['/v2/', '/v2/team-a/app/manifests/v1']) {
      const headers = { 'WWW-Authenticate': undefined, 'Content-Type': undefined };
      await check(env, {
        fact: path,
        ask: { path, as: 'viewer' },
        status: 400,
        text: '',
        headers,
      });
    }
  } finally {
    env.cluster.outage = false;
  }
});

test('nothing is cached: every request asks the API again', async () => {
  const ask = { path: '/v2/team-a/app/tags/list', as: 'viewer' } as const;
  const { counts } = env.cluster;
  const earlier = { ...counts };
  await env.ask(ask);
  await env.ask(ask);
  assert.deepEqual(counts, {
    selfReviews: earlier.selfReviews + 2,
    accessReviews: earlier.accessReviews + 2,
  });
});

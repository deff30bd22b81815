import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import { goDuration } from '../../../sandbox/registry-front/telemetry/go-format.ts';
import { formatLine } from '../../../sandbox/registry-front/telemetry/log.ts';
import { SCHEMA2, makeImage, pushBlob, pushImage, putManifest } from './support/images.ts';
import { parseLogLine, withoutCri } from './support/log-line.ts';
import { basic } from './support/row.ts';
import type { RegistryRequest, Environment } from './support/environment.ts';
import { openEnvironment } from './support/environment.ts';

let env: Environment;
const image = makeImage(SCHEMA2);
before(async () => {
  env = await openEnvironment();
  await pushImage(env, 'editor', { repository: 'team-a/app', reference: 'v1' }, image);
});
after(() => env.close());

/** The requests of the recorded log, block by block, under the block's title. */
function asks(): Readonly<Record<string, RegistryRequest>> {
  const manifest = '/v2/team-a/app/manifests/v1';
  const uploads = { method: 'POST', path: '/v2/team-a/app/blobs/uploads/' } as const;
  const put = {
    method: 'PUT',
    path: '/v2/team-a/app/manifests/logtest',
    headers: { 'Content-Type': SCHEMA2 },
    body: image.manifest,
  } as const;
  const token = (password: string) => ({ Authorization: basic('viewer', password) });
  const account = '/openshift/token?account=viewer';
  return {
    'login ok: GET /v2/ basic': { path: '/v2/', headers: token(env.tokens.viewer) },
    'login ok: GET /openshift/token basic': { path: account, headers: token(env.tokens.viewer) },
    'login refused: GET /v2/ bad token': { path: '/v2/', headers: token('bad') },
    'login refused: GET /openshift/token bad token': { path: account, headers: token('bad') },
    'challenge: GET /v2/ without credentials': { path: '/v2/' },
    'pull: GET manifest by tag': { path: manifest, as: 'viewer' },
    'pull: HEAD manifest by tag': { path: manifest, method: 'HEAD', as: 'viewer' },
    'pull: GET manifest by digest': {
      path: `/v2/team-a/app/manifests/${image.digest}`,
      as: 'viewer',
    },
    'pull: GET blob': { path: `/v2/team-a/app/blobs/${image.blobs[1]?.digest}`, as: 'viewer' },
    'pull miss: unknown tag': { path: '/v2/team-a/app/manifests/nope', as: 'viewer' },
    'pull denied': { path: manifest, as: 'nobody' },
    'pull denied: anonymous token': { path: manifest, as: 'anonymous' },
    'push: POST upload': { ...uploads, as: 'editor' },
    'push: PUT manifest': { ...put, as: 'editor' },
    'push denied: POST upload as viewer': { ...uploads, as: 'viewer' },
    'push denied: PUT manifest as viewer': { ...put, as: 'viewer' },
    'pull by service account': { path: manifest, as: 'bot' },
    'login refused by token scopes (user:info is not enough)': { path: '/v2/', as: 'scoped' },
    '/openshift/token refused by token scopes': {
      path: '/openshift/token',
      headers: token(env.tokens.scoped),
    },
    'pull denied by token scope (role scope of another namespace)': {
      path: manifest,
      as: 'otherNamespace',
    },
  };
}

const samples = readFileSync(
  join(import.meta.dirname, 'fixtures', 'registry-log-lines.txt'),
  'utf8',
)
  .split('### ')
  .filter((block) => block.trim() !== '')
  .map((block) => {
    const [title = '', ...lines] = block.split('\n').filter((line) => line !== '');
    return { name: title.replace(/\s+\(client saw .*$/, ''), lines };
  });

/** Values that are equal in each run: all but times, ids, random sizes and ports. */
const FIXED = [
  'level',
  'msg',
  'err.code',
  'err.detail',
  'err.message',
  'go.version',
  'http.request.contenttype',
  'http.request.method',
  'http.response.contenttype',
  'http.response.status',
  'openshift.auth.user',
  'vars.name',
];

/** A duration is quoted only if it contains µ, which depends on chance. */
function shape(line: string) {
  const { keys, values, quoted } = parseLogLine(line);
  return {
    keys,
    quoted: quoted.filter((key) => key !== 'http.response.duration'),
    values: Object.fromEntries(FIXED.map((key) => [key, values[key]])),
  };
}

async function newLines(from: number): Promise<readonly string[]> {
  const deadline = Date.now() + 5_000;
  for (;;) {
    const lines = (await env.logLines()).slice(from).map(withoutCri);
    if (lines.at(-1)?.includes(' msg=response ') === true) {
      return lines;
    }
    assert.ok(Date.now() < deadline, `no access line after\n${lines.join('\n')}`);
    await delay(5);
  }
}

test('there are as many recorded requests as this test knows to ask', () => {
  assert.deepEqual(samples.map(({ name }) => name).sort(), Object.keys(asks()).sort());
});

for (const { name, lines } of samples) {
  test(`the log of "${name}" has the recorded lines, keys, order and quoting`, async () => {
    const ask = asks()[name];
    assert.ok(ask !== undefined);
    const from = (await env.logLines()).length;
    await env.ask({ ...ask, headers: { 'User-Agent': 'curl/7.88.1', ...ask.headers } });
    const written = await newLines(from);
    assert.deepEqual(written.map(shape), lines.map(shape));
  });
}

test('the access line has a request id of its own', async () => {
  const from = (await env.logLines()).length;
  await env.ask({ path: '/v2/', as: 'viewer' });
  const ids = (await newLines(from)).map((line) => parseLogLine(line).values['http.request.id']);
  assert.equal(ids[0], ids[1]);
  assert.notEqual(ids[1], ids[2]);
});

test('a 404 to HEAD is logged as info, as it is normal during a push', async () => {
  const from = (await env.logLines()).length;
  const path = `/v2/team-a/app/blobs/sha256:${'2'.repeat(64)}`;
  await env.ask({ path, method: 'HEAD', as: 'viewer' });
  const line = parseLogLine((await newLines(from))[1] ?? '');
  assert.equal(line.values['level'], 'info');
  assert.equal(line.values['msg'], '"response completed with error"');
  assert.equal(line.values['err.code'], '"blob unknown"');
});

/** openshift-facts.md 11.1: error lines of normal operation; `user`: whether the line has a user. */
const ERRORS: readonly (readonly [string, () => Promise<unknown>, RegExp, string | undefined])[] = [
  [
    'a repository name of one segment',
    () => env.ask({ path: '/v2/app/manifests/v1', as: 'viewer' }),
    /repository name \\"app\\" invalid: it must be of the format <project>\/<name>"/,
    undefined,
  ],
  [
    'a blob that the registry has, in a stream that there is not',
    () => env.ask({ path: `/v2/team-a/nope/blobs/${image.blobs[1]?.digest}`, as: 'viewer' }),
    /"imageStream\.HasBlob: failed to get image stream layers: ImageStreamGetter:NotFound: team-a\/nope: .*not found"/,
    'viewer',
  ],
  [
    'a push to a stream that its pusher may not make',
    () => pushImage(env, 'pusher', { repository: 'team-a/not-made', reference: 'v1' }),
    /"manifestService\.Put: imagestreammapping got access denied for image team-a\/not-made@sha256:[0-9a-f]{64}: /,
    'pusher',
  ],
  [
    'a manifest under a digest that is not its own',
    () =>
      putManifest(
        env,
        'editor',
        { repository: 'team-a/app', reference: `sha256:${'6'.repeat(64)}` },
        image,
      ),
    /"payload digest does not match: \\"sha256:[0-9a-f]{64}\\" != \\"sha256:6{64}\\""/,
    'editor',
  ],
  [
    'a blob whose bytes do not have the digest',
    () =>
      pushBlob(env, 'team-a/app', 'editor', {
        bytes: Buffer.from('these'),
        digest: `sha256:${'7'.repeat(64)}`,
      }),
    /"error canceling upload after error: already closed"/,
    'editor',
  ],
];

for (const [what, act, words, user] of ERRORS) {
  test(`${what} leaves an error line${user === undefined ? '' : ' with the user in it'}`, async () => {
    const from = (await env.logLines()).length;
    await act();
    const line = (await newLines(from)).find((one) => words.test(one));
    assert.ok(line !== undefined, (await newLines(from)).join('\n'));
    const { values } = parseLogLine(line);
    assert.deepEqual([values['level'], values['openshift.auth.user']], ['error', user]);
  });
}

test('a 403 DENIED is logged with its code, its status and the user', async () => {
  const from = (await env.logLines()).length;
  await pushImage(env, 'pusher', { repository: 'team-a/not-made', reference: 'v1' });
  const lines = await newLines(from);
  const { values } = parseLogLine(lines.find((line) => line.includes('err.code=denied')) ?? '');
  assert.deepEqual(
    [values['msg'], values['http.response.status'], values['openshift.auth.user']],
    ['"response completed with error"', '403', 'pusher'],
  );
});

test('a client without a User-Agent is logged with an empty one', async () => {
  const from = (await env.logLines()).length;
  await env.ask({ path: '/v2/', as: 'viewer' });
  assert.match((await newLines(from))[0] ?? '', / http\.request\.useragent= /);
});

test('probes are in the access log, and X-Forwarded-For is the remote address', async () => {
  const from = (await env.logLines()).length;
  await env.ask({ path: '/healthz', headers: { 'X-Forwarded-For': '10.1.2.3, 10.0.0.1' } });
  const [line] = await newLines(from);
  assert.equal(parseLogLine(line ?? '').values['http.request.remoteaddr'], '10.1.2.3');
});

test('no token is in the log, whoever came with it and how', async () => {
  const text = (await env.logLines()).join('\n');
  for (const token of [...Object.values(env.tokens), env.cluster.registryToken]) {
    assert.equal(text.includes(token), false);
    assert.equal(text.includes(Buffer.from(`viewer:${token}`).toString('base64')), false);
  }
});

/** Go's time.Duration.String; the first three are recorded. */
const DURATIONS: readonly (readonly [bigint, string])[] = [
  [9_946_510n, '9.94651ms'],
  [349_122n, '349.122µs'],
  [22_049_128n, '22.049128ms'],
  [0n, '0s'],
  [17n, '17ns'],
  [1_500_000_000n, '1.5s'],
  [62_500_000_000n, '1m2.5s'],
];

for (const [nanoseconds, printed] of DURATIONS) {
  test(`a duration of ${nanoseconds} ns is printed ${printed}`, () => {
    assert.equal(goDuration(nanoseconds), printed);
  });
}

test('a value is quoted unless it is plain, and quotes and line ends in it are escaped', () => {
  const fields = { plain: 'a-Z0._/@^+', colon: 'a:b', empty: '', forged: 'x" level=error\nmsg="y' };
  assert.equal(
    formatLine({ time: 't', level: 'info', message: 'm', fields }),
    String.raw`time=t level=info msg=m colon="a:b" empty= forged="x\" level=error\nmsg=\"y" plain=a-Z0._/@^+`,
  );
});

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { goFloat } from '../../../sandbox/registry-front/telemetry/go-format.ts';
import { makeImage, pushBlob, pushImage } from './support/images.ts';
import { basic } from './support/row.ts';
import type { Environment } from './support/environment.ts';
import { openEnvironment } from './support/environment.ts';

let env: Environment;
before(async () => {
  env = await openEnvironment();
});
after(() => env.close());

const METRICS = '/extensions/v2/metrics';
async function scrape(): Promise<string> {
  return (await env.ask({ path: METRICS, as: 'scraper' })).text;
}

/** The printed value of a series, or undefined if there is none. */
function valueOf(text: string, series: string): number | undefined {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

function describing(text: string): ReadonlyMap<string, string> {
  return new Map(
    text
      .split('\n')
      .filter((line) => /^# (HELP|TYPE) /.test(line))
      .map((line) => [line.split(' ').slice(1, 3).join(' '), line]),
  );
}

test('a fresh registry has no labelled series but its own scrapes', async () => {
  const text = await scrape();
  assert.equal(valueOf(text, 'imageregistry_http_in_flight_requests'), 1);
  for (const name of ['request_duration_seconds', 'storage_errors_total', 'http_requests_total']) {
    assert.doesNotMatch(text, new RegExp(`^imageregistry_${name}`, 'm'));
  }
});

test('the right suffices as Bearer and as Basic, and the text is format 0.0.4', async () => {
  const bearer = await env.ask({ path: METRICS, as: 'scraper' });
  assert.equal(
    bearer.headers['content-type'],
    'text/plain; version=0.0.4; charset=utf-8; escaping=underscores',
  );
  const headers = { Authorization: basic('anybody', env.tokens.scraper) };
  assert.equal((await env.ask({ path: METRICS, headers })).status, 200);
  assert.equal((await env.ask({ path: METRICS, method: 'POST', headers })).status, 405);
});

test("names, types and help texts are the recorded registry's", async () => {
  const place = { repository: 'team-a/app', reference: 'v1' };
  const image = makeImage();
  await pushImage(env, 'editor', place, image);
  await env.ask({ path: '/v2/team-a/app/manifests/v1', as: 'viewer' });
  await env.ask({ path: `/v2/team-a/app/blobs/sha256:${'0'.repeat(64)}`, as: 'viewer' });
  const file = join(import.meta.dirname, 'fixtures', 'registry-metrics.txt');
  const recorded = describing(await readFile(file, 'utf8'));
  const ours = describing(await scrape());
  for (const [what, line] of ours) {
    assert.equal(line, recorded.get(what));
  }
  for (const what of recorded.keys()) {
    assert.ok(ours.has(what), `${what} is missing`);
  }
});

test('requests count by code and lower-case method, without user and repository', async () => {
  const earlier = await scrape();
  await env.ask({ path: '/v2/' });
  await env.ask({ path: '/v2/team-a/app/tags/list', as: 'viewer' });
  await env.ask({ path: '/healthz' });
  const text = await scrape();
  const counted = (code: number): number => {
    const series = `imageregistry_http_requests_total{code="${code}",method="get"}`;
    return (valueOf(text, series) ?? 0) - (valueOf(earlier, series) ?? 0);
  };
  assert.equal(counted(401), 1);
  assert.equal(counted(200), 2, 'the tags and the scrape before; /healthz is not counted');
});

test('operations and storage errors of a pull miss and a push are counted under the real names', async () => {
  const earlier = await scrape();
  await pushImage(env, 'editor', { repository: 'team-a/app', reference: 'v2' });
  await env.ask({ path: '/v2/team-a/app/manifests/v2', as: 'viewer' });
  await env.ask({ path: `/v2/team-a/app/blobs/sha256:${'1'.repeat(64)}`, as: 'viewer' });
  const text = await scrape();
  const grown = (series: string): number =>
    (valueOf(text, series) ?? 0) - (valueOf(earlier, series) ?? 0);
  for (const [operation, by] of Object.entries({
    'BlobStore.Create': 2,
    'BlobStore.Resume': 4,
    'BlobWriter.Commit': 2,
    'ManifestService.Put': 1,
    'TagService.Tag': 1,
    'TagService.Get': 1,
    'ManifestService.Get': 1,
    'BlobStore.Stat': 1,
  })) {
    const series = `imageregistry_request_duration_seconds_count{operation="${operation}"}`;
    assert.equal(grown(series), by, operation);
  }
  const errors = 'imageregistry_storage_errors_total';
  assert.equal(grown(`${errors}{code="PATH_NOT_FOUND",operation="StorageDriver.Stat"}`), 1);
  assert.equal(grown(`${errors}{code="PATH_NOT_FOUND",operation="StorageDriver.GetContent"}`), 1);
  assert.equal(grown(`${errors}{code="UNKNOWN",operation="FileWriter.Close"}`), 2);
});

test('storage errors of ordinary work sit on GetContent, Stat, Delete and on two of the file writer', async () => {
  const wrong = { bytes: Buffer.from('other bytes'), digest: `sha256:${'3'.repeat(64)}` };
  await pushBlob(env, 'team-a/app', 'editor', wrong);
  await env.ask({
    method: 'PATCH',
    path: '/v2/team-a/app/blobs/uploads/11111111-1111-4111-8111-111111111111',
    as: 'editor',
    body: 'x',
  });
  const gone = `/v2/team-a/app/blobs/sha256:${'4'.repeat(64)}`;
  await env.ask({ method: 'DELETE', path: gone, as: 'admin' });
  const series = (await scrape())
    .split('\n')
    .filter((line) => line.startsWith('imageregistry_storage_errors_total{'))
    .map((line) => line.replace(/^.*\{(.*)\}.*$/, '$1'));
  assert.deepEqual(series, [
    'code="PATH_NOT_FOUND",operation="StorageDriver.Delete"',
    'code="PATH_NOT_FOUND",operation="StorageDriver.GetContent"',
    'code="PATH_NOT_FOUND",operation="StorageDriver.Stat"',
    'code="UNKNOWN",operation="FileWriter.Cancel"',
    'code="UNKNOWN",operation="FileWriter.Close"',
  ]);
});

test("distribution's own histogram and cache counter have the recorded labels", async () => {
  const image = makeImage();
  const labelled = (text: string, name: string) =>
    new Set(
      text
        .split('\n')
        .filter((line) => line.startsWith(`${name}{`))
        .map((line) => line.replace(/ [^ ]*$/, '')),
    );
  await pushImage(env, 'editor', { repository: 'team-a/app', reference: 'v3' }, image);
  const blob = `/v2/team-a/app/blobs/${image.blobs[1]?.digest}`;
  await env.ask({ path: blob, as: 'viewer' });
  const file = join(import.meta.dirname, 'fixtures', 'registry-metrics.txt');
  const [recorded, ours] = [await readFile(file, 'utf8'), await scrape()];
  const known = labelled(recorded, 'registry_storage_action_seconds_bucket');
  const bounds = [...labelled(ours, 'registry_storage_action_seconds_bucket')];
  assert.deepEqual(
    bounds.filter((one) => !known.has(one)),
    [],
  );
  assert.ok(bounds.some((one) => one.includes('action="GetContent"') && one.includes('+Inf')));
  const cache = [...labelled(ours, 'registry_storage_cache_total')];
  assert.deepEqual(cache, [...labelled(recorded, 'registry_storage_cache_total')]);
});

test('quantiles lie within what was observed, and a sum is not below its parts', async () => {
  const text = await scrape();
  const name = 'imageregistry_http_request_duration_seconds';
  const quantiles = [0.5, 0.9, 0.99].map(
    (q) => valueOf(text, `${name}{method="get",quantile="${q}"}`) ?? Number.NaN,
  );
  const sum = valueOf(text, `${name}_sum{method="get"}`) ?? Number.NaN;
  assert.deepEqual(
    quantiles,
    quantiles.toSorted((a, b) => a - b),
  );
  assert.ok(quantiles.every((value) => value > 0 && value <= sum));
});

/** As in samples/registry-metrics.txt. */
const FLOATS: readonly (readonly [number, string])[] = [
  [0, '0'],
  [1, '1'],
  [32_660, '32660'],
  [0.019818551, '0.019818551'],
  [0.000336197, '0.000336197'],
  [6.898e-5, '6.898e-05'],
  [1.493e-6, '1.493e-06'],
  [1_795_433_592.83, '1.79543359283e+09'],
  [72_056_832, '7.2056832e+07'],
  [1.844_674_407_370_955_2e19, '1.8446744073709552e+19'],
  [Number.NaN, 'NaN'],
];

for (const [value, printed] of FLOATS) {
  test(`${value} is printed as Go prints it: ${printed}`, () => {
    assert.equal(goFloat(value), printed);
  });
}

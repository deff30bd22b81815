import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { MetricsTextError, parseMetrics } from '../../src/registry/metrics-text.ts';

const recorded = readFileSync(new URL('fixtures/registry-metrics.txt', import.meta.url), 'utf8');

suite('the metrics of a real registry', () => {
  const { samples, types } = parseMetrics(recorded);

  test('are all read', () => {
    const lines = recorded.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    assert.equal(samples.length, lines.length);
    assert.equal(types.size, recorded.match(/^# TYPE /gm)?.length);
  });

  test('have their labels, types and values', () => {
    assert.equal(types.get('imageregistry_http_requests_total'), 'counter');
    assert.equal(types.get('registry_storage_action_seconds'), 'histogram');
    assert.equal(types.get('imageregistry_request_duration_seconds'), 'summary');
    const requests = samples.filter(({ name }) => name === 'imageregistry_http_requests_total');
    assert.ok(requests.length > 0);
    for (const { labels, value } of requests) {
      assert.deepEqual(Object.keys(labels).sort(), ['code', 'method']);
      assert.ok(value > 0);
    }
    const limit = samples.find(({ name }) => name === 'go_memstats_heap_alloc_bytes');
    assert.ok(limit !== undefined && Number.isFinite(limit.value));
    assert.ok(samples.some(({ labels }) => labels['le'] === '+Inf'));
  });
});

suite('a line of the text format:', () => {
  const good: readonly (readonly [string, object])[] = [
    ['up 1', { name: 'up', labels: {}, value: 1 }],
    ['up{} 1', { name: 'up', labels: {}, value: 1 }],
    ['up 1.5e-3 1395066363000', { name: 'up', labels: {}, value: 0.0015 }],
    ['\tup   -.5  ', { name: 'up', labels: {}, value: -0.5 }],
    ['up +Inf', { name: 'up', labels: {}, value: Infinity }],
    ['up Inf', { name: 'up', labels: {}, value: Infinity }],
    ['up -Inf', { name: 'up', labels: {}, value: -Infinity }],
    ['up NaN', { name: 'up', labels: {}, value: Number.NaN }],
    ['a:b_1{x="1",y="2"} 3', { name: 'a:b_1', labels: { x: '1', y: '2' }, value: 3 }],
    ['a { x = "1" , y = "2" , } 3', { name: 'a', labels: { x: '1', y: '2' }, value: 3 }],
    [String.raw`a{x="q\"b\\n\n}, {"} 3`, { name: 'a', labels: { x: 'q"b\\n\n}, {' }, value: 3 }],
    ['a{x="ü ☃"} 3', { name: 'a', labels: { x: 'ü ☃' }, value: 3 }],
  ];
  for (const [line, expected] of good) {
    test(`${line} is read`, () => {
      assert.deepEqual(parseMetrics(`${line}\n`).samples, [expected]);
    });
  }

  for (const line of ['# a remark', '#', '# HELP up Whether it is up.', '', '   ']) {
    test(`${JSON.stringify(line)} says nothing`, () => {
      assert.deepEqual(parseMetrics(`${line}\n`), { samples: [], types: new Map() });
    });
  }

  const bad: readonly (readonly [string, RegExp])[] = [
    ['<html>', /begins with no name/],
    ['1up 1', /begins with no name/],
    ['{x="1"} 1', /begins with no name/],
    ['up', /no value/],
    ['up one', /no value/],
    ['up 0x10', /no value/],
    ['up 1 2 3', /no value/],
    ['up 1 1.5', /no value/],
    ['up nan', /no value/],
    ['up{x="1" 1', /odd labels/],
    ['up{x=1} 1', /odd labels/],
    ['up{x="1"y="2"} 1', /odd labels/],
    ['up{x="1} 1', /odd labels/],
    [String.raw`up{x="\t"} 1`, /odd labels/],
    ['up{,} 1', /odd labels/],
    ['up{x="1",x="2"} 1', /the label x twice/],
    ['# TYPE up', /no known type/],
    ['# TYPE up number', /no known type/],
    ['# TYPE up counter\n# TYPE up counter', /second type/],
  ];
  for (const [line, message] of bad) {
    test(`${line} is an error that names its line`, () => {
      assert.throws(
        () => parseMetrics(`# first\nok 1\n${line}\n`),
        (error: unknown) => {
          assert.ok(error instanceof MetricsTextError);
          assert.equal(error.line, 2 + line.split('\n').length);
          assert.match(error.message, message);
          assert.match(error.message, new RegExp(`^line ${error.line} `));
          return true;
        },
      );
    });
  }

  test('that has no end was cut short', () => {
    assert.throws(() => parseMetrics('up 1\nup_total 12'), /line 2 of the metrics has no end/);
  });

  test('may be very long without taking long', () => {
    const long = 'x'.repeat(1_000_000);
    assert.throws(() => parseMetrics(`up{${long}\n`), /odd labels/);
    assert.throws(() => parseMetrics(`up{x="${long}\n`), /odd labels/);
    assert.throws(() => parseMetrics(`up ${'1'.repeat(1_000_000)}x\n`), /no value/);
  });

  test('may have labels that are called as an object names its own', () => {
    const [sample] = parseMetrics('up{__proto__="x",constructor="y"} 1\n').samples;
    assert.equal(sample?.labels['constructor'], 'y');
    assert.deepEqual(Object.entries(sample?.labels ?? {}), [
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
  });
});

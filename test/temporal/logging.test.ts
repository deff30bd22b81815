import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import vm from 'node:vm';
import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import { PurserError } from '../../src/domain/errors.ts';
import { createLogger } from '../../src/temporal/logging.ts';

const TOKEN = `sha256~${'a'.repeat(43)}`;
const JWT = `eyJ${'h'.repeat(20)}.${'p'.repeat(40)}.${'s'.repeat(40)}`;

function lineOf(meta: Record<string, unknown>, level = 'info', message = 'something happened') {
  const lines: string[] = [];
  createLogger(level, { write: (line) => void lines.push(line) }).error(message, meta);
  assert.equal(lines.length, 1);
  const [text = ''] = lines;
  const parsed: Record<string, unknown> = JSON.parse(text);
  return { text, parsed };
}

describe('an error in a log line has its type and its message', () => {
  const cyclic = new Error('cyclic');
  cyclic.cause = cyclic;
  const wire = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  const table: readonly (readonly [string, unknown, unknown])[] = [
    ['a plain one', new TypeError('wrong'), { type: 'TypeError', message: 'wrong' }],
    [
      'one of ours',
      new PurserError('Unreachable', 'nobody answers', { cause: wire }),
      {
        type: 'Unreachable',
        message: 'nobody answers',
        cause: { type: 'Error', message: 'connect ECONNREFUSED', code: 'ECONNREFUSED' },
      },
    ],
    [
      "one of Temporal's, whose cause has the type that counts",
      new ActivityFailure(
        'Activity task failed',
        'grant',
        '1',
        'NON_RETRYABLE_FAILURE',
        undefined,
        ApplicationFailure.nonRetryable('may not', 'Forbidden'),
      ),
      {
        type: 'ActivityFailure',
        message: 'Activity task failed',
        cause: { type: 'Forbidden', message: 'may not' },
      },
    ],
    [
      'several in one',
      new AggregateError([new RangeError('one'), 'two'], 'both'),
      {
        type: 'AggregateError',
        message: 'both',
        errors: [{ type: 'RangeError', message: 'one' }, 'two'],
      },
    ],
    [
      "one from a workflow's own context",
      vm.runInNewContext('new RangeError("far away")'),
      { type: 'RangeError', message: 'far away' },
    ],
    ['a text that was thrown', 'boom', { type: 'string', message: 'boom' }],
    ['a number that was thrown', 7, { type: 'number', message: '7' }],
    ['an object that was thrown', { why: 1n }, { type: 'object', message: '{"why":"1"}' }],
    [
      'one that is its own cause',
      cyclic,
      { type: 'Error', message: 'cyclic', cause: '[circular]' },
    ],
  ];
  for (const [of, error, expected] of table) {
    test(of, () => {
      const { parsed } = lineOf({ error });
      assert.deepEqual(parsed['error'], expected);
      assert.equal(parsed['msg'], 'something happened');
    });
  }

  test('wherever in the line it is', () => {
    const { parsed } = lineOf({ results: [{ why: { reason: new Error('deep') } }] });
    assert.deepEqual(parsed['results'], [{ why: { reason: { type: 'Error', message: 'deep' } } }]);
  });

  test('from a workflow, whose type comes beside it', () => {
    const { parsed } = lineOf({ error: new Error('no such namespace'), errorType: 'NotFound' });
    assert.deepEqual(parsed['error'], { type: 'NotFound', message: 'no such namespace' });
    assert.equal('errorType' in parsed, false);
  });

  test('and its stack where debugging was asked for, there alone', () => {
    assert.doesNotMatch(lineOf({ error: new Error('x') }).text, /"stack"/);
    assert.match(lineOf({ error: new Error('x') }, 'debug').text, /"stack":"Error: x\\n +at /);
  });
});

describe('a log line', () => {
  test('holds no token and no password, in its message neither', () => {
    const { text } = lineOf(
      {
        error: new Error(`401 for ${TOKEN}`, { cause: new Error(`Bearer abcdefghijk`) }),
        list: [`use ${JWT} now`],
        headers: { authorization: 'Basic dXNlcjpwYXNz', Password: 'hunter2', apiKey: 'k-1' },
        taskToken: 'dGFzaw==',
        where: new URL('https://alice:hunter2@registry.test/v2/?sig=abc'),
      },
      'debug',
      `refused ${TOKEN}`,
    );
    for (const secret of [
      TOKEN,
      JWT,
      'abcdefghijk',
      'dXNlcjpwYXNz',
      'hunter2',
      'k-1',
      'sig=abc',
      'dGFzaw',
    ]) {
      assert.ok(!text.includes(secret), `${secret} is in ${text}`);
    }
    assert.match(text, /401 for \[removed\]/);
  });

  test('holds nothing of what the logs of the registry are kept without, whatever it is called', () => {
    const key = ['-----BEGIN RSA', 'PRIVATE KEY-----'].join(' ');
    const { text } = lineOf(
      {
        error: new Error('plugin said: password=hunter2, and http://bob:hunter2@proxy.test:3128'),
        stderr: `x\n${key}\nMIIEhunter2aB3dEfGhIjKlMnOpQrStUvWxYz0123456789aB3dEfGhIjKlMnOp==\nafter`,
        env: { DB_PASSWORD: 'hunter2', clientSecret: 'hunter2', bindPW: 'hunter2' },
        said: ['Cookie: sid=hunter2', { bearer: 'hunter2hunter2' }],
      },
      'debug',
      'smtp_pass=hunter2',
    );
    assert.ok(!text.includes('hunter2'), text);
    const kept = { pullSecret: 'image-registry-tls', hasToken: true, auth: 'basic', tokens: 3 };
    const { time: _time, level: _level, msg: _msg, ...fields } = lineOf(kept).parsed;
    assert.deepEqual(fields, kept);
    assert.equal(
      lineOf({}, 'info', 'invalid token: expired').parsed['msg'],
      'invalid token: expired',
    );
  });

  test('is written whatever it is given', () => {
    const ring: Record<string, unknown> = { name: 'ring' };
    ring['self'] = ring;
    const trap = Object.defineProperty({}, 'broken', {
      enumerable: true,
      get: () => {
        throw new Error('no');
      },
    });
    const { parsed } = lineOf({
      ring,
      trap,
      nanos: 12n,
      bytes: Buffer.from('secret'),
      at: new Date(0),
      wrong: new Date(Number.NaN),
      map: new Map([['a', 1n]]),
      set: new Set([1]),
      symbol: Symbol('s'),
      none: undefined,
    });
    const { time: _time, level: _level, msg: _msg, ...rest } = parsed;
    assert.deepEqual(rest, {
      ring: { name: 'ring', self: '[circular]' },
      trap: { broken: '[unreadable]' },
      nanos: '12',
      bytes: '[6 bytes]',
      at: '1970-01-01T00:00:00.000Z',
      wrong: null,
      map: { a: '1' },
      set: [1],
      symbol: 'Symbol(s)',
    });
  });

  test('is no longer than a line should be, and soon written', () => {
    const began = performance.now();
    const { text } = lineOf({
      error: new Error('eyJ'.repeat(1_000_000)),
      all: Array(5_000).fill(1),
    });
    assert.ok(text.length < 20_000, `${text.length} characters`);
    assert.ok(performance.now() - began < 1_000);
  });
});

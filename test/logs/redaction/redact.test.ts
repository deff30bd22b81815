import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { PurserError } from '../../../src/domain/errors.ts';
import { createRedactor } from '../../../src/logs/redact/redact.ts';
import { KEPT, planted, SECRETS } from '../corpus.ts';

const SAMPLES = new URL(
  '../../sandbox/registry-front/fixtures/registry-log-lines.txt',
  import.meta.url,
);
const TIME = '2026-11-23T10:58:14.437217658Z ';

function redact(text: string, custom: readonly string[] = []) {
  const redactor = createRedactor(custom);
  const block = Buffer.from(`${text}\n`);
  const result = redactor.block(block);
  return { text: result.toString('utf8').slice(0, -1), block, result, counts: redactor.counts() };
}

for (const { name, line, kind } of SECRETS) {
  test(`a secret is removed and the rest of its line stays: ${name}`, () => {
    const { secret, text } = planted(line);
    for (const before of ['', TIME]) {
      const redacted = redact(`${before}${text}`);
      assert.ok(!redacted.text.includes(secret), redacted.text);
      assert.equal(redacted.text, `${before}${text.replaceAll(secret, `[REDACTED:${kind}]`)}`);
      assert.deepEqual(Object.keys(redacted.counts), [kind]);
    }
  });
}

test('ordinary lines stay byte for byte: all recorded lines of the registry', () => {
  const block = readFileSync(SAMPLES);
  const redactor = createRedactor();
  assert.equal(redactor.block(block), block);
  assert.deepEqual(redactor.counts(), {});
});

for (const line of KEPT) {
  test(`an ordinary line stays as it was: ${line.slice(0, 70)}`, () => {
    const { result, block, counts } = redact(`${TIME}${line}`);
    assert.equal(result, block);
    assert.deepEqual(counts, {});
  });
}

test('bytes that are no text, and NUL, stay as they were beside a secret', () => {
  const redactor = createRedactor();
  const { secret } = planted('TOKEN');
  const odd = Buffer.from([0x00, 0xff, 0xc3, 0x28, 0x0d, 0x1b]);
  const parts = [odd, Buffer.from(` ${secret} `), odd, Buffer.from('\n'), odd, Buffer.from('\n')];
  const expected = [odd, Buffer.from(' [REDACTED:bearer-token] '), ...parts.slice(2)];
  assert.deepEqual(redactor.block(Buffer.concat(parts)), Buffer.concat(expected));
});

test('every secret of a block is counted by its kind', () => {
  const redactor = createRedactor();
  for (let blocks = 0; blocks < 3; blocks += 1) {
    const lines = SECRETS.map(({ line }) => `${planted(line).text}\n`);
    redactor.block(Buffer.from(lines.join('nothing here\n')));
  }
  const counted = Object.values(redactor.counts()).reduce((sum, count) => sum + count, 0);
  assert.equal(counted, 3 * SECRETS.length);
});

test('a private key is removed line by line, from one block to the next, and the lines after it stay', () => {
  const redactor = createRedactor();
  const dashes = '-'.repeat(5);
  const body = planted('PASSWORD').secret;
  const begin = `${dashes}BEGIN RSA PRIVATE KEY${dashes}`;
  const end = `${dashes}END RSA PRIVATE KEY${dashes}`;
  const first = redactor.block(Buffer.from(`${TIME}a\n${TIME}${begin}\n${TIME}${body}\n`));
  const second = redactor.block(Buffer.from(`${TIME}${body}\n${TIME}${end}\n${TIME}b\n`));
  const text = Buffer.concat([first, second]).toString('utf8');
  assert.ok(!text.includes(body), text);
  assert.ok(text.startsWith(`${TIME}a\n`) && text.endsWith(`\n${TIME}b\n`), text);
  assert.equal(text.split('\n').length, 7);
});

test("an administrator's pattern removes all that it matches, but not the time before the line", () => {
  const { text, counts } = redact(`${TIME}customer 4711, 2026-11-23T10:58:14Z größe=7`, [
    'customer \\d+',
    '2026\\S+',
    'größe=\\d',
  ]);
  assert.equal(text, `${TIME}[REDACTED:custom], [REDACTED:custom] [REDACTED:custom]`);
  assert.deepEqual(counts, { custom: 3 });
});

const BAD = [
  ['(a|b)\\1$', /logs\.redact\[0\].*uses look-around or a back-reference/],
  ['token(?=\\d)', /uses look-around or a back-reference/],
  ['(?<!x)token\\d', /uses look-around or a back-reference/],
  ['[', /no regular expression/],
  ['x*', /empty text/],
  ['x'.repeat(501), /longer than 500/],
] as const;
for (const [pattern, message] of BAD) {
  test(`a pattern that cannot be used is refused at once: ${pattern.slice(0, 20)}`, () => {
    assert.throws(
      () => createRedactor([pattern]),
      (error: unknown) =>
        error instanceof PurserError &&
        error.type === 'NotConfigured' &&
        message.test(error.message),
    );
  });
}

// Each of them takes for ever in the engine of JavaScript, which cannot be stopped.
for (const pattern of ['(a+)+$', '(\\w+,?)*x', '(?:a|aa)+$|(?:a|a?)*b', '(.*a){20}b']) {
  test(`no administrator's pattern takes for ever: ${pattern}`, () => {
    const line = `${'a'.repeat(20_000)}!`;
    const began = process.cpuUsage();
    assert.equal(redact(line, [pattern]).text, line);
    assert.ok(process.cpuUsage(began).user < 20_000_000);
  });
}

test('a pattern that scans the line for each hit has a limited number, and then removes the rest', () => {
  const custom = ['SECRET.*END|tok-\\w+'];
  const few = 'tok-a SECRET '.repeat(300);
  assert.equal(redact(few, custom).text, few.replaceAll('tok-a', '[REDACTED:custom]'));
  const began = process.cpuUsage().user;
  const { text, counts } = redact(`${TIME}${'tok-a SECRET '.repeat(20_000)}END`, custom);
  assert.ok(text.endsWith('[REDACTED:custom]') && !text.includes('tok-a'));
  assert.deepEqual(counts, { custom: 2 });
  const many = redact(`${TIME}${'tok-a SECRET '.repeat(20_000)}`, custom);
  assert.ok(many.text.endsWith('[REDACTED:custom]') && !many.text.includes('tok-a'));
  assert.deepEqual(many.counts, { custom: 16 });
  assert.ok(process.cpuUsage().user - began < 10_000_000);
});

test('a line of a megabyte that looks like secrets everywhere takes reasonable time', () => {
  const lines = [
    'a.'.repeat(500_000),
    '"'.repeat(1_000_000),
    'token='.repeat(150_000),
    '://'.repeat(300_000),
  ];
  for (const line of [...lines, 'eyJ.'.repeat(200_000), `"password":"${'\\"'.repeat(400_000)}`]) {
    redact(`password ${line}`);
  }
});

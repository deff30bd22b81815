import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { createRunner } from './command.ts';

// Nobody listens on port 1: what gets as far as Temporal fails there, and ends with 1.
const { file, folder, run } = createRunner(
  "temporal: { address: 'localhost:1' }\ntargets: { prod: {}, test: {} }\n",
);
function logs(...args: readonly string[]) {
  return run('-c', file, 'logs', ...args);
}

const TOKEN = ['sha256', 'A'.repeat(43)].join('~');

/** What is wrong, and what is said of it: the field or option, the value, the way out. */
const WRONG: readonly (readonly [string, readonly string[], RegExp])[] = [
  [
    'no target where there are several',
    ['collect'],
    /purser\.yaml has 2 targets; name one with --target: prod, test/,
  ],
  [
    'an unknown target',
    ['collect', '-t', 'porod'],
    /there is no target "porod"; purser\.yaml has prod, test/,
  ],
  [
    'a time that is none',
    ['collect', '-t', 'prod', '--since', 'noon'],
    /--since <time>' argument 'noon' is invalid\. "noon" is not a time; write how long ago, such as 30m/,
  ],
  [
    'a pod that cannot be one',
    ['collect', '-t', 'prod', '--pod', 'image-registry-0', '--pod', 'Image_Registry'],
    /pods\[1\]: "Image_Registry" a pod's name is lower-case letters, digits/,
  ],
  [
    'a reason that holds a token',
    ['collect', '-t', 'prod', '--reason', `because of ${TOKEN}`],
    /reason: contains what looks like a token; remove it/,
  ],
  [
    'an unknown way to print',
    ['collect', '-t', 'prod', '--output', 'xml'],
    /argument 'xml' is invalid\. Allowed choices are text, json/,
  ],
  ['an unknown option', ['collect', '--sinse', '2h'], /unknown option '--sinse'.*--since/s],
  ...['schedule --every 15m', 'pause', 'resume'].map(
    (command) =>
      [
        `an unknown target of ${command.split(' ')[0]}`,
        [...command.split(' '), '-t', 'porod'],
        /there is no target "porod"; purser\.yaml has prod, test/,
      ] as const,
  ),
];

describe('bad usage of collecting', { concurrency: 2 }, () => {
  for (const [what, args, says] of WRONG) {
    test(`with ${what} ends with 2 and says what to write instead`, async () => {
      const { code, out, err } = await logs(...args);
      assert.match(err, says);
      assert.deepEqual([code, out], [2, '']);
      assert.ok(!err.includes(TOKEN));
      assert.doesNotMatch(err, /\n {4}at /);
    });
  }

  test('with a pattern of secrets that is none ends with 2 before anything is started', async () => {
    const bad = path.join(folder, 'bad.yaml');
    writeFileSync(bad, "targets: { prod: { logs: { redact: ['customer-('] } } }\n");
    const { code, err } = await run('-c', bad, 'logs', 'collect');
    assert.match(err, /targets\.prod\.logs\.redact\[0\]: is no regular expression/);
    assert.equal(code, 2);
  });
});

describe('without Temporal', { concurrency: 2 }, () => {
  for (const args of [
    ['collect'],
    ['schedule'],
    ['schedule', '--every', '15m'],
    ['pause'],
    ['resume'],
    ['remove'],
  ]) {
    test(`${args.join(' ')} ends with 1 and names the address`, async () => {
      const { code, err } = await logs(...args, '-t', 'prod');
      assert.match(err, /localhost:1\b/);
      assert.doesNotMatch(err, /\n {4}at /);
      assert.equal(code, 1);
    });
  }
});

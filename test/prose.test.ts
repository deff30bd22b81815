import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { test } from 'node:test';
import { ROOT, text } from './sources.ts';

const WORDS_AT_MOST = 30;

/** Words that name no actor, or that an administrator may have to look up. */
const UNWANTED =
  /\b(?:somebody|nobody|anybody|everybody|whoever|whomever|wherever|thereof|hence|lest|in vain|came to)\b/i;

// The measured facts are notes of ours, and stay as they were written.
const PAGES = ['README.md', ...globSync('docs/{,decisions/}*.md', { cwd: ROOT }).sort()].filter(
  (page) => page !== 'docs/openshift-facts.md',
);

test(`no sentence of a page has more than ${WORDS_AT_MOST} words`, () => {
  assert.ok(PAGES.length > 30);
  assert.deepEqual(complaints(isLong), []);
});

test('a page names who acts, in words that everyone knows', () => {
  assert.deepEqual(
    complaints((sentence) => UNWANTED.test(sentence)),
    [],
  );
});

test('sentences are found in paragraphs and lists, not in code and tables', () => {
  const page = [
    '# A title',
    'One sentence, of',
    'two lines (see [a page](docs/logs.md)). Another `one. With code`.',
    '',
    '```',
    'Nobody reads this.',
    '```',
    '| Nobody | reads this |',
    '1. An item, e.g. this one.',
    '   - Somebody reads this!',
    '> A quote? zod is no name at its beginning.',
  ].join('\n');
  assert.deepEqual(sentencesOf(page), [
    'A title',
    'One sentence, of two lines (see a page).',
    'Another CODE.',
    'An item, e.g. this one.',
    'Somebody reads this!',
    'A quote?',
    'zod is no name at its beginning.',
  ]);
  assert.deepEqual(
    sentencesOf(page).filter((each) => UNWANTED.test(each)),
    ['Somebody reads this!'],
  );
  const words = (count: number) => Array.from({ length: count }, () => 'word').join(' – ');
  assert.equal(isLong(words(WORDS_AT_MOST)), false);
  assert.equal(isLong(words(WORDS_AT_MOST + 1)), true);
});

function complaints(isWrong: (sentence: string) => boolean): readonly string[] {
  return PAGES.flatMap((page) =>
    sentencesOf(text(page))
      .filter(isWrong)
      .map((sentence) => `${page}: ${sentence}`),
  );
}

function isLong(sentence: string): boolean {
  const words = sentence.split(' ').filter((word) => /[\p{L}\p{N}]/u.test(word));
  return words.length > WORDS_AT_MOST;
}

function sentencesOf(page: string): readonly string[] {
  return page
    .replaceAll(/^ *```[^]*?^ *``` *$/gm, '\n')
    .replaceAll(/^ *\|.*$/gm, '')
    .replaceAll(/^#+ +(.*)$/gm, '\n$1\n')
    .replaceAll(/^ *(?:[-*]|\d+\.|>) +/gm, '\n')
    .split(/\n\s*\n/)
    .flatMap((paragraph) => split(plain(paragraph.replaceAll(/\s+/g, ' ').trim())));
}

function plain(paragraph: string): string {
  return paragraph
    .replaceAll(/`[^`]*`/g, 'CODE')
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll('**', '');
}

function split(paragraph: string): readonly string[] {
  return paragraph
    .split(/(?<=[.!?][)"']*)(?<!\b(?:e\.g|i\.e|etc|vs)\.) (?=.)/)
    .filter((sentence) => sentence !== '');
}

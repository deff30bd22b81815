import assert from 'node:assert/strict';
import { existsSync, globSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { testFiles } from './files.ts';
import { ALL, BENCHES, FEATURES, PRODUCT, ROOT, SOURCES, text } from './sources.ts';

const LINES_AT_MOST = 300;
const FILES_AT_MOST = 12;

test('there are sources to look at', () => assert.ok(SOURCES.length > 100));

test(`no file has more than ${LINES_AT_MOST} lines`, () => {
  const longer = ALL.filter((file) => text(file).trimEnd().split('\n').length > LINES_AT_MOST);
  assert.deepEqual(longer, []);
});

test(`no folder has more than ${FILES_AT_MOST} source files`, () => {
  const byFolder = Map.groupBy([...SOURCES, ...BENCHES], (file) => path.posix.dirname(file));
  const fuller = [...byFolder].flatMap(([folder, files]) =>
    files.length > FILES_AT_MOST ? `${folder}: ${files.length}` : [],
  );
  assert.deepEqual(fuller, []);
});

test('a file has a kebab-case name that says what is in it', () => {
  const bad = ALL.filter((file) => {
    const name = path.basename(file).replace(/(\.test)?\.ts$/, '');
    const isBanned = /(^|-)(utils?|helpers?|common|manager|impl|misc)(-|$)/.test(name);
    return isBanned || !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name);
  });
  assert.deepEqual(bad, []);
});

test('an exported name has one meaning: no two files of the product export the same', () => {
  const exported = PRODUCT.flatMap((file) =>
    [
      ...text(file).matchAll(
        /^export (?:async )?(?:interface|type|class|const|function)\*? (\w+)/gm,
      ),
    ].map(([, name = '']) => ({ name, file })),
  );
  const twice = [...Map.groupBy(exported, ({ name }) => name)].flatMap(([name, all]) =>
    all.length > 1 ? [`${name}: ${all.map(({ file }) => file).join(', ')}`] : [],
  );
  assert.ok(exported.length > 500);
  assert.deepEqual(twice, []);
});

test('everything is exported by its name, and nothing is collected in barrels', () => {
  const bad = SOURCES.filter((file) => {
    // The bundle's entry is the one list of workflows.
    if (file === 'workflows/index.ts') return false;
    return /^export default |^export (type )?\* /m.test(text(file));
  });
  assert.deepEqual(bad, []);
});

test('no source says any, or ! or enum', () => {
  const bad = SOURCES.filter((file) =>
    /[:<|&,(] *any\b(?=[\s;,)>\]|&=[])|\bas any\b|^(export )?(const )?enum /m.test(
      text(file).replaceAll(/\/\*[^]*?\*\/|\/\/.*$/gm, ''),
    ),
  );
  assert.deepEqual(bad, []);
});

test('a function of a file is declared as one: arrow functions are for callbacks and closures', () => {
  const arrow =
    /^(?:export )?const (\w+) = (?:async )?(?:<[^=]*>)?\((?:[^()]|\([^()]*\))*\)(?:: [^=]+)? =>/gm;
  const bad = ALL.flatMap((file) =>
    [...text(file).matchAll(arrow)].map(([, name]) => `${file}: ${name}`),
  );
  assert.deepEqual(bad, []);
});

test('quotes and apostrophes are those of a keyboard', () => {
  const pages = globSync('{.,docs,docs/decisions,bench,deploy}/*.md', { cwd: ROOT });
  assert.deepEqual(
    [...ALL, ...pages].filter((file) => /[\u2018\u2019\u201c\u201d]/.test(text(file))),
    [],
  );
});

test("the lock holds one version of each of Temporal's packages, and all of them the same", () => {
  const { packages } = z
    .object({ packages: z.record(z.string(), z.object({ version: z.string().optional() })) })
    .parse(JSON.parse(text('package-lock.json')));
  const temporal = Object.entries(packages).filter(([at]) => /@temporalio\/[^/]+$/.test(at));
  assert.ok(temporal.some(([at]) => at === 'node_modules/@temporalio/common'));
  const copies = temporal.filter(([at]) => at.lastIndexOf('node_modules/') > 0);
  assert.deepEqual(copies, []);
  assert.deepEqual([...new Set(temporal.map(([, { version }]) => version))], ['1.23.0']);
});

test('a page that a comment or another page cites is there, and so is its section', () => {
  const pages = [...globSync('{.,docs,docs/decisions,bench,deploy}/*.md', { cwd: ROOT })].sort();
  const sections = new Set(
    [...text('docs/openshift-facts.md').matchAll(/^#+ (\d+(?:\.\d+)*)/gm)].map(([, at]) => at),
  );
  const wrong = [...ALL, ...pages].flatMap((file) => {
    // What an address of the web names is somebody else's.
    const cited = text(file).replaceAll(/\bhttps?:\/\/\S+/g, '');
    const names = [...cited.matchAll(/[\w./-]*\w\.md\b(?! *=)/g)].map(([name]) => name);
    const facts = [...cited.matchAll(/openshift-facts\.md,? (\d+(?:\.\d+)*)/g)];
    return [
      ...names.filter((name) => !isPage(name, file)),
      ...facts.map(([, at]) => at).filter((at) => !sections.has(at)),
    ].map((what) => `${file} cites ${what}`);
  });
  assert.deepEqual(wrong, []);
});

test('the README fits on two screens: what is more stands in docs', () => {
  assert.ok(text('README.md').trimEnd().split('\n').length <= 150);
});

test('a source that a comment or a page names by its path is there', () => {
  const pages = globSync('{.,docs,docs/decisions,bench}/*.md', { cwd: ROOT }).sort();
  // Made-up imports of made-up files.
  const read = [...ALL, ...pages].filter((file) => file !== 'test/import-rules.test.ts');
  const named = /(?<![\w./-])(?:src|activities|workflows|sandbox|test|bench)\/[\w./-]*\.ts\b/g;
  const wrong = read.flatMap((file) =>
    [...text(file).matchAll(named)]
      .filter(([name]) => !existsSync(path.join(ROOT, name)))
      .map(([name]) => `${file} names ${name}`),
  );
  assert.deepEqual(wrong, []);
});

// From the root, from the page itself, or by its name alone if it is one of docs/.
function isPage(name: string, file: string): boolean {
  return [name, path.posix.join(path.posix.dirname(file), name), `docs/${name}`].some((each) =>
    existsSync(path.join(ROOT, each)),
  );
}

test('every test runs, each once, and the search for secrets last', () => {
  const { fast, programs, stories } = testFiles();
  const listed = [...fast, ...programs, ...stories];
  const there = ALL.filter((file) => file.endsWith('.test.ts'));
  assert.deepEqual(listed.toSorted(), there);
  assert.equal(listed.at(-1), 'test/acceptance/secrets.test.ts');
});

test('a feature has one name on every floor, and nothing else has it', () => {
  const floors = ['workflows', 'activities', 'src', 'src/cli', 'test'];
  const wanted = floors.flatMap((floor) => FEATURES.map((feature) => `${floor}/${feature}`));
  // Where all features' stories and measurements are, a feature may have a folder.
  const stories = ['test/acceptance', 'bench'];
  const folders = ALL.flatMap((file) => {
    const parts = path.posix.dirname(file).split('/');
    return parts.map((_, at) => parts.slice(0, at + 1).join('/'));
  });
  const named = new Set(
    folders
      .filter((folder) => FEATURES.includes(path.posix.basename(folder)))
      .filter((folder) => !stories.includes(path.posix.dirname(folder))),
  );
  assert.deepEqual([...named].sort(), wanted.sort());
});

test('no folder stands beside a file of its own name', () => {
  const files = new Set(ALL.map((file) => file.replace(/\.ts$/, '')));
  const twins = [...new Set(ALL.map((file) => path.posix.dirname(file)))];
  assert.deepEqual(
    twins.filter((folder) => files.has(folder)),
    [],
  );
});

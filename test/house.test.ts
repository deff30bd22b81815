import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { testFiles } from './files.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SOURCES = globSync('{src,activities,workflows,sandbox}/**/*.ts', { cwd: ROOT }).sort();
const BENCHES = globSync('bench/**/*.ts', { cwd: ROOT }).sort();
const ALL = [...SOURCES, ...BENCHES, ...globSync('test/**/*.ts', { cwd: ROOT }).sort()];

const FEATURES = ['access', 'identity', 'health', 'alerts', 'logs'];
const LINES_AT_MOST = 300;
const FILES_AT_MOST = 12;

const text = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

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
  const exported = SOURCES.filter((file) => !file.startsWith('sandbox/')).flatMap((file) =>
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

test('the lock holds one version of each of Temporal’s packages, and all of them the same', () => {
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

/**
 * Which folders a folder may import, at whatever depth: the linter's patterns look at the text of an
 * import, and so see one level only. `types` may be imported as types.
 */
interface May {
  readonly import: readonly string[];
  readonly types?: readonly string[];
}

// Pure words and judgements, of one feature each: what a workflow may import by value, too.
const MODELS = FEATURES.map((feature) => `src/${feature}/model`);
const SHARED = ['src/domain', ...MODELS];
const CLIENTS = [
  'src/kubernetes',
  'src/openshift',
  'src/access',
  'src/registry',
  'src/identity',
  'src/health',
  'src/logs',
  'src/archive',
  'src/alerts',
];
// Leaves: the name under which clients ask, and how a process and a running sandbox are known again.
const AGENT = 'src/user-agent.ts';
const IDENTITY = 'src/process-identity.ts';
const RUNNING = 'src/running-sandbox.ts';
const MAY: Readonly<Record<string, May>> = {
  'src/domain': { import: [] },
  ...Object.fromEntries(MODELS.map((model) => [model, { import: SHARED }])),
  // The wire below two clients: names, TCP, TLS.
  'src/net': { import: ['src/domain'] },
  'src/kubernetes': { import: ['src/domain', AGENT] },
  'src/openshift': { import: [...SHARED, 'src/kubernetes'] },
  'src/access': { import: [...SHARED, 'src/kubernetes', 'src/openshift'] },
  'src/registry': { import: ['src/domain', 'src/net', AGENT] },
  'src/identity': { import: [...SHARED, 'src/net', AGENT] },
  'src/health': { import: SHARED },
  'src/logs': { import: SHARED },
  'src/archive': { import: SHARED },
  'src/alerts': { import: [...SHARED, AGENT] },
  [AGENT]: { import: [] },
  [IDENTITY]: { import: [] },
  [RUNNING]: { import: [IDENTITY] },
  'src/config': { import: SHARED },
  activities: { import: [...CLIENTS, ...SHARED, 'src/net', AGENT] },
  workflows: { import: SHARED, types: ['activities'] },
  'src/temporal': { import: ['src/config', ...SHARED, 'workflows'] },
  'src/cli': {
    import: [
      'src/config',
      ...SHARED,
      'src/temporal',
      'src/direct',
      'src/worker.ts',
      AGENT,
      RUNNING,
      'workflows',
    ],
    types: ['src/logs'],
  },
  'src/direct': { import: [...CLIENTS, 'src/config', ...SHARED] },
  'src/worker.ts': {
    import: [...CLIENTS, 'src/config', ...SHARED, 'src/temporal', 'activities', 'workflows'],
  },
  // The sandbox shares no code with what is tried on it, or both could be wrong together.
  sandbox: { import: [IDENTITY, RUNNING] },
  'sandbox/cli': {
    import: ['sandbox', 'src/cli', 'src/config', ...SHARED, 'src/temporal', 'workflows', RUNNING],
  },
};

// `purser start` and `purser sandbox` are loaded when their folder is there.
const SANDBOX_COMMANDS = ['sandbox/cli/sandbox.ts', 'sandbox/cli/start.ts'];

test('the product imports nothing of the sandbox but two commands, where they are there', () => {
  const imported = SOURCES.filter((file) => !file.startsWith('sandbox/')).flatMap((file) =>
    importsOf(file).flatMap(({ to }) => (to.startsWith('sandbox/') ? [`${file}: ${to}`] : [])),
  );
  assert.deepEqual(
    imported.sort(),
    SANDBOX_COMMANDS.map((to) => `src/cli/main.ts: ${to}`),
  );
});

test('the product imports no package that only tests and the sandbox need', () => {
  const { dependencies } = z
    .object({ dependencies: z.record(z.string(), z.string()) })
    .parse(JSON.parse(text('package.json')));
  const wrong = SOURCES.filter((file) => !file.startsWith('sandbox/')).flatMap((file) =>
    packagesOf(file).flatMap((name) =>
      Object.hasOwn(dependencies, name) ? [] : [`${file} imports ${name}`],
    ),
  );
  assert.deepEqual(wrong, []);
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

test('imports go one way, at whatever depth', () => {
  const wrong = SOURCES.flatMap((file) =>
    importsOf(file).flatMap(({ to, isType }) => {
      if (file === 'src/cli/main.ts' && SANDBOX_COMMANDS.includes(to)) return [];
      const may = MAY[placeOf(file)];
      assert.ok(may, `nobody has said what ${placeOf(file)} may import`);
      const place = placeOf(to);
      const isAllowed =
        place === placeOf(file) ||
        may.import.includes(place) ||
        (isType && may.types?.includes(place) === true);
      return isAllowed ? [] : `${file} imports ${to}`;
    }),
  );
  assert.deepEqual(wrong, []);
});

test('of the workflows, only the contract is imported by value from elsewhere', () => {
  const wrong = SOURCES.filter((file) => placeOf(file) !== 'workflows').flatMap((file) =>
    importsOf(file)
      .filter(({ to, isType }) => !isType && placeOf(to) === 'workflows')
      .filter(({ to }) => to !== 'workflows/contract.ts')
      .map(({ to }) => `${file} imports ${to}`),
  );
  assert.deepEqual(wrong, []);
});

test('every import of a file of ours names a file that is there', () => {
  const known = new Set(SOURCES);
  const gone = SOURCES.flatMap((file) =>
    importsOf(file).flatMap(({ to }) => (known.has(to) ? [] : `${file} imports ${to}`)),
  );
  assert.deepEqual(gone, []);
});

function importsOf(file: string): readonly { readonly to: string; readonly isType: boolean }[] {
  const statements = text(file).matchAll(
    /^(?:import|export)( type)?\b[^;'"]*?\bfrom\s+['"](\.[^'"]+)['"]|\bimport\b\(?\s*['"](\.[^'"]+)['"]/gm,
  );
  return [...statements].map(([, type, named = '', bare]) => ({
    to: path.posix.join(path.posix.dirname(file), bare ?? named),
    isType: type !== undefined,
  }));
}

/** The packages that a file imports: `zod`, `@temporalio/client`. */
function packagesOf(file: string): readonly string[] {
  const named = text(file).matchAll(
    /^(?:import|export)\b[^;'"]*?\bfrom\s+['"]([^.'"][^'"]*)['"]|\bimport\b\(?\s*['"]([^.'"][^'"]*)['"]/gm,
  );
  return [...named]
    .map(([, from, bare]) => from ?? bare ?? '')
    .filter((name) => !name.startsWith('node:'))
    .map((name) => name.split('/', name.startsWith('@') ? 2 : 1).join('/'));
}

/** `src/kubernetes`, `src/access/model`, `activities`, or a file that is a place of its own. */
function placeOf(file: string): string {
  const [top = '', second = '', third = '', ...deeper] = file.split('/');
  if (top === 'sandbox') return second === 'cli' ? 'sandbox/cli' : top;
  if (top !== 'src') return top;
  return third === 'model' && deeper.length > 0 ? `src/${second}/model` : `src/${second}`;
}

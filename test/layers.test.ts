import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { FEATURES, PRODUCT, SOURCES, text } from './sources.ts';

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
// What several read: purser.yaml and kubeconfigs; certificates of kubeconfigs and of Temporal.
const YAML = 'src/yaml.ts';
const PEM = 'src/pem.ts';
const MAY: Readonly<Record<string, May>> = {
  'src/domain': { import: [] },
  ...Object.fromEntries(MODELS.map((model) => [model, { import: SHARED }])),
  // The wire below the clients: names, TCP, TLS, and what is trusted.
  'src/net': { import: ['src/domain'] },
  'src/kubernetes': { import: ['src/domain', 'src/net', AGENT, YAML, PEM] },
  'src/openshift': { import: [...SHARED, 'src/kubernetes'] },
  'src/access': { import: [...SHARED, 'src/kubernetes', 'src/openshift'] },
  'src/registry': { import: ['src/domain', 'src/net', AGENT] },
  'src/identity': { import: [...SHARED, 'src/net', AGENT] },
  // Judgement knows by type what the clients have read.
  'src/health': { import: SHARED, types: ['src/openshift'] },
  'src/logs': { import: SHARED },
  'src/archive': { import: [...SHARED, 'src/net'] },
  'src/alerts': { import: [...SHARED, 'src/net', AGENT] },
  [AGENT]: { import: [] },
  [IDENTITY]: { import: [] },
  [RUNNING]: { import: [IDENTITY] },
  [YAML]: { import: ['src/domain'] },
  [PEM]: { import: [] },
  'src/config': { import: [...SHARED, YAML] },
  activities: { import: [...CLIENTS, ...SHARED, 'src/net', AGENT] },
  workflows: { import: SHARED, types: ['activities'] },
  'src/temporal': { import: ['src/config', ...SHARED, PEM, 'workflows'] },
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
    import: [
      ...CLIENTS,
      'src/config',
      ...SHARED,
      'src/net',
      'src/temporal',
      'activities',
      'workflows',
    ],
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
  const imported = PRODUCT.flatMap((file) =>
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
  const wrong = PRODUCT.flatMap((file) =>
    packagesOf(file).flatMap((name) =>
      Object.hasOwn(dependencies, name) ? [] : [`${file} imports ${name}`],
    ),
  );
  assert.deepEqual(wrong, []);
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

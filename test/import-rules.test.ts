import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

// Every row is a file with one import. All are put into a copy of the tree and linted with the
// project's own rules: what the rules let through by mistake shows here, and so does a rule that
// refuses everything.
const ROOT = fileURLToPath(new URL('..', import.meta.url));

const value = (from: string) => `import { x } from '${from}';\nexport const y = [x];\n`;
const type = (from: string) => `import type { X } from '${from}';\nexport type Y = X | 0;\n`;

/** In which folder, what is imported, and the words of the rule that refuses it. */
const REFUSED: readonly (readonly [string, string, RegExp])[] = [
  ['src/domain', value('../cluster/cluster.ts'), /domain imports nothing of ours/],
  ['src/domain/login', value('../../cluster/cluster.ts'), /domain imports nothing of ours/],
  ['src/domain', value('../worker.ts'), /domain imports nothing of ours/],
  ['src/domain', value('../../workflows/contract.ts'), /domain imports nothing of ours/],
  ['src/health/model', value('../../cluster/cluster.ts'), /domain imports nothing of ours/],
  ['src/domain', value('node:fs'), /domain is pure/],
  ['src/domain', value('@temporalio/common'), /domain is pure/],
  ['src/domain', value('undici'), /domain is pure/],
  ['workflows', value('node:crypto'), /workflow code is deterministic/],
  ['workflows', value('@temporalio/client'), /workflow code is deterministic/],
  ['workflows', value('@temporalio/worker'), /workflow code is deterministic/],
  ['workflows', value('../src/kubernetes/api/cluster.ts'), /workflows import domain by value/],
  ['workflows', value('../src/config/load.ts'), /workflows import domain by value/],
  [
    'workflows',
    value('../activities/access/grants/grants.ts'),
    /workflows know activities by type only/,
  ],
  [
    'workflows/access/onboarding',
    value('../../src/cluster/roles.ts'),
    /workflows import domain by value/,
  ],
  [
    'workflows/access/onboarding',
    value('../../activities/access/grants.ts'),
    /activities by type only/,
  ],
  ['activities', value('@temporalio/workflow'), /activities know neither workflows nor workers/],
  ['activities', value('@temporalio/worker'), /activities know neither workflows nor workers/],
  ['activities', value('../src/config/load.ts'), /configuration is passed in/],
  ['activities', value('../sandbox/sandbox.ts'), /configuration is passed in/],
  ['activities/access/proof', value('../../src/temporal/client.ts'), /configuration is passed in/],
  ['activities', value('../workflows/contract.ts'), /do not know who calls them/],
  ['src/net', value('../registry/registry.ts'), /net imports only domain/],
  ['src/net', value('../identity/check.ts'), /net imports only domain/],
  ['src/net', value('@temporalio/common'), /clients do not know Temporal/],
  ['src/cluster', value('../net/dial.ts'), /only its own folder and domain/],
  ['src/cluster', value('../registry/registry.ts'), /only its own folder and domain/],
  ['src/cluster', value('../config/load.ts'), /only its own folder and domain/],
  ['src/cluster', value('@temporalio/common'), /clients do not know Temporal/],
  ['src/cluster', value('../../activities/access/grants.ts'), /does not know who calls it/],
  ['src/registry', value('../cluster/cluster.ts'), /only its own folder and domain/],
  ['src/registry', value('@temporalio/activity'), /clients do not know Temporal/],
  ['src/registry', value('../../workflows/contract.ts'), /does not know who calls it/],
  ['src/identity', value('../cluster/cluster.ts'), /only its own folder and domain/],
  ['src/identity', value('@temporalio/common'), /clients do not know Temporal/],
  ['src/archive', value('../../sandbox/info.ts'), /the product does not know its test equipment/],
  ['src/archive', value('@temporalio/common'), /clients do not know Temporal/],
  ['src/health', value('../registry/registry.ts'), /only its own folder and domain/],
  ['src/logs', value('../cluster/cluster.ts'), /only its own folder and domain/],
  ['src/alerts', value('../archive/folder.ts'), /only its own folder and domain/],
  ['src/config', value('../cluster/connection.ts'), /config imports only domain/],
  ['src/temporal', value('../cluster/cluster.ts'), /temporal knows the contract, config/],
  ['src/temporal', value('../../activities/access/grants.ts'), /temporal does not know activities/],
  ['src/temporal', value('../../workflows/onboard.ts'), /only workflows\/contract\.ts/],
  ['src/cli', value('../cluster/cluster.ts'), /reach the outside through Temporal/],
  ['src/cli/commands', value('../../health/findings.ts'), /reach the outside through Temporal/],
  ['src/cli', value('../../activities/access/grants.ts'), /do not run activities/],
  ['src/cli', value('../../workflows/onboard.ts'), /only workflows\/contract\.ts/],
  ['src/cli', value('../logs/manifest.ts'), /through Temporal, src\/worker\.ts or src\/direct/],
  ['src/cli', value('../archive/folder.ts'), /through Temporal, src\/worker\.ts or src\/direct/],
  ['src/cli', value('../../sandbox/info.ts'), /the product does not know its test equipment/],
  ['sandbox', value('../src/kubernetes/api/cluster.ts'), /the sandbox shares no code/],
  ['sandbox', value('../activities/attempt.ts'), /the sandbox shares no code/],
  ['sandbox/supervisor', value('../../src/registry/registry.ts'), /the sandbox shares no code/],
  // Rules of style that the house stands on.
  ['src/config', 'export default function load() {}\n', /default export/i],
  ['src/config', 'export const load = (text: any) => String(text);\n', /any/],
  ['src/config', 'export const load = (text?: string) => text!.trim();\n', /non-null assertion/i],
  ['src/config', `${'// a line\n'.repeat(301)}export const x = 1;\n`, /too many lines/i],
  [
    'src/config',
    'export const f = (a: 0, b: 0, c: 0, d: 0, e: 0) => a + b + c + d + e;\n',
    /param/i,
  ],
];

const ALLOWED: readonly (readonly [string, string])[] = [
  ['src/domain', value('zod')],
  ['src/domain', value('./access.ts')],
  ['src/domain/login', value('../cause.ts')],
  ['src/health/model', value('../cause.ts')],
  ['src/cli', value('../domain/health/checks.ts')],
  ['workflows', value('@temporalio/workflow')],
  ['workflows', value('../src/access/model/access.ts')],
  ['workflows', type('../activities/access/grants/grants.ts')],
  ['activities', value('../src/kubernetes/api/cluster.ts')],
  ['activities', value('@temporalio/activity')],
  ['src/cluster', value('../domain/access.ts')],
  ['src/cluster', value('undici')],
  ['src/net', value('../domain/cause.ts')],
  ['src/registry', value('../domain/cause.ts')],
  ['src/registry', value('../net/dial.ts')],
  ['src/identity', value('../net/dial.ts')],
  ['src/config', value('../domain/policy.ts')],
  ['src/temporal', value('../../workflows/contract.ts')],
  ['src/temporal', type('../../workflows/index.ts')],
  ['src/cli', value('../temporal/client.ts')],
  ['src/cli', value('../worker.ts')],
  ['src/cli', value('../direct/logbook.ts')],
  ['src/cli', value('../domain/logs/size.ts')],
  ['src/cli', type('../logs/manifest.ts')],
  ['sandbox', value('./paths.ts')],
  ['sandbox', value('../src/running-sandbox.ts')],
  ['sandbox/cli', value('../../src/cli/context.ts')],
];

const tree = mkdtempSync(path.join(tmpdir(), 'purser-import-rules-test-'));
after(() => rmSync(tree, { recursive: true, force: true }));

const refused = REFUSED.map(([folder, source], index) => write(folder, `no-${index}.ts`, source));
const allowed = ALLOWED.map(([folder, source], index) => write(folder, `yes-${index}.ts`, source));
const said = lint();

for (const [index, [folder, source, rule]] of REFUSED.entries()) {
  test(`${folder} may not hold: ${source.trim().split('\n').at(-2) ?? source.trim()} (${index})`, () => {
    const messages = said.get(refused[index] ?? '') ?? [];
    assert.ok(
      messages.some((message) => rule.test(message)),
      `the linter said ${JSON.stringify(messages)}`,
    );
  });
}

for (const [index, [folder, source]] of ALLOWED.entries()) {
  test(`${folder} may hold: ${source.split('\n')[0]}`, () => {
    assert.deepEqual(said.get(allowed[index] ?? '') ?? [], []);
  });
}

function write(folder: string, name: string, source: string): string {
  mkdirSync(path.join(tree, folder), { recursive: true });
  writeFileSync(path.join(tree, folder, name), source);
  return `${folder}/${name}`;
}

function lint(): ReadonlyMap<string, readonly string[]> {
  copyFileSync(path.join(ROOT, '.oxlintrc.json'), path.join(tree, '.oxlintrc.json'));
  const bin = path.join(ROOT, 'node_modules', 'oxlint', 'bin', 'oxlint');
  const { stdout, stderr } = spawnSync(process.execPath, [bin, '--format', 'json', '.'], {
    cwd: tree,
    encoding: 'utf8',
  });
  const { diagnostics } = z
    .object({
      diagnostics: z.array(
        z.object({ filename: z.string(), message: z.string(), help: z.string().optional() }),
      ),
    })
    .parse(JSON.parse(stdout), { error: () => stderr });
  const byFile = Map.groupBy(diagnostics, ({ filename }) => path.normalize(filename));
  return new Map(
    [...byFile].map(([file, found]) => [
      file,
      found.map(({ message, help }) => `${message} ${help ?? ''}`),
    ]),
  );
}

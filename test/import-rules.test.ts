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

function value(from: string) {
  return `import { x } from '${from}';\nexport const y = [x];\n`;
}
function type(from: string) {
  return `import type { X } from '${from}';\nexport type Y = X | 0;\n`;
}

/** In which folder, what is imported, and the words of the rule that refuses it. */
const REFUSED: readonly (readonly [string, string, RegExp])[] = [
  ['src/domain', value('../kubernetes/api/cluster.ts'), /domain imports nothing of ours/],
  ['src/domain/wire', value('../../kubernetes/api/cluster.ts'), /domain imports nothing of ours/],
  ['src/domain', value('../access/model/access.ts'), /domain imports nothing of ours/],
  ['src/domain', value('../worker.ts'), /domain imports nothing of ours/],
  ['src/domain', value('../../workflows/contract.ts'), /domain imports nothing of ours/],
  ['src/domain', value('node:fs'), /domain and models are pure/],
  ['src/domain', value('@temporalio/common'), /domain and models are pure/],
  ['src/domain', value('undici'), /domain and models are pure/],
  [
    'src/health/model',
    value('../../kubernetes/api/cluster.ts'),
    /models import nothing of ours but/,
  ],
  ['src/health/model', value('../../logs/manifest.ts'), /models import nothing of ours but/],
  [
    'src/access/model/proof',
    value('../../../access/roles.ts'),
    /models import nothing of ours but/,
  ],
  ['src/access/model', value('node:crypto'), /domain and models are pure/],
  ['workflows', value('node:crypto'), /workflow code is deterministic/],
  ['workflows', value('@temporalio/client'), /workflow code is deterministic/],
  ['workflows', value('@temporalio/worker'), /workflow code is deterministic/],
  ['workflows', value('../src/kubernetes/api/cluster.ts'), /workflows import domain and models/],
  ['workflows', value('../src/config/load.ts'), /workflows import domain and models/],
  ['workflows', value('../src/health/findings.ts'), /workflows import domain and models/],
  ['workflows', value('../activities/doctor.ts'), /workflows know activities by type only/],
  ['workflows/access', value('../../src/access/roles.ts'), /workflows import domain and models/],
  ['workflows/access', value('../../activities/attempt.ts'), /activities by type only/],
  ['activities', value('@temporalio/workflow'), /activities know neither workflows nor workers/],
  ['activities', value('@temporalio/worker'), /activities know neither workflows nor workers/],
  ['activities', value('../src/config/load.ts'), /configuration is passed in/],
  ['activities', value('../sandbox/sandbox.ts'), /the product does not know its test equipment/],
  ['activities/access', value('../../src/temporal/client.ts'), /configuration is passed in/],
  ['activities', value('../workflows/contract.ts'), /do not know who calls them/],
  ['src/net', value('../registry/registry.ts'), /only its own folder, what is below it/],
  ['src/net', value('../identity/check.ts'), /only its own folder, what is below it/],
  ['src/net', value('@temporalio/common'), /clients do not know Temporal/],
  ['src/kubernetes', value('../openshift/tokens.ts'), /only its own folder, what is below it/],
  ['src/kubernetes', value('../access/roles.ts'), /only its own folder, what is below it/],
  ['src/kubernetes', value('../config/load.ts'), /only its own folder, what is below it/],
  ['src/kubernetes', value('@temporalio/common'), /clients do not know Temporal/],
  ['src/kubernetes', value('../../activities/attempt.ts'), /does not know who calls it/],
  ['src/openshift', value('../access/roles.ts'), /only its own folder, what is below it/],
  ['src/openshift', value('../registry/registry.ts'), /only its own folder, what is below it/],
  ['src/access', value('../registry/registry.ts'), /only its own folder, what is below it/],
  ['src/registry', value('../kubernetes/api/cluster.ts'), /only its own folder, what is below/],
  ['src/registry', value('@temporalio/activity'), /clients do not know Temporal/],
  ['src/registry', value('../../workflows/contract.ts'), /does not know who calls it/],
  ['src/identity', value('../openshift/tokens.ts'), /only its own folder, what is below it/],
  ['src/identity', value('@temporalio/common'), /clients do not know Temporal/],
  ['src/archive', value('../../sandbox/info.ts'), /the product does not know its test equipment/],
  ['src/archive', value('@temporalio/common'), /clients do not know Temporal/],
  ['src/health', value('../registry/registry.ts'), /only its own folder, what is below it/],
  ['src/logs', value('../kubernetes/pods.ts'), /only its own folder, what is below it/],
  ['src/alerts', value('../archive/folder.ts'), /only its own folder, what is below it/],
  ['src/config', value('../kubernetes/api/connection.ts'), /config imports only domain and models/],
  ['src/temporal', value('../openshift/tokens.ts'), /temporal knows the contract, config/],
  ['src/temporal', value('../../activities/doctor.ts'), /temporal does not know activities/],
  ['src/temporal', value('../../workflows/access/onboard.ts'), /only workflows\/contract\.ts/],
  ['src/temporal', value('../../workflows/board.ts'), /only workflows\/contract\.ts/],
  ['src/cli', value('../kubernetes/pods.ts'), /reach the outside through Temporal/],
  ['src/cli/access', value('../../openshift/tokens.ts'), /reach the outside through Temporal/],
  ['src/cli', value('../../activities/doctor.ts'), /do not run activities/],
  ['src/cli', value('../../workflows/access/onboard.ts'), /only workflows\/contract\.ts/],
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
  ['src/domain', value('./cause.ts')],
  ['src/domain/wire', value('../cause.ts')],
  ['src/health/model', value('../../domain/cause.ts')],
  ['src/health/model', value('../../alerts/model/alert.ts')],
  ['src/access/model/proof', value('../access.ts')],
  ['src/cli', value('../health/model/checks.ts')],
  ['workflows', value('@temporalio/workflow')],
  ['workflows', value('../src/domain/cause.ts')],
  ['workflows', value('../src/access/model/access.ts')],
  ['workflows', type('../activities/doctor.ts')],
  ['activities', value('../src/kubernetes/api/cluster.ts')],
  ['activities', value('@temporalio/activity')],
  ['src/kubernetes', value('../domain/cause.ts')],
  ['src/kubernetes', value('undici')],
  ['src/openshift', value('../kubernetes/api/cluster.ts')],
  ['src/openshift', value('../identity/model/calling.ts')],
  ['src/access', value('../openshift/tokens.ts')],
  ['src/net', value('../domain/cause.ts')],
  ['src/registry', value('../domain/cause.ts')],
  ['src/registry', value('../net/dial.ts')],
  ['src/identity', value('../net/dial.ts')],
  ['src/config', value('../access/model/policy.ts')],
  ['src/temporal', value('../../workflows/contract.ts')],
  ['src/temporal', type('../../workflows/index.ts')],
  ['src/cli', value('../temporal/client.ts')],
  ['src/cli', value('../worker.ts')],
  ['src/cli', value('../direct/logbook.ts')],
  ['src/cli', value('../logs/model/size.ts')],
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

// `npm test`: the checks of the sources, then every test, on a sandbox of its own.
// --fast leaves out what needs the sandbox or its programs; --lint runs the checks only.
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { withSandbox } from '../sandbox/cli/with-sandbox.ts';
import { displayProgress } from '../sandbox/display-progress.ts';
import { resolvePrograms } from '../sandbox/programs/resolve.ts';
import { formatMs } from '../src/domain/duration.ts';

const CHECKS = [
  {
    name: 'format',
    args: ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'],
  },
  {
    name: 'lint and import rules',
    args: ['node_modules/oxlint/bin/oxlint', '--type-aware', '--quiet', '.'],
  },
  { name: 'types', args: ['node_modules/typescript/bin/tsc', '-p', '.'] },
  { name: 'dead code', args: ['node_modules/knip/bin/knip.js', '--no-progress'] },
];

/** Tests that start no program and need no sandbox. */
const FAST = [
  'domain',
  'domain/roles',
  'config',
  'identity',
  'health/**',
  'net',
  'archive',
  'logs/**',
  'notify',
  'cli',
  'registry',
  'cluster',
  'activities/**',
  'workflows',
  'temporal',
  '.',
];
/** Tests that start programs of the sandbox, or Prometheus's, for themselves. */
const PROGRAMS = ['registry/distribution', 'archive/s3', 'sandbox/**', 'monitoring'];
/** Stories on one sandbox. The search for secrets comes last: it looks at what all others left. */
const STORIES = ['acceptance', 'acceptance/logs', 'soak'];
/** Stories that take longer than any other may: minutes, by their nature. */
const LONG = /^test.soak/;
const LAST = 'test/acceptance/secrets.test.ts';

const isFast = process.argv.includes('--fast');
const isLint = process.argv.includes('--lint');
const only = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));

if (only.length === 0) {
  assertNoneForgotten();
  runChecks();
}
if (!isLint) process.exitCode = await (isFast ? runTests(filesOf(FAST)) : runAll());
// What a test left open must not keep the runner from ending.
process.exit();

/** A folder that is in no list would be a folder of tests that nobody runs. */
function assertNoneForgotten(): void {
  const listed = new Set(filesOf([...FAST, ...PROGRAMS, ...STORIES]));
  const forgotten = globSync('test/**/*.test.ts').filter((file) => !listed.has(file));
  if (forgotten.length === 0) return;
  console.error(`purser: no list of test/run.ts holds ${forgotten.sort().join(', ')}`);
  process.exit(1);
}

function runChecks(): void {
  for (const { name, args } of CHECKS) {
    const began = performance.now();
    const { status } = spawnSync(process.execPath, args, {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    if (status !== 0) {
      console.error(`purser: the check of ${name} failed`);
      process.exit(1);
    }
    console.log(`✔ ${name} (${formatMs(performance.now() - began)})`);
  }
}

async function runAll(): Promise<number> {
  const show = displayProgress(process.stderr);
  const programs = await resolvePrograms({ progress: show, signal: new AbortController().signal });
  for (const [name, file] of Object.entries(programs)) {
    process.env[`PURSER_${name.toUpperCase().replaceAll('-', '_')}`] = file;
  }
  return withSandbox({ replicas: 2, progress: () => {} }, async ({ info }) => {
    process.env['PURSER_TEST_SANDBOX'] = info.dataDir;
    const all = [...new Set(filesOf([...FAST, ...PROGRAMS, ...STORIES]))];
    return runTests([
      ...all.filter((file) => file !== LAST),
      ...all.filter((file) => file === LAST),
    ]);
  });
}

function filesOf(folders: readonly string[]): readonly string[] {
  const files = folders.flatMap((folder) => globSync(`test/${folder}/*.test.ts`).sort());
  return only.length === 0
    ? files
    : files.filter((file) => only.some((part) => file.includes(part)));
}

// In order and one file at a time: the stories share one sandbox. The fast ones share nothing.
async function runTests(files: readonly string[]): Promise<number> {
  let failed = 0;
  const parts = [
    { part: files.filter((file) => LONG.test(file)), minutes: 40 },
    { part: files.filter((file) => !LONG.test(file)), minutes: 10 },
  ];
  for (const { part, minutes } of parts) {
    if (part.length === 0) continue;
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    run({ files: [...part], concurrency: isFast ? 2 : 1, timeout: minutes * 60_000 })
      .on('test:fail', () => void failed++)
      .compose(spec)
      .on('end', resolve)
      .pipe(process.stdout, { end: false });
    await ended;
  }
  if (files.length === 0) console.error('purser: no test file matches');
  return failed > 0 || files.length === 0 ? 1 : 0;
}

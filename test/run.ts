// `npm test`: the checks of the sources, then every test, on a sandbox of its own.
// --fast leaves out what needs the sandbox or its programs; --lint runs the checks only.
import { spawnSync } from 'node:child_process';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { withSandbox } from '../sandbox/cli/with-sandbox.ts';
import { displayProgress } from '../sandbox/display-progress.ts';
import { resolvePrograms } from '../sandbox/programs/resolve.ts';
import { formatMs } from '../src/domain/duration.ts';
import { testFiles } from './files.ts';

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

/** Stories that take longer than any other may: minutes, by their nature. */
const LONG = /^test.soak/;

const isFast = process.argv.includes('--fast');
const isLint = process.argv.includes('--lint');
const only = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));

if (only.length === 0) runChecks();
if (!isLint) process.exitCode = await (isFast ? runTests(named(testFiles().fast)) : runAll());
// What a test left open must not keep the runner from ending.
process.exit();

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
    const files = testFiles();
    return runTests(named([...files.fast, ...files.programs, ...files.stories]));
  });
}

function named(files: readonly string[]): readonly string[] {
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

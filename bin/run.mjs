// Runs the given arguments under the project's own Node, after installing the locked dependencies
// where they are missing or stale. Plain JavaScript for any Node from 18 on: it is the starter.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const stamp = path.join(root, 'node_modules', '.purser-lock');
const compileCache =
  process.env.NODE_COMPILE_CACHE ?? path.join(root, 'node_modules', '.compile-cache');
const installing = path.join(root, '.purser-installing.pid');

/** Starts `args` under the project's Node and ends this process with its exit code or signal. */
export function run(args) {
  install();
  const child = spawn(ownNode(), ['--disable-warning=ExperimentalWarning', ...args], {
    // The channel ends when this process does, however it ends: that is how a sandbox notices.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: {
      ...process.env,
      NODE_COMPILE_CACHE: compileCache,
      PATH: `${path.dirname(ownNode())}${path.delimiter}${process.env.PATH}`,
    },
  });
  // A terminal's Ctrl-C reaches the child by itself; what is sent to this process alone is passed on.
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  process.on('SIGINT', () => {});
  child.on('error', (error) => fail(`could not start ${ownNode()}: ${error.message}`));
  child.on('exit', (code, signal) => {
    process.exit(signal === null ? (code ?? 1) : 128 + constants.signals[signal]);
  });
}

function install() {
  const wanted = createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .update(`${process.platform}-${process.arch}`)
    .digest('hex');
  waitForOtherInstall();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.error('purser: installing the locked dependencies (once, about a minute)');
  writeFileSync(installing, String(process.pid));
  const npm = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const result = spawnSync('npm', npm, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  rmSync(installing, { force: true });
  if (result.error)
    fail(`npm could not be started: ${result.error.message}. Install npm 10 or newer.`);
  if (result.status !== 0) {
    fail(
      'npm ci failed (its message is above). Check the network and the npm registry, and try again.',
    );
  }
  writeFileSync(stamp, wanted);
}

// Two terminals may start at once, and `npm ci` removes node_modules under the other's feet.
function waitForOtherInstall() {
  while (existsSync(installing) && isAlive(Number(readFileSync(installing, 'utf8')))) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
  }
}

function isAlive(pid) {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch {
    return false;
  }
}

function ownNode() {
  const names = [
    `node-${process.platform}-${process.arch}`,
    `node-bin-${process.platform}-${process.arch}`,
  ];
  const candidates = names.map((name) => path.join(root, 'node_modules', name, 'bin', 'node'));
  const found = candidates.find((candidate) => existsSync(candidate));
  if (found !== undefined) return found;
  if (Number(process.versions.node.split('.')[0]) >= 26) return process.execPath;
  return fail(
    `no Node 26 for ${process.platform}-${process.arch} came with the dependencies, and this one is ` +
      `${process.version}. Install Node 26 and start again with it.`,
  );
}

function fail(message) {
  console.error(`purser: ${message}`);
  process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) run(process.argv.slice(2));

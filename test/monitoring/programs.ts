import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { debianProgram } from '../support/debian-program.ts';
import type { Found } from '../support/debian-program.ts';

export function promtool(): Promise<Found> {
  return debianProgram({ program: 'promtool', package: 'prometheus', variable: 'PURSER_PROMTOOL' });
}

export function prometheus(): Promise<Found> {
  return debianProgram({
    program: 'prometheus',
    package: 'prometheus',
    variable: 'PURSER_PROMETHEUS',
  });
}

/** How to start Alertmanager: the program, and the folder that it is to be started in. */
export async function alertmanager(
  t: Pick<TestContext, 'after'>,
): Promise<Found & { readonly cwd?: string }> {
  const found = await debianProgram({
    program: 'prometheus-alertmanager',
    package: 'prometheus-alertmanager',
    variable: 'PURSER_ALERTMANAGER',
  });
  if (found.root === '/') return found;
  const file = path.join(folder(t), 'prometheus-alertmanager');
  writeFileSync(file, withTemplatesIn(readFileSync(found.file), '/proc/self/cwd'), { mode: 0o700 });
  return { ...found, file, cwd: path.join(found.root, TEMPLATES) };
}

const TEMPLATES = '/usr/share/prometheus/alertmanager';

// Debian's build does not start without the templates of its package in the one folder where the package
// is installed to. A copy of it looks elsewhere, by a path of the same length.
function withTemplatesIn(program: Buffer, at: string): Buffer {
  const there = at.padEnd(TEMPLATES.length, '/.');
  const text = program.toString('latin1').replaceAll(TEMPLATES, there);
  return Buffer.from(text, 'latin1');
}

/** A folder that is gone when the test is. */
export function folder(t: Pick<TestContext, 'after'>): string {
  const name = mkdtempSync(path.join(tmpdir(), 'purser-monitoring-test-'));
  t.after(() => rmSync(name, { recursive: true, force: true }));
  return name;
}

export interface Running {
  /** What it has said so far. */
  readonly said: () => string;
  readonly stop: () => Promise<void>;
}

/** Starts a program, and stops it with the test if the test has not. */
export function start(
  t: Pick<TestContext, 'after'>,
  { file, env, cwd }: Found & { readonly cwd?: string },
  args: readonly string[],
): Running {
  const child = spawn(file, args, { env: { ...process.env, ...env }, cwd, stdio: 'pipe' });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => void (said += chunk.toString('utf8')));
  }
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', (error) => {
      said += String(error);
      resolve();
    });
  });
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  t.after(stop);
  return { said: () => said, stop };
}

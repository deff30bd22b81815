import { spawn } from 'node:child_process';
import os from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { formatTable } from '../src/cli/display/table.ts';
import { median } from './statistics.ts';
import { tell } from './environment.ts';

export interface StartBenchOptions {
  readonly runs: number;
  readonly output: 'text' | 'json';
}

interface Run {
  /** From the start of npm until the line that says so. */
  readonly provenSeconds: number;
  /** Until npm has exited, and the sandbox with it. */
  readonly endedSeconds: number;
}

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/**
 * Measures `npm start -- --once` after one warm-up run (programs built, bundle cached, files read). Prints
 * a table or JSON; resolves to the exit code.
 */
export async function benchStart({ runs, output }: StartBenchOptions): Promise<number> {
  tell('warming up');
  await startOnce();
  const timed: Run[] = [];
  for (let run = 1; run <= runs; run++) {
    timed.push(await startOnce());
    tell(`run ${run}: proven after ${timed.at(-1)?.provenSeconds.toFixed(1)} s`);
  }
  const result = {
    load: os.loadavg()[0],
    runs: timed,
    medianProvenSeconds: median(timed.map(({ provenSeconds }) => provenSeconds)),
    medianEndedSeconds: median(timed.map(({ endedSeconds }) => endedSeconds)),
  };
  process.stdout.write(
    output === 'json' ? `${JSON.stringify(result, null, 2)}\n` : `${format(timed)}\n`,
  );
  return 0;
}

async function startOnce(): Promise<Run> {
  const began = performance.now();
  const since = () => (performance.now() - began) / 1000;
  const child = spawn('npm', ['start', '--', '--once'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('exit', resolve);
  });
  let provenSeconds: number | undefined;
  for await (const line of createInterface(child.stdout)) {
    if (line.startsWith('proven ')) provenSeconds ??= since();
  }
  const code = await ended;
  if (code !== 0 || provenSeconds === undefined) {
    throw new Error(
      `npm start -- --once ended with ${code}, and proved nothing; it says why above`,
    );
  }
  return { provenSeconds, endedSeconds: since() };
}

function format(runs: readonly Run[]): string {
  const row = (name: string, { provenSeconds, endedSeconds }: Run) => [
    name,
    provenSeconds.toFixed(1),
    endedSeconds.toFixed(1),
  ];
  return formatTable(
    ['npm start -- --once', 'proven after s', 'ended after s'],
    [
      ...runs.map((run, index) => row(`run ${index + 1}`, run)),
      row('median', {
        provenSeconds: median(runs.map(({ provenSeconds }) => provenSeconds)),
        endedSeconds: median(runs.map(({ endedSeconds }) => endedSeconds)),
      }),
    ],
  );
}

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { text } from 'node:stream/consumers';
import type { onboard } from '../../workflows/access/onboard.ts';
import { readTimeline } from './history.ts';
import { workflowOf } from './purser.ts';
import type { Onboarding } from './purser.ts';
import { ACCESSES, createUsers, namesFor } from '../environment.ts';
import type { Environment } from '../environment.ts';

const PURSER = fileURLToPath(new URL('../../bin/purser', import.meta.url));

/** One onboarding by a command. `wallMs` is from the start of the process to its end. */
export interface CommandRun extends Onboarding {
  readonly wallMs: number;
}

/** Onboards that many users, one after the other, each by its own `./bin/purser onboard`. */
export async function runCommands(env: Environment, times: number): Promise<readonly CommandRun[]> {
  const runs: CommandRun[] = [];
  const users = namesFor('bench-command', times);
  await createUsers(env, users);
  for (const user of users) {
    const accesses = ACCESSES.flatMap((access) => ['--access', access]);
    const args = ['--config', env.configFile, 'onboard', user, ...accesses];
    const wallMs = await timePurser(args);
    const workflowId = workflowOf(user);
    const { report } = await env.client.workflow.getHandle<typeof onboard>(workflowId).result();
    runs.push({ wallMs, steps: report.steps, course: await readTimeline(env.client, workflowId) });
  }
  return runs;
}

/** The time of a process that does nothing: `./bin/purser --version`. Milliseconds. */
export async function timeNothing(times: number): Promise<readonly number[]> {
  const took: number[] = [];
  for (let left = times; left > 0; left--) took.push(await timePurser(['--version']));
  return took;
}

async function timePurser(args: readonly string[]): Promise<number> {
  const began = performance.now();
  const child = spawn(PURSER, [...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('exit', resolve);
  });
  const [said, code] = await Promise.all([text(child.stderr), ended]);
  if (code !== 0) throw new Error(`./bin/purser ${args.join(' ')} ended with ${code}:\n${said}`);
  return performance.now() - began;
}

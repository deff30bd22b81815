import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessRef } from '../../src/process-identity.ts';
import { isAlive, signalProcess } from '../../src/process-identity.ts';
import { termPatienceMs } from './protocol.ts';

/**
 * Ends processes that are nobody's children any more, in that order: SIGTERM, and SIGKILL after 5 s
 * to those that are left. Only exactly these: a later process with one of their pids is left alone.
 */
export async function endProcesses(processes: readonly ProcessRef[]): Promise<void> {
  for (const each of processes) signalProcess(each, 'SIGTERM');
  const deadline = Date.now() + termPatienceMs;
  while (Date.now() < deadline && processes.some(isAlive)) await sleep(50);
  for (const each of processes) signalProcess(each, 'SIGKILL');
  while (processes.some(isAlive)) await sleep(20);
}

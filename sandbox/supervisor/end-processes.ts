import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessRef } from '../../src/process-identity.ts';
import { isAlive, signalProcess } from '../../src/process-identity.ts';
import { killAfterMs } from './protocol.ts';

/**
 * Ends processes that have lost their parent, in the given order: SIGTERM, and SIGKILL after 5 s. A later
 * process with the same pid is left alone.
 */
export async function endProcesses(processes: readonly ProcessRef[]): Promise<void> {
  for (const each of processes) signalProcess(each, 'SIGTERM');
  const deadline = Date.now() + killAfterMs;
  while (Date.now() < deadline && processes.some(isAlive)) await sleep(50);
  for (const each of processes) signalProcess(each, 'SIGKILL');
  while (processes.some(isAlive)) await sleep(20);
}

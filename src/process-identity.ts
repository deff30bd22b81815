import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** A process, distinguished from a later one with the same pid. */
export const processRef = z.object({ pid: z.int().positive(), identity: z.string() });
export type ProcessRef = Readonly<z.infer<typeof processRef>>;

/** This process, or the one with that pid; undefined when there is none, or only a zombie. */
export function identify(pid: number = process.pid): ProcessRef | undefined {
  const identity = process.platform === 'linux' ? linuxIdentity(pid) : psIdentity(pid);
  return identity === undefined ? undefined : { pid, identity };
}

/** Whether exactly that process still runs. */
export function isAlive(ref: ProcessRef): boolean {
  return identify(ref.pid)?.identity === ref.identity;
}

/** Sends a signal to exactly that process; false when it is gone. */
export function signalProcess(ref: ProcessRef, signal: NodeJS.Signals): boolean {
  if (!isAlive(ref)) return false;
  try {
    return process.kill(ref.pid, signal);
  } catch {
    return false;
  }
}

// The start time counts in ticks since boot, so after a reboot it could match by chance without the boot's id.
function linuxIdentity(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The program's name, in parentheses, may hold anything; the fields are counted from behind it (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${fields[19]}`;
  } catch {
    return undefined;
  }
}

function psIdentity(pid: number): string | undefined {
  const answer = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' });
  const [state, ...start] = (answer.stdout ?? '').trim().split(/\s+/);
  if (state === undefined || state === '' || state.startsWith('Z')) return undefined;
  return start.join(' ');
}

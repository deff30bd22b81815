import { readFileSync } from 'node:fs';
import type { RunningProgram } from '../sandbox/info.ts';

/** Processor time by program, in milliseconds. */
export type CpuTimes = Readonly<Record<string, number>>;

// USER_HZ, which Linux shows to programs, is 100 whatever the kernel's own clock.
const MS_PER_TICK = 10;

/** The CPU time of each program so far; empty if there is no /proc. */
export function readCpu(programs: readonly RunningProgram[]): CpuTimes {
  return Object.fromEntries(
    programs.flatMap(({ name, pid }) => {
      const used = usedBy(pid);
      return used === undefined ? [] : [[name, used]];
    }),
  );
}

/** `after` less `before`. */
export function cpuBetween(before: CpuTimes, after: CpuTimes): CpuTimes {
  return Object.fromEntries(
    Object.entries(after).map(([name, used]) => [name, used - (before[name] ?? 0)]),
  );
}

function usedBy(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may contain blanks; user and system time are the 12th and 13th field after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
  } catch {
    return undefined;
  }
}

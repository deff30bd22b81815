// A run may start late by its jitter and last for a while; two that are missing are no accident.
const AFTER_RUNS = 2.5;
const AFTER_MS = 30_000;

/** Whether runs are missing between the last one and a time, given how often there should be one. */
export function missesRuns(last: string, at: Date, everyMs: number | undefined): everyMs is number {
  if (everyMs === undefined) return false;
  return at.getTime() - Date.parse(last) > AFTER_RUNS * everyMs + AFTER_MS;
}

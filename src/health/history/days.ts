/** The key of the archive that holds a day's runs of a target, a line each. `day`: `2026-11-24`, UTC. */
export function historyKey(target: string, day: string): string {
  return `${historyFolder(target)}${day}.jsonl`;
}

/** The prefix of all days of a target. */
export function historyFolder(target: string): string {
  return `health/${target}/`;
}

/** The day that a key of the archive is about; undefined for anything else that lies there. */
export function dayOfKey(key: string): string | undefined {
  return /\/(\d{4}-\d\d-\d\d)\.jsonl$/.exec(key)?.[1];
}

/** The day of an instant. */
export function dayOf(at: string | number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** All days from one instant (epoch milliseconds) to another. */
export function daysBetween(from: number, to: number): readonly string[] {
  const days: string[] = [];
  for (let at = Date.parse(dayOf(from)); at <= to; at += 86_400_000) days.push(dayOf(at));
  return days;
}

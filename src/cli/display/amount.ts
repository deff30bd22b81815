// Made once: making one takes longer than all else about a row of a table.
const THOUSANDS = new Intl.NumberFormat('en-US');

/** A number with its thousands apart: `1,234,567`. */
export function formatCount(count: number): string {
  return THOUSANDS.format(count);
}

/** A time to the second, UTC: `2026-11-23 11:46:14Z`. */
export function formatTime(time: string): string {
  return `${time.slice(0, 10)} ${time.slice(11, 19)}Z`;
}

/** `1 gap`, `2 gaps`. */
export function counted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

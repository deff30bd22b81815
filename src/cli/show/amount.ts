const STEP = 1024;
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** A number of bytes as people read it: `512 B`, `1.4 MiB`. */
export function formatBytes(bytes: number): string {
  let left = bytes;
  let unit = 0;
  while (left >= STEP && unit < UNITS.length - 1) {
    left /= STEP;
    unit += 1;
  }
  return `${unit === 0 || left >= 100 ? Math.round(left) : left.toFixed(1)} ${UNITS[unit]}`;
}

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

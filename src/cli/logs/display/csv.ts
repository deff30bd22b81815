import { visibleExcept } from '../../../domain/inputs/shown.ts';

/** Rows as CSV (RFC 4180, with line feeds), made safe to be opened as a spreadsheet. */
export function formatCsv(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  return [head, ...rows].map((row) => `${row.map(cellOf).join(',')}\n`).join('');
}

/** A text that a spreadsheet does not run as a formula. */
export function plainCell(value: string): string {
  return /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
}

// They are text, in quotes.
const BREAKS_AND_TABS = '\n\r\t';

// A user agent or an account may be called `=cmd|…`.
function cellOf(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = visibleExcept(plainCell(value), BREAKS_AND_TABS);
  return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Rows as CSV (RFC 4180, with line feeds), made safe to be opened as a spreadsheet. */
export function formatCsv(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  return [head, ...rows].map((row) => `${row.map(cellOf).join(',')}\n`).join('');
}

/** A text that a spreadsheet does not take for a formula, and run. */
export function plainCell(value: string): string {
  return /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
}

// Line breaks and tabs are text, in quotes.
// oxlint-disable-next-line no-control-regex -- control characters are just what is taken out
const UNSEEN_IN_CELL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;

// A user agent or an account may be called `=cmd|…`.
function cellOf(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = plainCell(value).replaceAll(UNSEEN_IN_CELL, '·');
  return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}

import { visible } from '../../domain/inputs/shown.ts';

/** Columns as wide as their widest cell, two blanks apart; the last one is not filled up. */
export function formatTable(
  head: readonly string[],
  cells: readonly (readonly string[])[],
): string {
  // A reason is free text: a line break in it would break the table, and an escape sequence the terminal.
  const rows = cells.map((row) => row.map((cell) => visible(cell)));
  // A call takes no more than some hundred thousand arguments, and a table may have more rows.
  const widths = head.map((title, column) =>
    rows.reduce((width, row) => Math.max(width, row[column]?.length ?? 0), title.length),
  );
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

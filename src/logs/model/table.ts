import { gapText } from './gap.ts';
import { formatBytes } from './size.ts';

/** One row of the table: a source of a collection. */
export interface SourceRow {
  readonly name: string;
  readonly lines: number;
  readonly bytes: number;
  readonly gaps: readonly Parameters<typeof gapText>[0][];
  readonly caps: readonly { readonly detail: string }[];
  readonly failure?: { readonly message: string } | undefined;
}

/** The sources of a collection as a Markdown table, for the Temporal Web UI. */
export function sourcesTable(rows: readonly SourceRow[]): string {
  const lines = rows.map((row) => {
    const gaps = row.gaps.map(gapText).join('; ');
    const notes =
      row.failure === undefined
        ? row.caps.map(({ detail }) => detail).join('; ')
        : `**not read**: ${row.failure.message}`;
    const cells = [row.name, String(row.lines), formatBytes(row.bytes), gaps, notes];
    return `| ${cells.map(cell).join(' | ')} |`;
  });
  return ['| source | lines | bytes | gaps | notes |', '|---|---:|---:|---|---|', ...lines].join(
    '\n',
  );
}

// Messages come from outside: a pipe or a line break would break the table.
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ');
}

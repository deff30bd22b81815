import { styleText } from 'node:util';
import { formatMs } from '../../domain/report.ts';
import type { Step } from '../../domain/report.ts';

const MARKS = {
  passed: styled('green', '✔'),
  failed: styled('red', '✘'),
  'not-applicable': styled('dim', '–'),
  'not-tried': styled('yellow', '○'),
} as const;

/** One step as a line: mark, name, how long it took, and what came of it. */
export function stepLine({ name, outcome, detail, durationMs, cause }: Step): string {
  const took = outcome === 'not-tried' ? '' : formatMs(durationMs);
  const why = cause === undefined ? '' : `[${cause}] `;
  return `  ${MARKS[outcome]()} ${name.padEnd(24)} ${took.padStart(7)}  ${why}${detail}`;
}

/** A text in a colour, where standard output is a terminal that shows colours. */
export function styled(format: Parameters<typeof styleText>[0], text: string): () => string {
  return () => styleText(format, text, { stream: process.stdout });
}

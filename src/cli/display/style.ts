import { styleText } from 'node:util';
import { visible } from '../../domain/inputs/shown.ts';
import { formatMs } from '../../domain/duration.ts';
import type { Step } from '../../domain/step.ts';

const MARKS = {
  passed: styled('green', '✔'),
  failed: styled('red', '✘'),
  'not-applicable': styled('dim', '–'),
  'not-tried': styled('yellow', '○'),
} as const;

/**
 * One step as a line: mark, name, how long it took, and what came of it. It may hold a stranger's text,
 * which must not command the terminal.
 */
export function stepLine({ name, outcome, detail, durationMs, cause }: Step): string {
  const took = outcome === 'not-tried' ? '' : formatMs(durationMs);
  const why = cause === undefined ? '' : `[${cause}] `;
  return `  ${MARKS[outcome]()} ${visible(name).padEnd(24)} ${took.padStart(7)}  ${why}${visible(detail)}`;
}

/** A text in a colour, where standard output is a terminal that shows colours. */
export function styled(format: Parameters<typeof styleText>[0], text: string): () => string {
  return () => styleText(format, text, { stream: process.stdout });
}

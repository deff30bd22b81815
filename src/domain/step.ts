import type { Cause } from './cause.ts';
import { formatMs } from './duration.ts';

/**
 * The outcome of a step. `not-applicable`: there was nothing to prove (another binding allows it, too).
 * `not-tried`: it could not be tried; the detail says what would make it possible.
 */
export type StepOutcome = 'passed' | 'failed' | 'not-applicable' | 'not-tried';

/** One step. `durationMs` is wall time; `cause` is set if the outcome is `failed`. */
export interface Step {
  readonly name: string;
  readonly outcome: StepOutcome;
  readonly detail: string;
  readonly durationMs: number;
  readonly cause?: Cause;
}

// Words, not symbols: a font may lack the symbols.
const MARKS: Record<StepOutcome, string> = {
  passed: 'passed',
  failed: '**failed**',
  'not-applicable': 'not applicable',
  'not-tried': 'not tried',
};

/** The steps as a Markdown table, for the Temporal Web UI's current details. */
export function stepsTable(steps: readonly Step[], running?: string): string {
  const rows = steps.map(({ name, outcome, cause, detail, durationMs }) => {
    const how = cause === undefined ? MARKS[outcome] : `${MARKS[outcome]} (${cause})`;
    return `| ${cell(name)} | ${how} | ${cell(detail)} | ${formatMs(durationMs)} |`;
  });
  const now = running === undefined ? [] : [`| ${cell(running)} | running | | |`];
  return ['| step | outcome | what came of it | took |', '|---|---|---|---|', ...rows, ...now].join(
    '\n',
  );
}

// Details contain names and messages from outside: a pipe or a line break would break the table.
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ');
}

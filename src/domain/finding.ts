import { z } from 'zod';
import { CAUSES } from './cause.ts';
import type { Cause } from './cause.ts';
import { textSchema } from './inputs/bounds.ts';

/**
 * How bad a finding is, the worst first. `error`: something does not work. `unknown`: it could not be
 * checked, which says nothing about the thing itself. `warning`: it works in part, or may soon stop
 * working. `note`: the reader should know it; it changes no verdict.
 */
export const FINDING_SEVERITIES = ['error', 'unknown', 'warning', 'note'] as const;
export type FindingSeverity = (typeof FINDING_SEVERITIES)[number];

/** A finding about a registry's health or an identity provider, of `purser doctor`, or in a report. */
export interface Finding {
  readonly severity: FindingSeverity;
  readonly cause: Cause;
  /** What was found, in one sentence. */
  readonly text: string;
  /** What the reader can do: a command or a sentence. */
  readonly advice?: string;
}

export const findingSchema = z.strictObject({
  severity: z.enum(FINDING_SEVERITIES),
  cause: z.enum(CAUSES),
  text: textSchema,
  advice: textSchema.exactOptional(),
}) satisfies z.ZodType<Finding>;

export function createFinding(
  severity: FindingSeverity,
  cause: Cause,
  text: string,
  advice?: string,
): Finding {
  return { severity, cause, text, ...(advice === undefined ? {} : { advice }) };
}

/** A finding in one line: the text and the advice. */
export function describeFinding({ text, advice }: Pick<Finding, 'text' | 'advice'>): string {
  return advice === undefined ? text : `${text}; ${advice}`;
}

/** One line of `purser doctor`: what was checked, what was seen, and the finding, if any. */
export interface DoctorCheck {
  readonly name: string;
  /** Absent if the finding says everything. */
  readonly seen?: string;
  readonly finding?: Finding;
}

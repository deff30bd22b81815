import { describeFinding } from '../../domain/finding.ts';
import type { Finding } from '../../domain/finding.ts';
import { visible } from '../../domain/inputs/shown.ts';
import { formatMs } from '../../domain/duration.ts';
import type { Outcome, Report } from '../../access/model/report/report.ts';
import { formatSubject } from '../../domain/subject.ts';
import { EXIT } from '../exit.ts';
import { stepLine, styled } from '../display/style.ts';

interface Headline {
  readonly text: string;
  readonly color: 'green' | 'yellow' | 'red';
}

const WORDS: Record<Outcome, Headline> = {
  proven: { text: 'proven', color: 'green' },
  'granted-unproven': { text: 'granted, but not proven', color: 'yellow' },
  revoked: { text: 'revoked, and refused now', color: 'green' },
  'revoked-unproven': { text: 'revoked, but the refusal is not proven', color: 'yellow' },
  // Yellow, so that a misspelled name is noticed.
  'nothing-to-revoke': { text: 'nothing to revoke', color: 'yellow' },
  failed: { text: 'failed', color: 'red' },
};

const CODES: Record<Outcome, number> = {
  proven: EXIT.proven,
  'granted-unproven': EXIT.unproven,
  revoked: EXIT.proven,
  'revoked-unproven': EXIT.unproven,
  'nothing-to-revoke': EXIT.proven,
  failed: EXIT.failed,
};

/** The exit code of a command that ended with this outcome. */
export function exitCodeOf(outcome: Outcome): number {
  return CODES[outcome];
}

/**
 * The end of a report for the terminal, without the first `stepsShown` steps, which are on the screen already.
 * Control characters are removed: names and messages come from outside.
 */
export function formatReport(
  report: Report,
  places: { readonly location?: string | undefined; readonly link?: string | undefined },
  stepsShown: number,
): string {
  const { text, color } = headlineOf(report);
  const took = formatMs(Date.parse(report.endedAt) - Date.parse(report.startedAt));
  const head = visible(
    `${formatSubject(report.subject)}: ${report.accesses.join(', ')} on ${report.target}`,
  );
  const { failure } = report;
  return [
    ...report.steps.slice(stepsShown).map(stepLine),
    '',
    `${styled(color, text)()}  ${head}  (${took})`,
    ...(failure === undefined
      ? []
      : [`  ${visible(`${failure.type}: ${failure.message}`)}`, `  ${visible(failure.undone)}`]),
    ...report.findings.map(
      (finding) => `  ${styled('yellow', 'note')()}  ${visible(findingText(finding))}`,
    ),
    ...report.next.map((each) => `  ${styled('yellow', 'next')()}  ${visible(each)}`),
    ...(places.location === undefined ? [] : [`  report    ${visible(places.location)}`]),
    ...(places.link === undefined ? [] : [`  workflow  ${places.link}`]),
    '',
  ].join('\n');
}

// In a report of an earlier version, which Temporal still has, a finding is a text.
function findingText(finding: Finding | string): string {
  return typeof finding === 'string' ? finding : describeFinding(finding);
}

// A cancelled run did what its caller wanted. It is a failure only if something is left.
function headlineOf({ outcome, failure, undone }: Report): Headline {
  if (failure?.type !== 'Cancelled') return WORDS[outcome];
  return { text: 'cancelled', color: undone?.state === 'left' ? 'red' : 'yellow' };
}

import type { Finding } from '../../../domain/finding.ts';
import type { GrantRecord, Report } from './report.ts';
import type { Step } from '../../../domain/step.ts';
import { ITEMS_AT_MOST, NAME_AT_MOST, TEXT_AT_MOST } from '../../../domain/inputs/bounds.ts';
import { cut } from '../../../domain/inputs/shown.ts';

/**
 * The report as the archive takes it: what is too long ends in `…`, and what is too much is left out.
 * A text of a stranger's must not cost the whole report.
 */
export function fitReport(report: Report): Report {
  const { failure, undone } = report;
  return {
    ...report,
    steps: report.steps.slice(0, ITEMS_AT_MOST).map(fitStep),
    findings: report.findings.slice(0, ITEMS_AT_MOST).map(fitFinding),
    grants: report.grants.slice(0, ITEMS_AT_MOST).map(fitGrant),
    next: texts(report.next),
    ...(failure === undefined
      ? {}
      : {
          failure: {
            type: cut(failure.type, NAME_AT_MOST),
            message: text(failure.message),
            undone: text(failure.undone),
          },
        }),
    ...(undone === undefined
      ? {}
      : {
          undone: {
            ...undone,
            left: undone.left
              .slice(0, ITEMS_AT_MOST)
              .map(({ what, why }) => ({ what: text(what), why: text(why) })),
          },
        }),
  };
}

function fitStep(step: Step): Step {
  return { ...step, name: cut(step.name, NAME_AT_MOST), detail: text(step.detail) };
}

function fitFinding({ advice, ...finding }: Finding): Finding {
  const fit = { ...finding, text: text(finding.text) };
  return advice === undefined ? fit : { ...fit, advice: text(advice) };
}

function fitGrant({ role, binding, ...grant }: GrantRecord): GrantRecord {
  return { ...grant, role: cut(role, NAME_AT_MOST), binding: cut(binding, NAME_AT_MOST) };
}

function texts(all: readonly string[]): readonly string[] {
  return all.slice(0, ITEMS_AT_MOST).map(text);
}

function text(given: string): string {
  return cut(given, TEXT_AT_MOST);
}

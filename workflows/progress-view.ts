import { describeFinding } from '../src/domain/finding.ts';
import type { Finding } from '../src/domain/finding.ts';
import { setCurrentDetails, setHandler, upsertSearchAttributes } from '@temporalio/workflow';
import { stepsTable } from '../src/domain/step.ts';
import type { Step } from '../src/domain/step.ts';
import type { Subject } from '../src/domain/subject.ts';
import { progressQuery, SEARCH_ATTRIBUTES, subjectAttribute } from './contract.ts';
import type { StateOf, OverdueUndo, Waiting } from './contract.ts';

/**
 * What the Temporal Web UI and the command line show of a running workflow: a table of its steps, the step that
 * runs, and its state as search attributes.
 */
export interface ProgressView {
  readonly steps: readonly Step[];
  readonly findings: readonly Finding[];
  /**
   * Shows `running` while `act` runs, then adds the steps, findings and plan that it returns. Several
   * may run at once.
   */
  step<T extends ProgressUpdate>(running: string, act: () => Promise<T>): Promise<T>;
  /** Sets the search attribute PurserState. */
  state(state: StateOf<'onboard' | 'revoke'>): void;
  /** Shows under the steps what the workflow waits for; undefined: it waits no longer. */
  waiting(waiting: Waiting | undefined): void;
  /** Shows an overdue undo under the steps; undefined: none is overdue any more. */
  undoing(undo: OverdueUndo | undefined): void;
  /** Adds a step that did not come from {@link step}, and shows it. */
  keep(step: Step): void;
  /** Adds a finding, and shows it. */
  find(finding: Finding): void;
}

interface ProgressUpdate {
  readonly step?: Step;
  readonly steps?: readonly Step[];
  readonly findings?: readonly Finding[];
  /** The planned bindings, one line each: shown under the steps. */
  readonly plan?: readonly string[];
}

// oxlint-disable-next-line max-lines-per-function -- one state, and the few things that change it
export function createProgressView(request: {
  readonly target: string;
  readonly subject: Subject;
  readonly accesses: readonly string[];
}): ProgressView {
  const steps: Step[] = [];
  const findings: Finding[] = [];
  const underWay: string[] = [];
  const running = () => (underWay.length === 0 ? undefined : underWay.join(', '));
  let waiting: Waiting | undefined;
  let plan: readonly string[] = [];
  let undo: OverdueUndo | undefined;
  const show = () => {
    const parts = [
      stepsTable(steps, running()),
      ...(plan.length === 0 ? [] : [describePlan(plan)]),
      ...(waiting === undefined ? [] : [describeWaiting(waiting)]),
      ...(undo === undefined ? [] : [describeOverdue(undo)]),
      ...findings.map((finding) => `- ${toOneLine(finding)}`),
    ];
    setCurrentDetails(parts.join('\n\n'));
  };
  setHandler(progressQuery, () => ({ steps, running: running(), waiting, undo }), {
    description: 'The steps that are done, and the step that runs',
  });
  upsertSearchAttributes([
    { key: SEARCH_ATTRIBUTES.target, value: request.target },
    { key: SEARCH_ATTRIBUTES.subject, value: subjectAttribute(request.subject) },
    { key: SEARCH_ATTRIBUTES.access, value: [...request.accesses] },
    { key: SEARCH_ATTRIBUTES.state, value: 'running' },
  ]);
  return {
    steps,
    findings,
    step: async (name, act) => {
      underWay.push(name);
      show();
      try {
        const update = await act();
        if (update.step !== undefined) steps.push(update.step);
        steps.push(...(update.steps ?? []));
        findings.push(...(update.findings ?? []));
        plan = update.plan ?? plan;
        return update;
      } finally {
        underWay.splice(underWay.indexOf(name), 1);
        show();
      }
    },
    state: (state) => {
      upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.state, value: state }]);
      show();
    },
    waiting: (next) => {
      waiting = next;
      show();
    },
    undoing: (next) => {
      undo = next;
      show();
    },
    keep: (step) => {
      steps.push(step);
      show();
    },
    find: (finding) => {
      findings.push(finding);
      show();
    },
  };
}

function describePlan(plan: readonly string[]): string {
  return ['Planned bindings:', '', ...plan.map((line) => `- ${line}`)].join('\n');
}

function describeWaiting({ for: what, since, until, advice, findings = [] }: Waiting): string {
  const known = findings.map((finding) => `\n- ${toOneLine(finding)}`);
  const text = `Waiting for **${what}** since ${since}, until ${until}. ${advice}`;
  return known.length === 0 ? text : `${text}\n\nKnown already:\n${known.join('')}`;
}

function toOneLine(finding: Finding): string {
  return describeFinding(finding).replaceAll(/\s+/g, ' ');
}

function describeOverdue({ since, left, advice }: OverdueUndo): string {
  const things = left.map(({ what, why }) => `- ${what}: ${why.replaceAll(/\s+/g, ' ')}`);
  return [`**The undo is overdue**, since ${since}. Not undone yet:`, ...things, advice].join('\n');
}

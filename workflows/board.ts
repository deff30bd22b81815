import { setCurrentDetails, setHandler, upsertSearchAttributes } from '@temporalio/workflow';
import { stepsTable } from '../src/domain/report.ts';
import type { Step } from '../src/domain/report.ts';
import { formatSubject } from '../src/domain/subject.ts';
import type { Subject } from '../src/domain/subject.ts';
import { progressQuery, SEARCH_ATTRIBUTES } from './contract.ts';
import type { Waiting } from './contract.ts';

/**
 * What the Temporal Web UI and the command line show of a workflow while it runs: its steps as a
 * table, the one under way, and its state as search attributes.
 */
export interface Board {
  readonly steps: readonly Step[];
  readonly findings: readonly string[];
  /** Shows `running` while the act lasts, and keeps the steps and findings that it brings. */
  step<T extends Brought>(running: string, act: () => Promise<T>): Promise<T>;
  /** Shows the end, or another state in between. */
  state(state: string): void;
  /** Shows what is waited for, under the steps; undefined for nothing any more. */
  waiting(waiting: Waiting | undefined): void;
}

interface Brought {
  readonly step?: Step;
  readonly steps?: readonly Step[];
  readonly findings?: readonly string[];
}

export function createBoard(request: {
  readonly target: string;
  readonly subject: Subject;
  readonly accesses: readonly string[];
}): Board {
  const steps: Step[] = [];
  const findings: string[] = [];
  let running: string | undefined;
  let waiting: Waiting | undefined;
  const show = () => {
    const table = stepsTable(steps, running);
    setCurrentDetails(waiting === undefined ? table : `${table}\n\n${tellWaiting(waiting)}`);
  };
  setHandler(progressQuery, () => ({ steps, running, waiting }), {
    description: 'The steps that are done, and the one that is under way',
  });
  upsertSearchAttributes([
    { key: SEARCH_ATTRIBUTES.target, value: request.target },
    { key: SEARCH_ATTRIBUTES.subject, value: formatSubject(request.subject) },
    { key: SEARCH_ATTRIBUTES.access, value: [...request.accesses] },
    { key: SEARCH_ATTRIBUTES.state, value: 'running' },
  ]);
  return {
    steps,
    findings,
    step: async (name, act) => {
      running = name;
      show();
      try {
        const brought = await act();
        if (brought.step !== undefined) steps.push(brought.step);
        steps.push(...(brought.steps ?? []));
        findings.push(...(brought.findings ?? []));
        return brought;
      } finally {
        running = undefined;
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
  };
}

function tellWaiting({ for: what, since, until, advice, findings = [] }: Waiting): string {
  const known = findings.map((finding) => `\n- ${finding.replaceAll(/\s+/g, ' ')}`);
  const told = `Waiting for **${what}** since ${since}, until ${until}. ${advice}`;
  return known.length === 0 ? told : `${told}\n\nKnown already:\n${known.join('')}`;
}

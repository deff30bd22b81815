import { ApplicationFailure, setHandler } from '@temporalio/workflow';
import type { Left, Undone } from '../../../src/access/model/report/report.ts';
import { formatSubject } from '../../../src/domain/subject.ts';
import { abandonUndoUpdate } from '../../contract.ts';
import { meterUndo } from '../meters.ts';
import type { UndoHandle } from '../undo/saga.ts';
import type { UndoResult, UndoWatch } from '../undo/undo.ts';
import { findRemaining } from './remaining.ts';
import { createWaits } from './waits.ts';
import type { OnboardingContext } from './steps.ts';

/** The undo of one onboarding; an update can abandon it. */
export interface OnboardingUndo {
  /** Undoes what the run made. Resolves to how the undo ended. */
  run(): Promise<Undone>;
}

/** Call it before the workflow's first await: Temporal refuses an update that has no handler. */
export function createOnboardingUndo(context: OnboardingContext): OnboardingUndo {
  const { request, view, saga } = context;
  const left = new Map<string, readonly Left[]>();
  let handle: UndoHandle | undefined;
  const watch = watchOn(context, left);

  setHandler(
    abandonUndoUpdate,
    async () => {
      if (handle === undefined) throw notUndoing(context);
      handle.abandon();
      return (await handle.ended).flatMap((each) => each.left);
    },
    {
      description:
        'Abandons an undo that does not succeed: the run ends with a report of what is left',
      validator: () => {
        if (handle === undefined) throw notUndoing(context);
      },
    },
  );

  return {
    run: async () => {
      view.state('undoing');
      handle = saga.undoing(watch);
      const results = await handle.ended;
      view.undoing(undefined);
      const undone = summarizeUndo(context, results);
      meterUndo(request.target, undone.state);
      return undone;
    },
  };
}

function watchOn(context: OnboardingContext, left: Map<string, readonly Left[]>): UndoWatch {
  const { request, view } = context;
  const waits = createWaits(view);
  let overdueSince = '';
  const show = () => {
    const things = [...left.values()].flat();
    if (things.length === 0) return view.undoing(undefined);
    view.undoing({ since: overdueSince, left: things, advice: adviceFor(request) });
  };
  return {
    overdue: (name, things) => {
      if (left.size === 0) overdueSince = new Date().toISOString();
      left.set(name, things);
      view.state('undo-overdue');
      show();
      meterUndo(request.target, 'overdue');
    },
    awaiting: (name, until, removed) => waits.begin(name, until, removed),
    findRemaining: (things) => findRemaining(context, things),
    ended: (name, { removed, left: things, ms }) => {
      waits.end(name, removed);
      left.delete(name);
      if (left.size === 0) view.state('undoing');
      show();
      const isLeft = things.length > 0;
      const detail = isLeft
        ? things.map(({ what, why }) => `${what}: ${why}`).join('; ')
        : `gone: ${removed.join(', ') || 'there was nothing to undo'}`;
      view.keep({ name, outcome: isLeft ? 'failed' : 'passed', detail, durationMs: ms });
    },
  };
}

function summarizeUndo({ grants }: OnboardingContext, ends: readonly UndoResult[]): Undone {
  const left = ends.flatMap((each) => each.left);
  if (left.length > 0) return { state: 'left', left };
  const hasMade =
    grants.some(({ made }) => made === 'by-this-run') ||
    ends.some(({ removed, mayBeMore }) => removed.length > 0 || mayBeMore);
  return { state: hasMade ? 'undone' : 'nothing-made', left };
}

function adviceFor({ subject, target, accesses }: OnboardingContext['request']): string {
  const access = accesses.map((each) => `--access ${each}`).join(' ');
  return (
    'Purser tries again until it succeeds. Fix what the last error names; or delete the binding meanwhile with ' +
    `\`purser revoke '${formatSubject(subject)}' ${access} --target ${target}\`; or end this run and get a ` +
    'report of what is left with `purser cancel --abandon`.'
  );
}

function notUndoing({ request: { subject, target } }: OnboardingContext): ApplicationFailure {
  return ApplicationFailure.nonRetryable(
    `the onboarding of ${formatSubject(subject)} on ${target} undoes nothing at the moment, so there is nothing to abandon; \`purser cancel\` ends it`,
    'NotUndoing',
  );
}

import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';

/** A decision that is made outside of a workflow while the workflow waits for it, such as a first login. */
export interface Decision<T> {
  /** Ends the wait with the decision. The handler of an update calls it. */
  readonly resolve: (value: T) => void;
  /** Makes the wait fail. The handler of an update calls it. */
  readonly reject: (error: unknown) => void;
  /**
   * Waits until the decision is made by {@link resolve}, {@link reject} or a poll. If both the handler and
   * a poll have decided, the handler counts. Throws what `timedOut` makes at the deadline.
   */
  readonly wait: (options: DecisionWait<T>) => Promise<T>;
}

interface DecisionWait<T> {
  /** When the wait began, in milliseconds of the epoch. */
  readonly since: number;
  /** When to remind, in milliseconds after `since`, ascending; the last one is the deadline. */
  readonly reminders: readonly number[];
  /** Lasts until the decision is made, and fails if it can no longer be made. Cancelled when the wait ends. */
  readonly poll: () => Promise<T>;
  readonly remind: (leftMs: number) => void;
  readonly timedOut: () => Error;
}

type DecisionOutcome<T> = { readonly value: T } | { readonly error: unknown };

/** Creates a decision that is not made yet. Call `wait` once only. */
export function createDecision<T>(): Decision<T> {
  let handled: DecisionOutcome<T> | undefined;
  return {
    resolve: (value) => {
      handled = { value };
    },
    reject: (error) => {
      handled = { error };
    },
    wait: (options) => waitFor(options, () => handled),
  };
}

async function waitFor<T>(
  options: DecisionWait<T>,
  handled: () => DecisionOutcome<T> | undefined,
): Promise<T> {
  let polled: DecisionOutcome<T> | undefined;
  const scope = new CancellationScope();
  const polling = scope.run(async () => {
    try {
      polled = { value: await options.poll() };
    } catch (error) {
      if (!isCancellation(error)) polled = { error };
    }
  });
  const outcome = () => handled() ?? polled;
  let end: DecisionOutcome<T> | undefined;
  try {
    await remindUntil(() => outcome() !== undefined, options);
    end = outcome();
  } finally {
    scope.cancel();
    await polling;
  }
  // A poll that was under way at the deadline may have succeeded; if it failed, the deadline counts.
  const late = end ?? outcome();
  if (late !== undefined && 'value' in late) return late.value;
  throw end !== undefined && 'error' in end ? end.error : options.timedOut();
}

/** Ends when the decision is made, or at the deadline. */
async function remindUntil(
  isMade: () => boolean,
  { since, reminders, remind }: Omit<DecisionWait<unknown>, 'poll' | 'timedOut'>,
): Promise<void> {
  const deadline = reminders.at(-1) ?? 0;
  for (const at of reminders) {
    const left = Math.max(1, since + at - Date.now());
    const summary = at === deadline ? 'until the deadline' : 'until the next reminder';
    if (await condition(isMade, left, { summary })) return;
    if (at < deadline) remind(deadline - at);
  }
}

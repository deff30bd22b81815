// A server may know states that this client does not: then nobody has said that the run has ended.
const OPEN: readonly string[] = ['RUNNING', 'PAUSED', 'UNSPECIFIED', 'UNKNOWN'];

// As Temporal's list filters call them.
const CLOSED = ['Completed', 'Failed', 'Canceled', 'Terminated', 'ContinuedAsNew', 'TimedOut'];

/**
 * Whether a run in this state, as Temporal's client names it, may still do something. A paused one goes
 * on when somebody lets it.
 */
export function isOpenStatus(status: string): boolean {
  return OPEN.includes(status);
}

/**
 * The same as a list filter of Temporal's. It names the states that are closed: a server that cannot pause
 * runs refuses a filter with `Paused` in it (tried with 1.29), and all know these.
 */
export const OPEN_FILTER = CLOSED.map((status) => `ExecutionStatus != '${status}'`).join(' AND ');

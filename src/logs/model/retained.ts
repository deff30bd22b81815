import type { Collected } from './collect-request.ts';

/** How many older bundles a collection removed, and how many are still to be removed. */
export function retainedText({ removed, held }: NonNullable<Collected['retained']>): string {
  const gone = `${removed} older ${removed === 1 ? 'bundle' : 'bundles'} removed by logs.keep`;
  return held === 0
    ? gone
    : `${gone}; ${held} more ${held === 1 ? 'is' : 'are'} too old by the worker's clock. At most a quarter of all bundles is removed at once; if that clock is wrong, pause the schedule`;
}

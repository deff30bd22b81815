import { proxySinks } from '@temporalio/workflow';
import { FAILURES } from '../../src/domain/errors.ts';
import type { Outcome, Report, Undone } from '../../src/access/model/report/report.ts';
import type { MeterName, MeterSinks } from '../contract.ts';

const { purser } = proxySinks<MeterSinks>();

/**
 * Counts an onboarding or a revocation that has ended, and measures how long it took. If it failed or was
 * refused, counts the type of the failure: one of Purser's, or `other`, so that no text becomes a label.
 */
export function meterOutcome(
  workflow: Report['workflow'],
  {
    target,
    outcome,
    ms,
    failure,
  }: {
    readonly target: string;
    readonly outcome: Outcome;
    readonly ms: number;
    readonly failure?: string | undefined;
  },
): void {
  const meters = METERS[workflow];
  if (meters === undefined) return;
  purser.meter(meters.ended, 1, { target, outcome });
  purser.meter(meters.took, ms / 1_000, { target, outcome });
  if (failure === undefined) return;
  const type = KNOWN.has(failure) ? failure : 'other';
  purser.meter('purser_failures_total', 1, { target, workflow, type });
}

const KNOWN: ReadonlySet<string> = new Set([...Object.keys(FAILURES), 'Cancelled']);

/**
 * Counts how the undo of a run ended. `overdue` counts each round that failed or took too long; the undo
 * is then tried again.
 */
export function meterUndo(target: string, result: Undone['state'] | 'overdue'): void {
  purser.meter('purser_undos_total', 1, { target, result });
}

const METERS: Readonly<
  Partial<Record<string, { readonly ended: MeterName; readonly took: MeterName }>>
> = {
  onboard: { ended: 'purser_onboardings_total', took: 'purser_onboarding_duration' },
  revoke: { ended: 'purser_revocations_total', took: 'purser_revocation_duration' },
};

import { proxySinks } from '@temporalio/workflow';
import type { Outcome, Report, Undone } from '../../src/domain/report.ts';
import type { MeterName, MeterSinks } from '../contract.ts';

const { purser } = proxySinks<MeterSinks>();

/** Counts an onboarding or a revocation that has ended, and how long it took. */
export function meterOutcome(
  workflow: Report['workflow'],
  {
    target,
    outcome,
    ms,
  }: { readonly target: string; readonly outcome: Outcome; readonly ms: number },
): void {
  const meters = METERS[workflow];
  if (meters === undefined) return;
  purser.meter(meters.ended, 1, { target, outcome });
  purser.meter(meters.took, ms / 1_000, { target, outcome });
}

/**
 * Counts how the undo of a run ended; `overdue` each time that one could not be done in the time that
 * it should take, and is tried again.
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

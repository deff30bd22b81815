import type { Finding } from '../../domain/finding.ts';
import type { CheckResult } from '../model/checks.ts';
import type { Observed } from './next-check-state.ts';

/**
 * Whether Purser could look, as if that were a check: one trouble of ours (the cluster's API refuses
 * us, no worker) makes many checks blind and is told once, and not as an outage of the registry.
 */
export function probeResult(
  results: readonly CheckResult[],
  failure: Finding | undefined,
): Observed & { readonly check: 'probe' } {
  const unchecked = results.filter(({ verdict }) => verdict === 'unknown');
  if (failure === undefined && unchecked.length === 0) {
    return { check: 'probe', verdict: 'healthy', findings: [] };
  }
  const findings = failure === undefined ? unchecked.flatMap(uncheckedFindings) : [failure];
  return { check: 'probe', verdict: 'degraded', findings };
}

function uncheckedFindings({ check, findings }: CheckResult): readonly Finding[] {
  return findings
    .filter(({ severity }) => severity === 'unknown')
    .map((finding) => ({ ...finding, text: `${check}: ${finding.text}` }));
}

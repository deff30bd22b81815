import { createFinding } from '../domain/finding.ts';
import type { Cause } from '../domain/cause.ts';
import type { Finding, FindingSeverity } from '../domain/finding.ts';
import type { CheckResult } from './model/checks.ts';
import { withoutSecrets } from '../domain/redact/redact-lines.ts';

/** What a check found, before its name, its verdict and its time are written on it. */
export type CheckFindings = Pick<CheckResult, 'findings' | 'measurements' | 'memory' | 'table'>;

/** Makes its check `unhealthy`. */
export function unhealthy(cause: Cause, text: string, advice?: string): Finding {
  return finding('error', cause, text, advice);
}

/** Makes its check `degraded`. */
export function degraded(cause: Cause, text: string, advice?: string): Finding {
  return finding('warning', cause, text, advice);
}

export function note(cause: Cause, text: string, advice?: string): Finding {
  return finding('note', cause, text, advice);
}

/** What could not be looked at: it says nothing about the registry, so its cause is always `probe`. */
export function notChecked(text: string, advice?: string): Finding {
  return finding('unknown', 'probe', text, advice);
}

// It goes into Temporal's history, the archive and alerts, and may hold words of a server: the operator's
// conditions repeat what a storage said of its credentials.
function finding(
  severity: FindingSeverity,
  cause: Cause,
  text: string,
  advice: string | undefined,
): Finding {
  return createFinding(severity, cause, withoutSecrets(text), advice);
}

import { shown } from '../domain/inputs/shown.ts';
import type { Cause } from '../domain/cause.ts';
import type { FindingSeverity } from '../domain/finding.ts';
import type { ProviderFinding } from './model/provider-check.ts';

/** Collects the findings of a check while it runs, so that a check that times out still has a result. */
export interface Notes {
  /** No user can log in through the provider. */
  broken(cause: Cause, text: string, advice: string): void;
  warn(cause: Cause, text: string, advice: string): void;
  /** Something was not checked; `advice` says what the check requires. */
  unchecked(text: string, advice: string): void;
  note(text: string, advice: string): void;
  /** Something was checked and is in order. */
  see(text: string): void;
  readonly findings: readonly ProviderFinding[];
  readonly seen: readonly string[];
}

/**
 * Notes on one provider. `secrets` are removed from all texts: a server may echo a secret, and findings
 * quote servers.
 */
export function createNotes(
  of: { readonly name: string; readonly type: string },
  secrets: readonly string[] = [],
): Notes {
  const findings: ProviderFinding[] = [];
  const seen: string[] = [];
  const clean = (text: string): string => shorten(withoutSecrets(text, secrets));
  const find = (
    severity: FindingSeverity,
    cause: Cause,
    [text, advice]: readonly [string, string],
  ): void => {
    findings.push({
      provider: of.name,
      type: of.type,
      severity,
      cause,
      text: clean(text),
      ...(advice === '' ? {} : { advice: clean(advice) }),
    });
  };
  return {
    broken: (cause, text, advice) => find('error', cause, [text, advice]),
    warn: (cause, text, advice) => find('warning', cause, [text, advice]),
    unchecked: (text, advice) => find('unknown', 'probe', [text, advice]),
    note: (text, advice) => find('note', 'configuration', [text, advice]),
    see: (text) => void seen.push(clean(text)),
    findings,
    seen,
  };
}

const SHOWN = 400;

function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce(
    (left, secret) => (secret === '' ? left : left.replaceAll(secret, '(secret)')),
    text,
  );
}

/** One line of limited length without invisible characters: a server may send any text. */
function shorten(text: string): string {
  return shown(text.replace(/[\s\p{Cc}]+/gu, ' ').trim(), SHOWN);
}

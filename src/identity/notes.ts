import { shown } from '../domain/inputs/shown.ts';
import type { Cause } from '../domain/cause.ts';
import type { FindingSeverity } from '../domain/finding.ts';
import type { ProviderFinding } from './model/provider-check.ts';

/** What a check writes down while it goes on, so that one that is cut short has said what it knew. */
export interface Notes {
  /** Nobody can log in by it. */
  broken(cause: Cause, text: string, advice: string): void;
  warn(cause: Cause, text: string, advice: string): void;
  /** Something was not looked at; `advice` is what it takes. */
  unchecked(text: string, advice: string): void;
  note(text: string, advice: string): void;
  /** Something was looked at and is as it should be. */
  see(text: string): void;
  readonly findings: readonly ProviderFinding[];
  readonly seen: readonly string[];
}

/**
 * Notes on one provider. `secrets` are blacked out: a server may answer with what it was sent, and
 * other people's servers are quoted in findings.
 */
export function createNotes(
  of: { readonly name: string; readonly type: string },
  secrets: readonly string[] = [],
): Notes {
  const findings: ProviderFinding[] = [];
  const seen: string[] = [];
  const clean = (text: string): string => shorten(black(text, secrets));
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

function black(text: string, secrets: readonly string[]): string {
  return secrets.reduce(
    (left, secret) => (secret === '' ? left : left.replaceAll(secret, '(secret)')),
    text,
  );
}

/** One line of bounded length in which everything can be seen, whatever a server has put into it. */
function shorten(text: string): string {
  return shown(text.replace(/[\s\p{Cc}]+/gu, ' ').trim(), SHOWN);
}

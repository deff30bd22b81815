import { worse } from './model/alert.ts';
import type { Alert } from './model/alert.ts';
import type { Audience, Notifier } from './notifier.ts';

/**
 * Whether a notifier is told of an alert. By the worst severity so far, not by the one of now: who
 * was told that it is critical is told that it is less so, and that it is over.
 */
export function matchesRoute({ targets, severity }: Audience): Notifier['takes'] {
  const patterns = targets.map(asPattern);
  return (alert: Alert) =>
    patterns.some((pattern) => pattern.test(alert.target)) &&
    worse(alert.worst, severity) === alert.worst;
}

function asPattern(glob: string): RegExp {
  const literal = glob.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${literal.join('.*')}$`);
}

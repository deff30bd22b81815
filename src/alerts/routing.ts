import { matchesWildcard } from '../domain/wildcard.ts';
import { worse } from './model/alert.ts';
import type { Alert } from './model/alert.ts';
import type { Audience, Notifier } from './notifier.ts';

/**
 * Whether a notifier is told of an alert. By the worst severity so far, not by the one of now: who
 * was told that it is critical is told that it is less so, and that it is over.
 */
export function matchesRoute({ targets, severity }: Audience): Notifier['takes'] {
  return (alert: Alert) =>
    targets.some((pattern) => matchesWildcard(pattern, alert.target)) &&
    worse(alert.worst, severity) === alert.worst;
}

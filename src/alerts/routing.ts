import { matchesWildcard } from '../domain/wildcard.ts';
import { worseSeverity } from './model/alert.ts';
import type { Alert } from './model/alert.ts';
import type { AlertRoute, Notifier } from './notifier.ts';

/**
 * Whether a notifier gets an alert. It goes by the worst severity so far, not by the current one: a
 * receiver of the critical alert must also get the lower severity and the resolution.
 */
export function matchesRoute({ targets, severity }: AlertRoute): Notifier['matches'] {
  return (alert: Alert) =>
    targets.some((pattern) => matchesWildcard(pattern, alert.target)) &&
    worseSeverity(alert.worst, severity) === alert.worst;
}

// The entry of the workflow bundle: the worker finds workflows by these names.
export { notify } from './alerts/notify.ts';
export { testNotifiers } from './alerts/test-notifiers.ts';
export { checkTarget } from './check-target.ts';
export { checkHealth } from './health/check-health.ts';
export { healthHistory, lastHealth } from './health/health-history.ts';
export { listAccess } from './list-access.ts';
export { readMetrics } from './metrics/read-metrics.ts';
export { onboard } from './onboard.ts';
export { revoke } from './revoke.ts';

// The entry of the workflow bundle: the worker knows workflows by these names.
export { checkIdentity } from './identity/check-identity.ts';
export { checkTarget } from './check-target.ts';
export { listAccess } from './access/list-access.ts';
export { notify } from './alerts/notify.ts';
export { testNotifiers } from './alerts/test-notifiers.ts';
export { checkHealth } from './health/check-health.ts';
export { readHealthHistory, readLastHealth } from './health/health-history.ts';
export { readMetrics } from './health/read-metrics.ts';
export { collectLogs } from './logs/collect-logs.ts';
export { onboard } from './access/onboard.ts';
export { revoke } from './access/revoke.ts';
export { sweep } from './access/sweep.ts';

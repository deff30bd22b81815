// The entry of the workflow bundle: the worker finds workflows by these names.
export { checkTarget } from './check-target.ts';
export { collectLogs } from './logs/collect-logs.ts';
export { listAccess } from './list-access.ts';
export { onboard } from './onboard.ts';
export { revoke } from './revoke.ts';

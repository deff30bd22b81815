// The entry of the workflow bundle: the worker finds workflows by these names.
export { notify } from './alerts/notify.ts';
export { testNotifiers } from './alerts/test-notifiers.ts';
export { checkTarget } from './check-target.ts';
export { listAccess } from './list-access.ts';
export { onboard } from './onboard.ts';
export { revoke } from './revoke.ts';

// The entry of the workflow bundle: the worker finds workflows by these names.
export { checkIdentity } from './reads/check-identity.ts';
export { checkTarget } from './reads/check-target.ts';
export { listAccess } from './reads/list-access.ts';
export { onboard } from './onboard.ts';
export { revoke } from './revoke.ts';

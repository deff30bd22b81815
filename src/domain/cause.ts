/**
 * Why a step failed, as far as a client can know. `probe` is Purser's own fault: the step could not be
 * tried, which says nothing about the registry.
 */
export const CAUSES = [
  'dns',
  'tcp',
  'tls',
  'timeout',
  'unauthorized',
  'forbidden',
  'not-found',
  'rate-limited',
  'quota',
  'server-error',
  'storage',
  'slow',
  'not-ready',
  'crash-loop',
  'out-of-memory',
  'configuration',
  'probe',
] as const;

export type Cause = (typeof CAUSES)[number];

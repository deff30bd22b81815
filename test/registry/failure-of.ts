import assert from 'node:assert/strict';
import { RegistryFailure } from '../../src/registry/failure.ts';

/** The failure of a call that must fail. */
export async function failure(call: Promise<unknown>): Promise<RegistryFailure> {
  const [result] = await Promise.allSettled([call]);
  assert.equal(result.status, 'rejected', 'the call succeeded');
  if (!(result.reason instanceof RegistryFailure)) throw result.reason;
  return result.reason;
}

import type { IdentityCheck } from '../../src/identity/model/provider-check.ts';
import { identityCheckRequestSchema } from '../../src/identity/model/request.ts';
import type { IdentityCheckRequest } from '../../src/identity/model/request.ts';
import { firstStepOn } from '../activities.ts';
import { asFailure, readRequest } from '../failure.ts';

/** Checks the identity providers of a target, as seen from its worker. Changes nothing. */
export async function checkIdentity(input: IdentityCheckRequest): Promise<IdentityCheck> {
  const { target, provider, user } = readRequest(identityCheckRequestSchema, input);
  try {
    const summary = `check ${provider ?? 'the identity providers'}${user === undefined ? '' : ` for a login of ${user}`}`;
    return await firstStepOn(target).checkIdentity.executeWithOptions({ summary }, [
      { provider, user },
    ]);
  } catch (error) {
    throw asFailure(error, target);
  }
}

import { z } from 'zod';
import type { Store } from '../../store.ts';
import { objectSchema } from '../../rest/object.ts';
import { invalidValue, notSupported, required } from '../../rest/status.ts';
import type { Cause } from '../../rest/status.ts';
import { scopeRestrictionSchema } from '../../webhooks/scopes.ts';
import { dnsSubdomainFaults } from '../names.ts';
import type { Resource } from '../resource.ts';
import { storedResource } from '../stored.ts';

const SHORTEST_INACTIVITY_SECONDS = 300;
const GRANT_METHODS = ['auto', 'prompt'];

export const oauthClientSchema = objectSchema.extend({
  grantMethod: z.string().default(''),
  redirectURIs: z.array(z.string()).nullish(),
  scopeRestrictions: z
    .array(scopeRestrictionSchema)
    .nullish()
    .transform((restrictions) => restrictions ?? []),
  accessTokenMaxAgeSeconds: z.int().nullish(),
  accessTokenInactivityTimeoutSeconds: z.int().nullish(),
});

export type OAuthClient = z.output<typeof oauthClientSchema>;

/** OAuthClients; only grantMethod is required (openshift-facts.md 10.4). */
export function oauthClients(store: Store): Resource {
  return storedResource(store, {
    group: 'oauth.openshift.io',
    plural: 'oauthclients',
    kind: 'OAuthClient',
    singular: 'oauthclient',
    schema: oauthClientSchema,
    nameFaults: dnsSubdomainFaults,
    validate: clientCauses,
  });
}

function clientCauses(client: OAuthClient): Cause[] {
  const {
    grantMethod,
    accessTokenMaxAgeSeconds: age,
    accessTokenInactivityTimeoutSeconds: idle,
  } = client;
  const causes = client.scopeRestrictions.flatMap(restrictionCauses);
  if (grantMethod === '') {
    causes.push(required('grantMethod', `must be ${GRANT_METHODS.join(' or ')}`));
  } else if (!GRANT_METHODS.includes(grantMethod)) {
    causes.push(notSupported('grantMethod', grantMethod, GRANT_METHODS));
  }
  if (age && age < 0) {
    causes.push(invalidValue('accessTokenMaxAgeSeconds', age, 'value cannot be negative'));
  }
  if (idle && idle < SHORTEST_INACTIVITY_SECONDS) {
    const detail =
      idle < 0
        ? 'value cannot be negative'
        : `The minimum valid timeout value is ${SHORTEST_INACTIVITY_SECONDS} seconds`;
    causes.push(invalidValue('accessTokenInactivityTimeoutSeconds', idle, detail));
  }
  return causes;
}

function restrictionCauses(
  restriction: OAuthClient['scopeRestrictions'][number],
  index: number,
): Cause[] {
  const field = `scopeRestrictions[${index}]`;
  const { literals, clusterRole } = restriction;
  if ((literals ?? []).length > 0 === Boolean(clusterRole)) {
    const detail = 'exactly one of literals, clusterRole is required';
    return [invalidValue(field, restriction, detail)];
  }
  return (['roleNames', 'namespaces'] as const)
    .filter((list) => clusterRole && (clusterRole[list] ?? []).length === 0)
    .map((list) => required(`${field}.clusterRole.${list}`, "won't match anything"));
}

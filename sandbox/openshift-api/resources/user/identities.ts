import { z } from 'zod';
import type { Store } from '../../store.ts';
import { objectSchema } from '../../rest/object.ts';
import { invalidValue, required } from '../../rest/status.ts';
import type { Cause, Subject } from '../../rest/status.ts';
import { nameFieldCauses, pathSegmentFaults } from '../names.ts';
import type { Resource } from '../resource.ts';
import { storedResource } from '../stored.ts';

export const identitySchema = objectSchema.extend({
  providerName: z.string().default(''),
  providerUserName: z.string().default(''),
  user: z
    .looseObject({ name: z.string().optional(), uid: z.string().optional() })
    .nullish()
    .transform((user) => user ?? {}),
  extra: z.record(z.string(), z.string()).nullish(),
});

export type Identity = z.output<typeof identitySchema>;

const identitySubject: Subject = {
  group: 'user.openshift.io',
  plural: 'identities',
  kind: 'Identity',
};

/** Identities; a wrong name is rewritten, not refused (openshift-facts.md 10.7). */
export function identities(store: Store): Resource {
  return storedResource(store, {
    ...identitySubject,
    singular: 'identity',
    schema: identitySchema,
    fields: ['providerName', 'providerUserName', 'user.name', 'user.uid'],
    fieldsOf: ({ providerName, providerUserName, user }) => ({
      providerName,
      providerUserName,
      'user.name': user.name ?? '',
      'user.uid': user.uid ?? '',
    }),
    nameFaults: identityNameFaults,
    refusesBadNames: true,
    prepare: (identity, old) =>
      old === undefined
        ? { ...identity, metadata: { ...identity.metadata, name: identityName(identity) } }
        : identity,
    validate: identityCauses,
  });
}

/** `provider:user`, or `provider:b64:<base64>` if the user name holds a separator (facts 4.1). */
export function identityNameFaults(name: string): string[] {
  const faults = pathSegmentFaults(name);
  if (faults.length > 0) {
    return faults;
  }
  const [provider = '', ...rest] = name.split(':');
  const encoded = rest.length === 2 && rest[0] === 'b64';
  return provider !== '' && rest.at(-1) && (rest.length === 1 || encoded)
    ? []
    : ['must be in the format <providerName>:<providerUserName>'];
}

function identityName({ providerName, providerUserName }: Identity): string {
  const plain = !/[:/]/.test(providerUserName) || /^b64:[A-Za-z0-9+]+$/.test(providerUserName);
  const coded = Buffer.from(providerUserName).toString('base64').replace(/=+$/, '');
  return `${providerName}:${plain ? providerUserName : `b64:${coded}`}`;
}

function identityCauses(identity: Identity, old: Identity | undefined): Cause[] {
  const { name = '', uid = '' } = identity.user;
  const causes = nameFieldCauses('providerName', identity.providerName, (provider) =>
    provider.includes(':') ? ['may not contain ":"'] : pathSegmentFaults(provider),
  );
  if (identity.providerUserName === '') {
    causes.push(required('providerUserName'));
  }
  if ((name === '') !== (uid === '')) {
    const [missing, given] = name === '' ? ['username', 'uid'] : ['uid', 'username'];
    causes.push(required(`user.${missing}`, `${missing} is required when ${given} is provided`));
  }
  for (const field of ['providerName', 'providerUserName'] as const) {
    if (old !== undefined && old[field] !== identity[field]) {
      causes.push(invalidValue(field, identity[field], `may not change ${field}`));
    }
  }
  return causes;
}

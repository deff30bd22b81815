import { randomBytes } from 'node:crypto';
import { nameOf } from '../rest/object.ts';
import type { KubeObject } from '../rest/object.ts';
import { invalidValue, required } from '../rest/status.ts';
import type { Cause } from '../rest/status.ts';

const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const LABEL_KEY =
  /^(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const DNS_SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const GENERATED_SUFFIX_BYTES = 3;

/** What a name may not hold because it becomes a segment of a path; upstream's path.ValidatePathSegmentName. */
export function pathSegmentFaults(name: string): string[] {
  if (name === '.' || name === '..') {
    return [`may not be '${name}'`];
  }
  return ['/', '%']
    .filter((character) => name.includes(character))
    .map((character) => `may not contain '${character}'`);
}

/** User names (openshift-facts.md 4.1; ValidateUserName of apiserver-library-go): a colon only where `b64:` begins it. */
export function userNameFaults(name: string): string[] {
  const faults = pathSegmentFaults(name);
  if (faults.length > 0) {
    return faults;
  }
  if (name === '~') {
    return ['may not equal "~"'];
  }
  return name.includes(':') && !name.startsWith('b64:')
    ? ['usernames that contain ":" must begin with "b64:"']
    : [];
}

export function groupNameFaults(name: string): string[] {
  const faults = pathSegmentFaults(name);
  if (faults.length > 0) {
    return faults;
  }
  if (name === '~') {
    return ['may not equal "~"'];
  }
  return name.includes(':') ? ['may not contain ":"'] : [];
}

export function dnsSubdomainFaults(name: string): string[] {
  return name.length <= 253 && DNS_SUBDOMAIN.test(name)
    ? []
    : [
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
      ];
}

/** A field that holds a name: required, and valid for that kind of name. */
export function nameFieldCauses(
  field: string,
  value: string,
  faultsOf: (name: string) => readonly string[],
): Cause[] {
  if (value === '') {
    return [required(field)];
  }
  const faults = faultsOf(value);
  return faults.length === 0 ? [] : [invalidValue(field, value, faults.join(', '))];
}

/** The checks that every object's metadata passes. */
export function metadataCauses(
  object: KubeObject,
  nameFaults: (name: string) => readonly string[],
): Cause[] {
  const name = nameOf(object);
  const causes =
    name === ''
      ? [required('metadata.name', 'name or generateName is required')]
      : nameFieldCauses('metadata.name', name, nameFaults);
  for (const [key, value] of Object.entries(object.metadata.labels ?? {})) {
    if (!LABEL_KEY.test(key)) {
      causes.push(invalidValue('metadata.labels', key, 'a label key must be a qualified name'));
    }
    if (!LABEL_VALUE.test(value)) {
      causes.push(
        invalidValue(
          'metadata.labels',
          value,
          "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character, and be no more than 63 characters",
        ),
      );
    }
  }
  return causes;
}

/**
 * Makes a name from `generateName` if the kind supports it; otherwise a later check reports the missing
 * name.
 */
export function withGeneratedName<T extends KubeObject>(object: T, allowed: boolean): T {
  const { name = '', generateName = '' } = object.metadata;
  if (name !== '' || generateName === '' || !allowed) {
    return object;
  }
  const suffix = randomBytes(GENERATED_SUFFIX_BYTES).toString('hex').slice(0, 5);
  return { ...object, metadata: { ...object.metadata, name: `${generateName}${suffix}` } };
}

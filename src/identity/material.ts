import type { X509Certificate } from 'node:crypto';
import { certificateFacts } from '../net/inspect.ts';
import { readBundle } from '../net/pool.ts';
import type { Notes } from './notes.ts';
import { referencesOf } from './references.ts';
import type { Reference, Setup } from './setup.ts';

/** Certificates that expire sooner get a warning. */
export const DAYS_SOON = 30;

/**
 * The text that a field refers to. Undefined if the field refers to nothing or the text could not be read:
 * then the notes say why, and what to do.
 */
export function readMaterial(setup: Setup, field: string, notes: Notes): string | undefined {
  const reference = referencesOf(setup.provider).find((each) => each.field === field);
  if (reference === undefined) return undefined;
  const { kind, object, key } = reference;
  const where = `${kind} openshift-config/${object} (${field})`;
  const material = setup.material.get(field) ?? 'not-read';
  switch (material) {
    case 'missing':
      notes.broken('configuration', `${where} does not exist`, creation(reference));
      return undefined;
    case 'no-such-key':
      notes.broken(
        'configuration',
        `${where} has no key ${key}`,
        `store it under the key ${key}: ${creation(reference)}`,
      );
      return undefined;
    case 'forbidden':
      notes.unchecked(`${where} may not be read by Purser, so it was not checked`, rightFor(kind));
      return undefined;
    case 'not-read':
      notes.unchecked(
        `${where} was not read, so neither its key ${key} nor what is in it was checked`,
        'identity.readSecrets of the target switches this on',
      );
      return undefined;
    default:
      if (material.found.trim() !== '') return material.found;
      notes.broken('configuration', `${where} is empty under its key ${key}`, creation(reference));
      return undefined;
  }
}

/**
 * A secret, sent exactly as it is stored. A line break at its end is part of it: the most common mistake
 * when a secret is rotated.
 */
export function readSecret(setup: Setup, field: string, notes: Notes): string | undefined {
  const text = readMaterial(setup, field, notes);
  if (text === undefined) return undefined;
  if (/^\s|\s$/.test(text)) {
    notes.warn(
      'configuration',
      `the secret of ${field} begins or ends with blank space or a line break, which is part of the secret`,
      'store it without (printf %s, not echo)',
    );
  } else notes.see(`${field} is there`);
  return text;
}

/**
 * The certificates of a bundle, with notes on those that expire; [] if none is good. In a pool of CAs an
 * expired certificate does no harm as long as another one is good: clients ignore it, and they ignore what
 * is no PEM block. In a client's chain each certificate has to be good.
 */
export function readCertificates(
  text: string,
  { field, are }: { readonly field: string; readonly are: 'pool' | 'chain' },
  notes: Notes,
): readonly X509Certificate[] {
  const { certificates: good, unread } = readBundle(text);
  const count = Math.max(text.match(/-----BEGIN CERTIFICATE-----/g)?.length ?? 0, 1);
  if (good.length < count) {
    const isSpared = are === 'pool' && good.length > 0 && unread === 0;
    notes[isSpared ? 'warn' : 'broken'](
      'configuration',
      `${field}: ${good.length} of ${count} certificates can be read${isSpared ? ', and OpenShift passes over the others' : ''}`,
      'store certificates in PEM, each from BEGIN CERTIFICATE to END CERTIFICATE on lines of their own',
    );
  }
  const isSpare = are === 'pool' && good.some((each) => certificateFacts(each).daysLeft >= 0);
  for (const each of good) noteDays(each, { field, isSpare }, notes);
  return good;
}

/** Notes that a certificate has expired or soon will. `isSpare`: a good one is beside it. */
function noteDays(
  certificate: X509Certificate,
  { field, isSpare }: { readonly field: string; readonly isSpare: boolean },
  notes: Notes,
): void {
  const { subject, daysLeft, notAfter } = certificateFacts(certificate);
  const what = `${field}: the certificate ${subject}`;
  const since = notAfter.slice(0, 10);
  if (daysLeft < 0 && isSpare) {
    notes.warn('tls', `${what} expired on ${since}, beside one that is good`, 'take it out');
  } else if (daysLeft < 0) {
    notes.broken('tls', `${what} expired on ${since}`, 'replace it');
  } else if (daysLeft < DAYS_SOON) {
    notes.warn('tls', `${what} ends in ${daysLeft} days`, 'replace it in time');
  }
}

function creation({ kind, object, key }: Reference): string {
  const noun = kind === 'Secret' ? 'secret generic' : 'configmap';
  return `oc create ${noun} ${object} --from-file=${key}=FILE -n openshift-config`;
}

function rightFor(kind: Reference['kind']): string {
  const file = kind === 'Secret' ? 'option-read-secrets.yaml' : 'purser.yaml';
  return `apply deploy/rbac/${file}, which gives the worker's account that right`;
}

import { createHash } from 'node:crypto';
import { subjectKey } from '../domain/subject.ts';
import type { Subject } from '../domain/subject.ts';

/** The labels that mark an object as Purser's own, and say why it exists. */
export const LABELS = {
  managed: 'purser.dev/managed',
  subject: 'purser.dev/subject',
  access: 'purser.dev/access',
  proof: 'purser.dev/proof',
  /** Which installation of Purser made it (activities/executions.ts). */
  installation: 'purser.dev/installation',
} as const;

export const ANNOTATIONS = {
  subject: 'purser.dev/subject',
  subjectUid: 'purser.dev/subject-uid',
  access: 'purser.dev/access',
  reason: 'purser.dev/reason',
  requestedBy: 'purser.dev/requested-by-claimed',
  madeBy: 'purser.dev/made-by',
  /** How far the grant is: {@link GRANT_STATES}. */
  state: 'purser.dev/state',
  /** The last run that found the binding in place, and the access good: as good evidence as its maker. */
  confirmedBy: 'purser.dev/confirmed-by',
} as const;

/** `pending` until its proof has ended, then the result of the proof; the report says more. */
export const GRANT_STATES = ['pending', 'proven', 'unproven'] as const;
export type GrantState = (typeof GRANT_STATES)[number];

/** The label selector of everything that Purser granted. */
export const MANAGED = `${LABELS.managed}=grant`;

/** A label's value for a subject: a hash, because labels allow neither `@` nor `:` nor 64 characters. */
export function subjectLabel(subject: Subject): string {
  return hash(`${subject.kind}/${subjectKey(subject)}`);
}

/** Sixteen hexadecimal digits of SHA-256: a name, not a protection. */
export function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** Who makes an object. `madeBy` is `<workflow id>/<first run id>`: only that run may undo it. */
export interface Maker {
  readonly madeBy: string;
  readonly installation: string;
}

import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { nameOf, revisionOf, timestamp } from '../rest/object.ts';
import type { KubeObject } from '../rest/object.ts';
import * as status from '../rest/status.ts';
import type { Definition } from './definition.ts';
import { metadataCauses, withGeneratedName } from './names.ts';
import type { Modification, Preconditions } from './resource.ts';

/** Applies a PUT or a PATCH to the present object; the result is parsed afterwards. */
export function modify(modification: Modification, current: unknown): unknown {
  return modification.kind === 'replace' ? modification.body : modification.apply(current);
}

/** A client's body as this kind; throws a 400 for a wrong type, field or kind. */
export function parse<T extends KubeObject>(
  { schema, group, kind }: Pick<Definition<T>, 'schema' | 'group' | 'kind'>,
  body: unknown,
): T {
  const parsed = schema.safeParse(body);
  if (!parsed.success) {
    throw status.badRequest(
      `${kind} in version "v1" cannot be handled as a ${kind}: ${z.prettifyError(parsed.error)}`,
    );
  }
  const { apiVersion = `${group}/v1`, kind: sent = kind } = parsed.data;
  if (apiVersion !== `${group}/v1` || sent !== kind) {
    throw status.badRequest(
      `the body is a ${apiVersion} ${sent}, and this address takes ${group}/v1 ${kind}`,
    );
  }
  return { ...parsed.data, apiVersion, kind };
}

export function modifiedMeanwhile(subject: status.Subject, name: string): status.ApiError {
  return status.conflict(
    subject,
    name,
    'the object has been modified; please apply your changes to the latest version and try again',
  );
}

/** A new object from a client's body, with uid and creation time. */
export function newObject<T extends KubeObject>(
  definition: Definition<T>,
  body: T,
  namespace: string | undefined,
): T {
  const submitted = withGeneratedName(body, definition.takesGenerateName !== false);
  const { resourceVersion = '', ...metadata } = submitted.metadata;
  if (resourceVersion !== '') {
    throw status.badRequest('resourceVersion should not be set on objects to be created');
  }
  if (metadata.namespace !== undefined && metadata.namespace !== (namespace ?? '')) {
    throw status.badRequest(
      'the namespace of the provided object does not match the namespace sent on the request',
    );
  }
  const object: T = {
    ...submitted,
    metadata: {
      ...metadata,
      ...(namespace !== undefined && { namespace }),
      uid: randomUUID(),
      creationTimestamp: timestamp(),
    },
  };
  return definition.prepare?.(object, undefined) ?? object;
}

/** The object after a PUT or a PATCH; fields that a client may not change keep their values. */
export function successor<T extends KubeObject>(
  definition: Definition<T>,
  submitted: T,
  old: T,
): T {
  const name = nameOf(old);
  if (nameOf(submitted) !== name) {
    throw status.badRequest(
      `the name of the object (${nameOf(submitted)}) does not match the name on the URL (${name})`,
    );
  }
  const { uid, resourceVersion = '' } = submitted.metadata;
  if (resourceVersion === '') {
    throw status.invalid(definition, name, [
      status.invalidValue('metadata.resourceVersion', 0, 'must be specified for an update'),
    ]);
  }
  if (resourceVersion !== revisionOf(old)) {
    throw modifiedMeanwhile(definition, name);
  }
  refuseOtherUid(definition, old, uid);
  const { uid: oldUid, creationTimestamp, namespace } = old.metadata;
  const object: T = {
    ...submitted,
    metadata: {
      ...submitted.metadata,
      uid: oldUid,
      creationTimestamp,
      ...(namespace !== undefined && { namespace }),
    },
  };
  return definition.prepare?.(object, old) ?? object;
}

function refuseOtherUid(
  subject: status.Subject,
  { metadata: { name = '', uid: actual = '' } }: KubeObject,
  uid: string | undefined,
): void {
  if (uid !== undefined && uid !== actual) {
    throw status.conflict(
      subject,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${actual}`,
    );
  }
}

/**
 * Throws the 409 of a DELETE with the preconditions of another object; the message names the kind
 * (openshift-facts.md 11.2).
 */
export function refusePreconditions(
  { group, kind }: status.Subject,
  object: KubeObject,
  { uid, resourceVersion }: Preconditions,
): void {
  const { name = '', uid: actual = '' } = object.metadata;
  const spoken = { group, plural: kind, kind };
  if (uid !== undefined && uid !== actual) {
    const why = `the UID in the precondition (${uid}) does not match the UID in record (${actual}). The object might have been deleted and then recreated`;
    throw status.conflict(spoken, name, why);
  }
  const revision = revisionOf(object);
  if (resourceVersion !== undefined && resourceVersion !== revision) {
    const why = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${revision}). The object might have been modified`;
    throw status.conflict(spoken, name, why);
  }
}

/** Throws a 422 with all that is wrong. */
export async function refuseInvalid<T extends KubeObject>(
  definition: Definition<T>,
  object: T,
  old: T | undefined,
): Promise<void> {
  const causes = [
    ...metadataCauses(object, definition.nameFaults),
    ...(await definition.validate(object, old)),
  ];
  if (causes.length > 0) {
    throw status.invalid(definition, nameOf(object), causes);
  }
}

/** Throws a 422 for a name that no object of the kind can have. */
export function refuseBadName<T extends KubeObject>(definition: Definition<T>, name: string): void {
  const faults = definition.refusesBadNames === true ? definition.nameFaults(name) : [];
  if (faults.length > 0) {
    throw status.invalid(definition, name, [
      status.invalidValue('metadata.name', name, faults.join(', ')),
    ]);
  }
}

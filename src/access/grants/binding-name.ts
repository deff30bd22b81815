import { subjectKey } from '../../domain/subject.ts';
import type { Subject } from '../../domain/subject.ts';
import { hash } from '../../kubernetes/labels.ts';
import { formatAccess } from '../model/access.ts';
import type { Access } from '../model/access.ts';

/**
 * The name of the binding for one subject and access: readable where RBAC's names allow it (they
 * take `@` and `:`, but neither `/` nor `%`), with a hash in the subject's place otherwise.
 */
export function bindingName(subject: Subject, access: Access): string {
  const key = subjectKey(subject);
  const isReadable = /^[A-Za-z0-9@:._#-]{1,120}$/.test(key);
  const level = formatAccess(access).replace(':*', '-everywhere').split(':')[0];
  return `purser:${level}:${subject.kind}:${isReadable ? key : hash(key)}`;
}

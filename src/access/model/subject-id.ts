import { boundedId } from '../../domain/bounded-id.ts';
import { subjectKey } from '../../domain/subject.ts';
import type { Subject } from '../../domain/subject.ts';

/**
 * The id of the workflow that does something for one subject: `<workflow>/<target>/<Kind>/<name>`. Each
 * part is encoded, so that a name with a slash cannot pass for another subject's id; a name that makes
 * the id too long for PostgreSQL has a hash for its end.
 */
export function subjectWorkflowId(
  workflow: 'onboard' | 'revoke',
  target: string,
  subject: Subject,
): string {
  return boundedId([workflow, target, subject.kind, subjectKey(subject)]);
}

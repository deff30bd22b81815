import { subjectKey } from '../../domain/subject.ts';
import type { Subject } from '../../domain/subject.ts';
import { bounded } from '../../domain/bounded-id.ts';

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
  const parts = [workflow, target, subject.kind, subjectKey(subject)];
  return bounded(parts.map(encodeURIComponent).join('/'));
}

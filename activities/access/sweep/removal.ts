import type { Archive } from '../../../src/archive/archive.ts';

import type { Binding } from '../../../src/kubernetes/api/objects.ts';
import {
  differencesOf,
  noteOf,
  recordedAccess,
  recordedSubject,
  describeDifferences,
} from '../../../src/access/grants/record.ts';
import { readIdentitySource } from '../../../src/openshift/identity-config.ts';
import { bindingName } from '../../../src/access/grants/binding-name.ts';
import { formatAccess } from '../../../src/access/model/access.ts';
import type { Access } from '../../../src/access/model/access.ts';
import { bounded } from '../../../src/domain/bounded-id.ts';
import { parseSubject, recordedSubjectSchema, subjectKey } from '../../../src/domain/subject.ts';
import type { Subject } from '../../../src/domain/subject.ts';
import { parseMark } from '../../executions.ts';
import { namesOf } from '../../identity/cluster-subject.ts';
import type { Target } from '../../target.ts';
import type { RunEvidence, FailedRun } from './evidence.ts';
import { findReportedGrant } from './reported-grant.ts';

interface RemovalPorts {
  readonly target: Target;
  readonly archive: Archive;
  readonly signal: AbortSignal;
}

/**
 * Decides whether a binding may be deleted whose run failed. That alone is not enough: Purser may not
 * have made the binding, or a run under another id may have found it in place since. Resolves to the
 * same evidence if the binding may be deleted, and else to the evidence against it.
 */
export async function evaluateRemoval(
  ports: RemovalPorts,
  binding: Binding,
  failed: FailedRun,
): Promise<RunEvidence> {
  const [subject, access] = [recordedSubject(binding), recordedAccess(binding)];
  if (subject === undefined || access === undefined) {
    return unknown('its run failed, and its recorded subject or access is not readable');
  }
  const objection = foreignReason(binding, { subject, access });
  if (objection !== undefined) return unknown(`its run failed, but ${objection}`);
  const names = await namesIn(ports, binding, subject);
  if (await hasOpenOnboarding(ports, names)) return { is: 'open' };
  return evaluateByReports(ports, binding, { access, names, failed });
}

interface RecordedGrant {
  readonly subject: Subject;
  readonly access: Access;
}

// Every copy of an object has its labels and annotations: a backup, a clone, a template.
function foreignReason(binding: Binding, { subject, access }: RecordedGrant): string | undefined {
  const { name, namespace } = binding.metadata;
  const expected = bindingName(subject, access);
  if (name !== expected || namespace !== access.namespace) {
    return `it is not where Purser makes one for ${formatAccess(access)} (${expected}${access.namespace === undefined ? ', cluster-wide' : ` in ${access.namespace}`}): it may be a copy`;
  }
  if (noteOf(binding).state === 'proven') {
    return 'it says that the access is proven (purser.dev/state)';
  }
  const differs = describeDifferences(differencesOf(binding, { subject, access }), { subject });
  return differs === undefined ? undefined : `it is not ours any more: it ${differs}`;
}

/** The names under which the subject may have been onboarded: as recorded, as requested, with and without a prefix. */
async function namesIn(
  { target, signal }: RemovalPorts,
  binding: Binding,
  subject: Subject,
): Promise<readonly Subject[]> {
  const source = await readIdentitySource(target.cluster, signal);
  const { workflowId = '' } = parseMark(noteOf(binding).madeBy ?? '') ?? {};
  const [, , kind = '', key = ''] = workflowId.split('/');
  const asked = recordedSubjectSchema.safeParse(parseSubject(`${kind}/${decodePart(key)}`));
  const all = [...namesOf(source, subject), ...(asked.success ? [asked.data] : [])];
  return [...new Map(all.map((each) => [`${each.kind}/${subjectKey(each)}`, each])).values()];
}

// An open onboarding may have found the binding in place already, also one of another target's name:
// the same cluster may be several targets.
async function hasOpenOnboarding(
  { target }: RemovalPorts,
  names: readonly Subject[],
): Promise<boolean> {
  const open = await target.executions.openOnboardings();
  return open.some((id) => {
    const [verb = '', on = ''] = id.split('/');
    const ids = names.map((name) =>
      bounded([verb, on, name.kind, encodeURIComponent(subjectKey(name))].join('/')),
    );
    return ids.includes(id);
  });
}

async function evaluateByReports(
  { archive, target, signal }: RemovalPorts,
  { metadata }: Binding,
  context: {
    readonly access: Access;
    readonly names: readonly Subject[];
    readonly failed: FailedRun;
  },
): Promise<RunEvidence> {
  const { failed, names } = context;
  const query = {
    target: target.name,
    names,
    access: formatAccess(context.access),
    binding: metadata.name,
    namespace: metadata.namespace,
    since: failed.startedAt,
  };
  const reported = await findReportedGrant(archive, query, signal);
  if (reported === undefined) return failed;
  if (reported === 'too-many') {
    return unknown(
      'its run failed, and there are too many reports since then to tell whether a later run proved the access',
    );
  }
  const { place, endedAt } = reported;
  const isLater = failed.endedAt !== undefined && Date.parse(endedAt) > Date.parse(failed.endedAt);
  if (isLater) return { is: 'kept' };
  return unknown(
    `its run failed, but a run that ended at ${endedAt}, while that run was still open, reports the access as granted (${place})`,
  );
}

function unknown(why: string): RunEvidence {
  return { is: 'unknown', why };
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

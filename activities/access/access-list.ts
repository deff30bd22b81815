import { listGrants } from '../../src/cluster/bindings.ts';
import { ANNOTATIONS } from '../../src/cluster/labels.ts';
import type { Binding } from '../../src/cluster/api/objects.ts';
import { READ_PATIENCE_MS } from '../../src/domain/patience/patience.ts';
import { attempt } from '../attempt.ts';
import type { Target } from '../target.ts';

/** One row of `purser access list`. */
export interface AccessRow {
  readonly subject: string;
  readonly access: string;
  readonly role: string;
  readonly since: string;
  readonly requestedBy?: string;
  readonly reason?: string;
  readonly madeBy: string;
}

const ASKED = { patience: READ_PATIENCE_MS };

export const createAccessListActivities = (target: Target) => ({
  /** Every access that Purser granted on this target, by subject. */
  async listAccess(): Promise<{ readonly rows: readonly AccessRow[] }> {
    return attempt(async ({ signal }) => {
      const bindings = await listGrants(target.cluster, signal);
      const rows = bindings.map(rowOf);
      return { rows: rows.sort((a, b) => a.subject.localeCompare(b.subject)) };
    }, ASKED);
  },
});

function rowOf({ metadata, roleRef }: Binding): AccessRow {
  const notes = metadata.annotations ?? {};
  const requestedBy = notes[ANNOTATIONS.requestedBy];
  const reason = notes[ANNOTATIONS.reason];
  return {
    subject: notes[ANNOTATIONS.subject] ?? metadata.name,
    access: notes[ANNOTATIONS.access] ?? roleRef.name,
    role: roleRef.name,
    since: metadata.creationTimestamp ?? '',
    ...(requestedBy === undefined ? {} : { requestedBy }),
    ...(reason === undefined ? {} : { reason }),
    madeBy: notes[ANNOTATIONS.madeBy] ?? '',
  };
}

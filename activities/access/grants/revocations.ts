import { createFinding } from '../../../src/domain/finding.ts';
import type { Finding } from '../../../src/domain/finding.ts';
import { bindingPlace, grantRecord } from '../../../src/access/grants/bindings.ts';
import { ClusterFailure } from '../../../src/kubernetes/api/failure.ts';
import { isTooLarge } from '../../../src/kubernetes/api/list.ts';
import { decidedOf, deleteDecided } from '../../../src/access/grants/delete.ts';
import type { Deletion } from '../../../src/access/grants/delete.ts';
import { findAlike, findGrants, describeForeign } from '../../../src/access/grants/find.ts';
import type { FoundGrant } from '../../../src/access/grants/find.ts';
import { differencesOf, describeDifferences } from '../../../src/access/grants/record.ts';
import { readIdentitySource } from '../../../src/openshift/identity-config.ts';
import { parseAccess } from '../../../src/access/model/access.ts';
import type { Access } from '../../../src/access/model/access.ts';
import { shown } from '../../../src/domain/inputs/shown.ts';
import { parseRequest } from '../../../src/domain/request.ts';
import {
  deletionSchema,
  revocationNamesSchema,
  soughtGrantSchema,
} from '../../../src/access/model/grants/revocation.ts';
import type {
  DeletionOrder,
  FoundGrants,
  RevocableGrant,
  SoughtGrant,
} from '../../../src/access/model/grants/revocation.ts';
import { formatSubject, recordedSubjectSchema } from '../../../src/domain/subject.ts';
import type { Subject } from '../../../src/domain/subject.ts';
import { attempt } from '../../attempt.ts';
import { namesOf } from '../../identity/cluster-subject.ts';
import type { Target } from '../../target.ts';

const PREFIX_ATTEMPTS = 4;
const MESSAGE_AT_MOST = 500;

export interface SubjectNames {
  /** The first is the one that was asked for. */
  readonly names: readonly Subject[];
  readonly findings: readonly Finding[];
}

/** The bindings in the cluster for one access; `findings` name what could not be searched. */
export interface SearchedGrants extends FoundGrants {
  readonly findings: readonly Finding[];
}

/**
 * Revokes accesses. The record in a binding decides (its label, its maker, its uid), not today's
 * configuration: neither the target's policy nor its roles. These activities are retried without end.
 */
export function createRevocationActivities(target: Target) {
  return {
    /**
     * The names under which a subject may have been granted an access. If the issuer's prefix cannot be
     * read, only the requested name is used, and a finding says so.
     */
    async findSubjectNames(given: { readonly subject: Subject }): Promise<SubjectNames> {
      return attempt(
        async ({ signal, number }) => {
          const { subject } = parseRequest(revocationNamesSchema, given);
          try {
            const source = await readIdentitySource(target.cluster, signal);
            const names = namesOf(source, subject);
            return {
              names: names.filter((name) => recordedSubjectSchema.safeParse(name).success),
              findings: [],
            };
          } catch (error) {
            if (!(error instanceof ClusterFailure) || !isFinal(error, number)) throw error;
            const text = `Purser could not read whether an issuer's prefix belongs to ${formatSubject(subject)} (${error.message}): it searched for that exact name only`;
            return { names: [subject], findings: [createFinding('unknown', 'probe', text)] };
          }
        },
        { patience: 'for-ever' },
      );
    },

    /**
     * Finds the bindings in the cluster for one access. To find none is a result, not an error. If the
     * list cannot be read at all, a binding that was found by its name is revoked all the same.
     */
    async findGrants(given: SoughtGrant): Promise<SearchedGrants> {
      return attempt(
        async ({ signal, number }) => {
          const { names, bindings, ...request } = parseRequest(soughtGrantSchema, given);
          const access = parseAccess(request.access);
          const query = { names, access, ...(bindings === undefined ? {} : { bindings }) };
          const { grants, foreign, unlisted } = await findGrants(target.cluster, query, signal);
          // Only a complete search can say that there is none.
          const isSufficient = grants.length > 0 && isFinal(unlisted, number);
          if (unlisted !== undefined && !isSufficient) throw unlisted;
          const isNone = grants.length === 0 && foreign.length === 0;
          return {
            grants: grants.map((grant) => revocable(grant, access)),
            foreign: foreign.map(
              (each) =>
                `${bindingPlace(each.metadata.namespace, each.metadata.name)} ${describeForeign(each)}`,
            ),
            alike: isNone ? await findAlike(target.cluster, query, signal) : [],
            findings: unlisted === undefined ? [] : [describeUnlisted(request.access, unlisted)],
          };
        },
        { patience: 'for-ever' },
      );
    },

    /** Deletes one binding as it was decided; see deleteDecided in src/access/grants/delete.ts. */
    async revokeGrant(given: DeletionOrder): Promise<Deletion> {
      return attempt(
        async ({ signal }) => {
          const { access, decided } = parseRequest(deletionSchema, given);
          const deletion = await deleteDecided(target.cluster, decided, signal);
          target.at(`revoked ${access}`);
          return deletion;
        },
        { patience: 'for-ever' },
      );
    },
  };
}

// Without a response the deletion would fail, too. A temporary failure is retried a few times: if the
// prefix is not known, a grant by the full name is found by the archive only.
function isFinal(failure: ClusterFailure | undefined, attempts: number): boolean {
  if (failure === undefined) return false;
  const { status = 0, failureCause } = failure;
  if (isTooLarge(failure)) return true;
  if (status === 0) return false;
  const mayPass = failureCause === 'server-error' || failureCause === 'rate-limited';
  return !mayPass || attempts >= PREFIX_ATTEMPTS;
}

function describeUnlisted(access: string, { message }: ClusterFailure): Finding {
  const text = `Purser could not list whether ${access} was granted under another name as well (${shown(message, MESSAGE_AT_MOST)}). It revoked the binding of its own name only; revoke again once the list can be read`;
  return createFinding('unknown', 'probe', text);
}

function revocable({ binding, subject }: FoundGrant, access: Access): RevocableGrant {
  const differs = describeDifferences(differencesOf(binding, { subject, access }), { subject });
  return {
    record: grantRecord(binding, access, 'before'),
    decided: decidedOf(binding),
    recordedFor: shown(formatSubject(subject)),
    ...(differs === undefined ? {} : { differs }),
  };
}

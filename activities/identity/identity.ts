import { PurserError } from '../../src/domain/errors.ts';
import { identityOfSchema, identityQuestionSchema } from '../../src/identity/model/request.ts';
import type { IdentityQuestion } from '../../src/identity/model/request.ts';
import { tellFinding } from '../../src/identity/model/provider-check.ts';
import type { IdentityCheck, ProviderFinding } from '../../src/identity/model/provider-check.ts';
import type { Step } from '../../src/domain/step.ts';
import { parseRequest } from '../../src/domain/request.ts';
import type { Subject } from '../../src/domain/subject.ts';
import { READ_PATIENCE_MS } from '../../src/domain/patience.ts';
import { attempt } from '../attempt.ts';
import type { ProviderChecks } from './providers.ts';

export interface CheckedIdentity {
  readonly step: Step;
  readonly findings: readonly string[];
}

const ASKED = { patience: READ_PATIENCE_MS };

export function createIdentityActivities(checks: ProviderChecks) {
  return {
    /**
     * Checks that people can log in at all, and whether this person is known where that can be looked
     * up. A provider that does not work is a finding: another one may do.
     *
     * Throws `IdentityProviderMissing` where there is none: then nobody but kubeadmin can log in.
     */
    async checkIdentityProvider(given: { readonly subject: Subject }): Promise<CheckedIdentity> {
      return attempt(async ({ signal }) => {
        const input = parseRequest(identityOfSchema, given);
        const began = performance.now();
        const { detail, outcome, findings } = await judge(checks, input.subject, signal);
        const durationMs = Math.round(performance.now() - began);
        return { step: { name: 'identity provider', outcome, detail, durationMs }, findings };
      }, checks);
    },

    /**
     * Everything that is found out about the providers, asked anew. Throws `InvalidRequest` for a
     * provider that is not configured.
     */
    async checkIdentity(given: IdentityQuestion): Promise<IdentityCheck> {
      return attempt(async ({ signal }) => {
        const input = parseRequest(identityQuestionSchema, given);
        return checks.run({ ...input, thoroughly: true }, signal);
      }, ASKED);
    },
  };
}

interface Judgement {
  readonly outcome: 'passed' | 'not-applicable';
  readonly detail: string;
  readonly findings: readonly string[];
}

async function judge(
  checks: ProviderChecks,
  subject: Subject,
  signal: AbortSignal,
): Promise<Judgement> {
  if (subject.kind === 'ServiceAccount') {
    const detail = 'a service account logs in without an identity provider';
    return { outcome: 'not-applicable', detail, findings: [] };
  }
  const user = subject.kind === 'User' ? subject.name : undefined;
  const found = await checks.run({ user }, signal);
  if (found.kind === 'absent') {
    return {
      outcome: 'not-applicable',
      detail: 'this cluster has no OpenShift identity configuration (plain Kubernetes?)',
      findings: [
        'no identity provider could be checked: the cluster serves no config.openshift.io',
      ],
    };
  }
  assertSome(found);
  return { outcome: 'passed', detail: describe(found), findings: findingsOf(found) };
}

function assertSome({ kind, providers }: IdentityCheck): void {
  if (kind === 'none') {
    throw new PurserError(
      'IdentityProviderMissing',
      'Authentication/cluster has type None: nobody can log in. Configure an identity provider first',
    );
  }
  if (providers.length > 0) return;
  throw new PurserError(
    'IdentityProviderMissing',
    kind === 'oidc'
      ? 'Authentication/cluster has type OIDC and no provider: nobody can log in. Add one to spec.oidcProviders first (oc edit authentication cluster)'
      : 'OAuth/cluster has no identity provider: nobody but kubeadmin can log in. Add one to spec.identityProviders first (oc edit oauth cluster)',
  );
}

function describe({ kind, providers }: IdentityCheck): string {
  const names = providers.map(({ provider, type, verdict }) =>
    verdict === 'broken' ? `${provider} (${type}, broken)` : `${provider} (${type})`,
  );
  return kind === 'oidc' ? `external issuer: ${names.join(', ')}` : names.join(', ');
}

// A report is about one person: what is merely worth knowing is for `purser identity check`.
function findingsOf({ providers, findings }: IdentityCheck): readonly string[] {
  const all: readonly ProviderFinding[] = [
    ...providers.flatMap((each) => each.findings),
    ...findings,
  ];
  return all.filter(({ weight }) => weight !== 'note').map(tellFinding);
}

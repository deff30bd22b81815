import { createFinding } from '../../src/domain/finding.ts';
import type { Finding } from '../../src/domain/finding.ts';
import { PurserError } from '../../src/domain/errors.ts';
import { identityOfSchema, identityQuestionSchema } from '../../src/identity/model/request.ts';
import type { IdentityQuestion } from '../../src/identity/model/request.ts';
import { asFinding } from '../../src/identity/model/provider-check.ts';
import type { IdentityCheck, ProviderFinding } from '../../src/identity/model/provider-check.ts';
import type { Step } from '../../src/domain/step.ts';
import { parseRequest } from '../../src/domain/request.ts';
import type { Subject } from '../../src/domain/subject.ts';
import { READ_PATIENCE_MS } from '../../src/domain/patience.ts';
import { attempt } from '../attempt.ts';
import type { ProviderChecks } from './providers.ts';

export interface CheckedIdentity {
  readonly step: Step;
  readonly findings: readonly Finding[];
}

const ASKED = { patience: READ_PATIENCE_MS };

export function createIdentityActivities(checks: ProviderChecks) {
  return {
    /**
     * Checks that people can log in at all. It also looks this person up, if the provider allows that. A
     * provider that does not work is a finding: another one may work.
     *
     * Throws `IdentityProviderMissing` if there is no provider: then only kubeadmin can log in.
     */
    async requireIdentityProvider(given: { readonly subject: Subject }): Promise<CheckedIdentity> {
      return attempt(async ({ signal }) => {
        const input = parseRequest(identityOfSchema, given);
        const began = performance.now();
        const { detail, outcome, findings } = await evaluateLogin(checks, input.subject, signal);
        const durationMs = Math.round(performance.now() - began);
        return { step: { name: 'identity provider', outcome, detail, durationMs }, findings };
      }, checks);
    },

    /** Checks all providers anew. Throws `InvalidRequest` for a provider that is not configured. */
    async checkIdentity(given: IdentityQuestion): Promise<IdentityCheck> {
      return attempt(async ({ signal }) => {
        const input = parseRequest(identityQuestionSchema, given);
        return checks.run({ ...input, thoroughly: true }, signal);
      }, ASKED);
    },
  };
}

const NO_CONFIGURATION =
  'no identity provider could be checked: the cluster serves no config.openshift.io';

interface LoginEvaluation {
  readonly outcome: 'passed' | 'not-applicable';
  readonly detail: string;
  readonly findings: readonly Finding[];
}

async function evaluateLogin(
  checks: ProviderChecks,
  subject: Subject,
  signal: AbortSignal,
): Promise<LoginEvaluation> {
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
      findings: [createFinding('unknown', 'configuration', NO_CONFIGURATION)],
    };
  }
  assertSome(found);
  return { outcome: 'passed', detail: describe(found), findings: findingsOf(found) };
}

function assertSome({ kind, providers }: IdentityCheck): void {
  if (kind === 'none') {
    throw new PurserError(
      'IdentityProviderMissing',
      'Authentication/cluster has type None: no user can log in. Configure an identity provider first',
    );
  }
  if (providers.length > 0) return;
  throw new PurserError(
    'IdentityProviderMissing',
    kind === 'oidc'
      ? 'Authentication/cluster has type OIDC and no provider: no user can log in. Add one to spec.oidcProviders first (oc edit authentication cluster)'
      : 'OAuth/cluster has no identity provider: only kubeadmin can log in. Add one to spec.identityProviders first (oc edit oauth cluster)',
  );
}

function describe({ kind, providers }: IdentityCheck): string {
  const names = providers.map(({ provider, type, verdict }) =>
    verdict === 'broken' ? `${provider} (${type}, broken)` : `${provider} (${type})`,
  );
  return kind === 'oidc' ? `external issuer: ${names.join(', ')}` : names.join(', ');
}

// A report is about one person: mere notes belong to `purser identity check`.
function findingsOf({ providers, findings }: IdentityCheck): readonly Finding[] {
  const all: readonly ProviderFinding[] = [
    ...providers.flatMap((each) => each.findings),
    ...findings,
  ];
  return all.filter(({ severity }) => severity !== 'note').map(asFinding);
}

import type { AdmissionRequest } from './request.ts';
import type { Cluster } from '../cluster.ts';
import type { KubeObject } from '../rest/object.ts';
import { ApiError } from '../rest/status.ts';
import { matchesRequest } from './match.ts';
import type { Binding, BoundPolicy, Policy } from './policies.ts';
import { denialsOf } from './validate.ts';
import type { Denial } from './validate.ts';

const CODES: Readonly<Record<string, number>> = {
  Forbidden: 403,
  Unauthorized: 401,
  RequestEntityTooLarge: 413,
  Invalid: 422,
};

/**
 * Does what the ValidatingAdmissionPolicy plugin of the real aggregated servers does with a change
 * (openshift-facts.md 11.2; read in k8s.io/apiserver 0.36.3). The cluster's policies and bindings apply to
 * every caller, also to cluster-admin. Returns the warnings; throws the first refusal. Policies with
 * params are not evaluated: their failurePolicy decides.
 */
export async function admit(
  cluster: Cluster,
  request: AdmissionRequest,
): Promise<readonly string[]> {
  const policies = await cluster.admissionPolicies();
  if (policies.length === 0) {
    return [];
  }
  const { namespace } = request;
  const home = namespace === undefined ? undefined : await cluster.namespace(namespace);
  const warnings: string[] = [];
  for (const { policy, binding, denials } of evaluatePolicies(policies, request, home)) {
    const { validationActions } = binding.spec;
    const who = `ValidatingAdmissionPolicy '${policy.metadata.name}' with binding '${binding.metadata.name}'`;
    const [first] = denials;
    if (first !== undefined && validationActions.includes('Deny')) {
      throw refusal(request, `${who} denied request: ${first.message}`, first.reason);
    }
    if (validationActions.includes('Warn')) {
      warnings.push(...denials.map(({ message }) => `Validation failed for ${who}: ${message}`));
    }
  }
  return warnings;
}

interface PolicyResult {
  readonly policy: Policy;
  readonly binding: Binding;
  readonly denials: readonly Denial[];
}

function* evaluatePolicies(
  policies: readonly BoundPolicy[],
  request: AdmissionRequest,
  namespace: KubeObject | undefined,
): Generator<PolicyResult> {
  for (const { policy, bindings } of policies) {
    if (!matchesRequest(policy.spec.matchConstraints, request, namespace)) continue;
    for (const binding of bindings) {
      if (!matchesRequest(binding.spec.matchResources, request, namespace)) continue;
      const denials = hasParams(policy, binding)
        ? withoutParams(policy)
        : denialsOf(policy, request, namespace);
      yield { policy, binding, denials };
    }
  }
}

function hasParams({ spec }: Policy, binding: Binding): boolean {
  return (spec.paramKind ?? binding.spec.paramRef ?? null) !== null;
}

function withoutParams({ spec }: Policy): readonly Denial[] {
  return spec.failurePolicy === 'Ignore'
    ? []
    : [
        {
          message:
            "failed to configure binding: the sandbox's stand-in evaluates no policy with params",
          reason: 'Invalid',
        },
      ];
}

/** The message says "forbidden" for every reason: dispatcher.go changes only the reason and the code. */
function refusal(
  { subject, name, object }: AdmissionRequest,
  message: string,
  reason: string,
): ApiError {
  const { group, plural } = subject;
  const named = name || object?.metadata.generateName || 'Unknown';
  return new ApiError(
    CODES[reason] ?? 422,
    reason,
    `${plural}.${group} "${named}" is forbidden: ${message}`,
    { name: named, group, kind: plural, causes: [{ message }] },
  );
}

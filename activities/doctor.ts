import { describeFinding } from '../src/domain/finding.ts';
import type { DoctorCheck, Finding } from '../src/domain/finding.ts';
import { REGISTRY_NAMESPACE } from '../src/domain/registry-namespace.ts';
import { unbindableRoles } from '../src/access/bindable.ts';
import { healthPermissions } from '../src/openshift/permissions/health.ts';
import type { Permission } from '../src/openshift/permissions/need.ts';
import { proofPermissions, reviewPermissions } from '../src/openshift/permissions/proof.ts';
import { stepPermissions } from '../src/openshift/permissions/steps.ts';
import { managementState } from '../src/openshift/registry-location.ts';
import { canI } from '../src/kubernetes/reviews.ts';
import { ACCESS_LEVELS, roleOf } from '../src/access/model/access.ts';
import { READ_PATIENCE_MS } from '../src/domain/patience.ts';
import type { Step } from '../src/domain/step.ts';
import type { Registry } from '../src/registry/registry.ts';
import { attempt } from './attempt.ts';
import type { Attempt } from './attempt.ts';
import { createProviderChecks } from './identity/providers.ts';
import { inspectRegistry, openRegistry } from './access/proof/registry.ts';
import { createRecorder } from './access/proof/steps.ts';
import { PROBE_AGENT } from '../src/user-agent.ts';
import type { Target } from './target.ts';

const READ_OPTIONS = { patience: READ_PATIENCE_MS };

export function createDoctorActivities(target: Target) {
  return {
    /** Whether this worker reaches the cluster and the registry, and holds every right it needs. */
    async checkTarget(): Promise<{ readonly checks: readonly DoctorCheck[] }> {
      return attempt(async (now) => {
        const { signal } = now;
        const levels = ACCESS_LEVELS.filter((level) =>
          target.policy.accesses.some((entry) => entry.split(':')[0] === level),
        );
        const needed = stepPermissions({
          roles: levels.map((level) => roleOf({ level }, target.roles)),
          readSecrets: target.readSecrets,
          provision: target.mayProvision,
          reach: target.registry.reach,
          logNamespaces: target.logNamespaces,
        });
        return {
          checks: [
            { name: 'cluster', seen: `${target.cluster.connection.server} answers` },
            await permissions('permissions', target, needed, signal),
            await rolesOfGrants(target, signal),
            await identityProviders(target, signal),
            await registryState(target, signal),
            ...(await registryAnswers(target, now)),
          ],
        };
      }, READ_OPTIONS);
    },

    /** Whether this worker holds the rights of the health checks; called if they have a schedule. */
    async checkHealthRights(): Promise<{ readonly checks: readonly DoctorCheck[] }> {
      return attempt(async ({ signal }) => {
        const needed = healthPermissions(target.health.probe);
        const check = await permissions('permissions of the health checks', target, needed, signal);
        const advice = 'apply deploy/rbac/option-health.yaml; until then the checks are unknown';
        const withAdvice = (finding: Finding) => ({ ...check, finding: { ...finding, advice } });
        return { checks: [check.finding === undefined ? check : withAdvice(check.finding)] };
      }, READ_OPTIONS);
    },
  };
}

export function createProofDoctorActivities(target: Target) {
  return {
    /** Whether the proof's worker holds the rights that its configuration asks it to use. */
    async checkProofRights(): Promise<{ readonly checks: readonly DoctorCheck[] }> {
      return attempt(async ({ signal }) => {
        const tokens = proofPermissions(target.proof);
        const needed = [...reviewPermissions(target.registry.reach), ...tokens];
        const check = await permissions('permissions of the proof', target, needed, signal);
        const off =
          'no tokens: proofs are by review only (proof.mintTokens, proof.serviceAccountTokens)';
        return { checks: [tokens.length === 0 ? withMore(check, off) : check] };
      }, READ_OPTIONS);
    },
  };
}

function withMore({ name, seen, finding }: DoctorCheck, more: string): DoctorCheck {
  return finding === undefined
    ? { name, seen: `${seen}; ${more}` }
    : { name, finding: { ...finding, text: `${finding.text}; ${more}` } };
}

async function permissions(
  name: string,
  { cluster }: Target,
  needed: readonly Permission[],
  signal: AbortSignal,
): Promise<DoctorCheck> {
  const held = await Promise.all(needed.map(({ right }) => canI(cluster, right, signal)));
  const missing = needed.filter((_, index) => !held[index]);
  if (missing.length === 0) return { name, seen: `all ${needed.length} are held` };
  const text = `missing: ${missing.map(describe).join('; ')}`;
  const advice =
    'apply deploy/rbac (kubectl apply -k deploy/rbac) and bind it to the account of this worker';
  return { name, finding: { severity: 'error', cause: 'forbidden', text, advice } };
}

async function rolesOfGrants({ cluster }: Target, signal: AbortSignal): Promise<DoctorCheck> {
  const name = 'roles of grants';
  const missing = await unbindableRoles(cluster, signal);
  if (missing.length === 0) return { name, seen: 'all may be bound still' };
  const roles = missing.map(({ role, where }) =>
    where.length === 0 ? role : `${role} (in ${where.join(', ')})`,
  );
  const text = `granted, but the worker may not bind them any more: ${roles.join('; ')}`;
  const advice =
    'keep `bind` on these roles in deploy/rbac/purser.yaml while grants of them exist: without it Purser cannot change these grants';
  return { name, finding: { severity: 'error', cause: 'forbidden', text, advice } };
}

async function identityProviders(target: Target, signal: AbortSignal): Promise<DoctorCheck> {
  const name = 'identity providers';
  const { kind, providers } = await createProviderChecks(target).run({}, signal);
  if (kind === 'absent') return { name, seen: 'none: this is no OpenShift' };
  if (providers.length === 0) {
    const advice = 'add one to spec.identityProviders (oc edit oauth cluster)';
    const text = 'there is none: only kubeadmin can log in';
    return { name, finding: { severity: 'error', cause: 'configuration', text, advice } };
  }
  const text = providers
    .map(({ provider, type, verdict }) => `${provider} (${type}) ${verdict}`)
    .join(', ');
  const error = providers
    .flatMap(({ findings }) => findings)
    .find(({ severity }) => severity === 'error');
  if (error === undefined) return { name, seen: text };
  const advice = `\`purser identity check --target ${target.name}\` says what is wrong and how to fix it`;
  return { name, finding: { severity: 'error', cause: error.cause, text, advice } };
}

async function registryState({ cluster }: Target, signal: AbortSignal): Promise<DoctorCheck> {
  const name = 'registry';
  const state = await managementState(cluster, signal);
  if (state === undefined) {
    const text = 'there is no configs.imageregistry.operator.openshift.io/cluster';
    const advice =
      'the capability ImageRegistry is absent from this cluster, or it is not OpenShift';
    return { name, finding: { severity: 'error', cause: 'not-found', text, advice } };
  }
  if (state !== 'Removed') return { name, seen: `managementState ${state}` };
  const text = 'managementState Removed: there is no registry';
  const advice =
    'give it storage and set managementState to Managed (oc edit configs.imageregistry cluster)';
  return { name, finding: { severity: 'error', cause: 'configuration', text, advice } };
}

/** Asks /v2/ and /healthz, as the health checks do: TLS alone shows the router, not the registry behind it. */
async function registryAnswers(target: Target, now: Attempt): Promise<readonly DoctorCheck[]> {
  const recorder = createRecorder(now, () => {});
  const { signal } = now;
  let registry: Registry | undefined;
  try {
    const reached = await recorder.run('reach', async () => {
      const opened = await openRegistry(target, PROBE_AGENT, signal);
      registry = opened.registry;
      return inspectRegistry(opened.registry, opened.way, recorder, signal);
    });
    const text = [reached.detail, ...recorder.findings.map(describeFinding)].join('; ');
    const advice = 'see registry.reach, registry.connect and registry.ca in purser.yaml';
    if (registry === undefined || reached.outcome !== 'passed') {
      return [{ name: 'reach', finding: { ...rated(reached), text, advice } }];
    }
    const { origin } = registry;
    const client = registry;
    const [v2, healthz] = [
      await recorder.run('/v2/', async () => {
        const { kind } = await client.challenge(signal);
        return kind === 'open' ? ANONYMOUS_ACCESS : { detail: `${origin}/v2/ asks for a token` };
      }),
      await recorder.run('/healthz', async () => {
        await client.healthz(signal);
        return { detail: `${origin}/healthz answers 200` };
      }),
    ];
    return [{ name: 'reach', seen: text }, checkOf(v2), checkOf(healthz)];
  } finally {
    await registry?.close();
  }
}

const ANONYMOUS_ACCESS = {
  outcome: 'failed',
  cause: 'configuration',
  detail: '/v2/ answers 200 without a token: anonymous clients have access',
} as const;

function checkOf(step: Step): DoctorCheck {
  const { name, outcome, cause, detail } = step;
  if (outcome === 'passed') return { name, seen: detail };
  return { name, finding: { ...rated(step), text: detail, advice: adviceFor(outcome, cause) } };
}

/** A step that could not be tried says nothing about the registry. */
function rated({ outcome, cause = 'probe' }: Step): Pick<Finding, 'severity' | 'cause'> {
  return { severity: outcome === 'failed' ? 'error' : 'unknown', cause };
}

function adviceFor(outcome: Step['outcome'], cause: Step['cause']): string {
  if (outcome !== 'not-tried') {
    return `look at the pods of ${REGISTRY_NAMESPACE}, and at \`purser health check\`, which asks each endpoint and replica`;
  }
  // The registry did not answer: another server did, or Purser could not finish its requests.
  return cause === 'configuration'
    ? 'another server answers there: look at the route and at proxies in front of it, and see registry.reach and registry.connect in purser.yaml'
    : 'this says nothing about the registry: run the doctor again';
}

function describe({ right, for: purpose }: Permission): string {
  const { verb, resource, namespace, name } = right;
  const what = name === undefined ? resource : `${resource}/${name}`;
  return `${verb} ${what}${namespace === undefined ? '' : ` in ${namespace}`} (to ${purpose})`;
}

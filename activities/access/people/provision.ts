import { createFinding } from '../../../src/domain/finding.ts';
import type { Finding } from '../../../src/domain/finding.ts';
import { readIdentitySource } from '../../../src/openshift/identity-config.ts';
import type { ProviderConfig } from '../../../src/openshift/identity-config.ts';
import { provisionLogin, undoProvision } from '../../../src/openshift/users/provision.ts';
import { PurserError } from '../../../src/domain/errors.ts';
import {
  provisionInputSchema,
  undoProvisioningInputSchema,
} from '../../../src/access/model/inputs.ts';
import type { ProvisionInput } from '../../../src/access/model/inputs.ts';
import type { Step } from '../../../src/domain/step.ts';
import { parseRequest } from '../../../src/domain/request.ts';
import { attempt } from '../../attempt.ts';
import type { Target } from '../../target.ts';
import { reportUnanswered } from '../unanswered.ts';
import type { Removal, Unanswered } from '../unanswered.ts';
import { assertPossibleUser } from './look-up.ts';
import { findProviderUser } from './provider-user.ts';

export function createProvisionActivities(target: Target) {
  return {
    /**
     * Makes User, Identity and mapping for a provider with mappingMethod lookup, so that the person can
     * log in. A retry makes nothing twice.
     *
     * Throws `Forbidden` unless `grants.provision` allows it, `NotConfigured` if there is no such
     * provider, `SubjectNotFound` for a name that no User can have, `Conflict` if the Identity belongs to
     * another person, and as {@link findProviderUser} does.
     */
    async provisionUser(
      asked: ProvisionInput,
    ): Promise<{ readonly step: Step; readonly findings: readonly Finding[] } & Unanswered> {
      return reportUnanswered(target, (watched) =>
        attempt(
          ({ signal }) => makeLogin(watched, parseRequest(provisionInputSchema, asked), signal),
          target,
        ),
      );
    },

    /** Deletes the objects of a login that this run made, and nothing else. Resolves to what is gone and what stays. */
    async undoProvisioning(asked: ProvisionInput): Promise<Removal> {
      return attempt(
        async ({ signal, number }) => {
          const input = parseRequest(undoProvisioningInputSchema, asked);
          const madeBy = await target.executions.thisRun();
          const login = { user: input.user, madeBy };
          const { gone, kept } = await undoProvision(target.cluster, login, signal);
          return { removed: gone, kept, attempt: number };
        },
        { patience: 'for-ever' },
      );
    },
  };
}

async function makeLogin(
  target: Target,
  input: ProvisionInput,
  signal: AbortSignal,
): Promise<{ readonly step: Step; readonly findings: readonly Finding[] }> {
  const began = performance.now();
  assertAllowed(target);
  const config = await lookupProvider(target, input.provider, signal);
  const { user } = input;
  assertPossibleUser({ kind: 'User', name: user }, target.name);
  const providerUser = await findProviderUser(target, config, input, signal);
  const madeBy = await target.executions.thisRun();
  const provider = config.name;
  const login = { user, providerUser: providerUser.name, madeBy, provider };
  const made = await provisionLogin(target.cluster, login, signal);
  target.at('login made');
  const isNew = made.length > 0;
  const detail = isNew
    ? `made ${made.join(', ')}`
    : `${provider} knows ${login.providerUser} already`;
  const text = `Purser has mapped ${login.providerUser} at ${provider} to ${user}: check that they are the same person`;
  const finding = createFinding('warning', 'configuration', text);
  const durationMs = Math.round(performance.now() - began);
  return {
    step: { name: 'provision', outcome: 'passed', detail, durationMs },
    findings: isNew ? [finding, ...providerUser.findings] : [],
  };
}

function assertAllowed({ name, mayProvision }: Target): void {
  if (mayProvision) return;
  throw new PurserError(
    'Forbidden',
    `target ${name} makes no logins beforehand (grants.provision is false): the right to do so decides who a login is. ` +
      'Set it to true and apply deploy/rbac/option-provision.yaml, or make User, Identity and mapping with oc',
  );
}

async function lookupProvider(
  target: Target,
  named: string | undefined,
  signal: AbortSignal,
): Promise<ProviderConfig> {
  const all = await lookupProviders(target, signal);
  const [only, ...more] = named === undefined ? all : all.filter(({ name }) => name === named);
  if (only !== undefined && more.length === 0) return only;
  const names = all.map(({ name }) => name);
  const found = names.length === 0 ? 'has none' : `has ${names.join(', ')}`;
  throw new PurserError(
    'NotConfigured',
    named === undefined
      ? `provision needs one identity provider with mappingMethod lookup, and OAuth/cluster ${found}; ${names.length === 0 ? 'with the other methods the first login makes User and Identity by itself: leave --provision out' : 'name one with --provider'}`
      : `provision needs a provider with mappingMethod lookup, and ${named} is none: OAuth/cluster ${found}`,
  );
}

async function lookupProviders(
  { cluster }: Target,
  signal: AbortSignal,
): Promise<readonly ProviderConfig[]> {
  const source = await readIdentitySource(cluster, signal);
  if (source.kind !== 'oauth') return [];
  return source.providers.filter(({ mappingMethod }) => mappingMethod === 'lookup');
}

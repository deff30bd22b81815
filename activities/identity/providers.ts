import { readIdentitySource } from '../../src/openshift/identity-config.ts';
import type { IdentitySource, ProviderConfig } from '../../src/openshift/identity-config.ts';
import { PurserError } from '../../src/domain/errors.ts';
import { verdictOfProvider } from '../../src/identity/model/provider-check.ts';
import type {
  IdentityCheck,
  ProviderCheck,
  ProviderFinding,
} from '../../src/identity/model/provider-check.ts';
import { checkProvider } from '../../src/identity/check.ts';
import { duplicateNames } from '../../src/identity/configuration.ts';
import { createSharedCache } from '../../src/identity/shared-cache.ts';
import type { Target } from '../target.ts';
import {
  clusterName,
  forecastLogin,
  lookUp,
  unusableNameFindings,
  summarizeLookups,
} from './person.ts';
import type { ProviderLookup } from './person.ts';
import { setupOf } from './setup.ts';

const SHARED_FOR_MS = 60_000;

export interface ProviderCheckRequest {
  /** Only this one. */
  readonly provider?: string | undefined;
  /** The person to look up at the providers. */
  readonly user?: string | undefined;
  /**
   * For troubleshooting: checks the providers anew instead of sharing the results of the last minute, and
   * predicts what a login of the person will find on the cluster.
   */
  readonly thoroughly?: boolean;
}

/** The checks of a target's identity providers. */
export interface ProviderChecks {
  /** The target's patience, in milliseconds. */
  readonly patience: number;
  /**
   * Checks the providers side by side. A provider that does not work is a finding; throws
   * `InvalidRequest` for one that is not configured, naming those that are.
   */
  run(asked: ProviderCheckRequest, signal: AbortSignal): Promise<IdentityCheck>;
}

/**
 * The checks of a provider are shared for a minute by all callers, so that a batch of onboardings does not
 * hammer the provider. A change of its configuration is seen at once. A person is looked up each time: that
 * is one search, or one read.
 */
export function createProviderChecks(target: Target): ProviderChecks {
  const shared = createSharedCache<ProviderCheck>(SHARED_FOR_MS);
  const check = (
    config: ProviderConfig,
    { thoroughly }: ProviderCheckRequest,
    signal: AbortSignal,
  ) => {
    const key = JSON.stringify(config);
    if (thoroughly === true) shared.drop(key);
    const make = async () => {
      // The check has a signal of its own: if one caller gives up, the others still wait for it. It ends by
      // its own timeout.
      const own = new AbortController().signal;
      return checkProvider(await setupOf(target, config, own), own);
    };
    return shared.get(key, make, signal);
  };
  return {
    patience: target.patience,
    run: async (asked, signal) => {
      const source = await readIdentitySource(target.cluster, signal);
      const configs = choose(source, asked);
      const [checks, person] = await Promise.all([
        Promise.all(configs.map((config) => check(config, asked, signal))),
        checkPerson(target, { source, configs, asked }, signal),
      ]);
      const all = [...person.findings, ...duplicateNameFindings(configs)];
      return {
        target: target.name,
        kind: source.kind,
        providers: checks.map((each, index) =>
          withPersonFindings(each, all, person.lookups[index]),
        ),
        findings: all.filter(({ provider }) => provider === ''),
        ...(asked.user === undefined ? {} : clusterName(source, asked.user)),
      };
    },
  };
}

function choose(
  source: IdentitySource,
  { provider }: ProviderCheckRequest,
): readonly ProviderConfig[] {
  const all = 'providers' in source ? source.providers : [];
  const chosen = provider === undefined ? all : all.filter(({ name }) => name === provider);
  if (provider === undefined || chosen.length > 0) return chosen;
  const names = all.map(({ name }) => name).join(', ') || 'none';
  throw new PurserError(
    'InvalidRequest',
    `provider: ${JSON.stringify(provider)} is not configured on this cluster; there is: ${names}`,
  );
}

interface PersonLookup {
  readonly source: IdentitySource;
  readonly configs: readonly ProviderConfig[];
  readonly asked: ProviderCheckRequest;
}

interface PersonFindings {
  readonly lookups: readonly ProviderLookup[];
  readonly findings: readonly ProviderFinding[];
}

async function checkPerson(
  target: Target,
  { source, configs, asked }: PersonLookup,
  signal: AbortSignal,
): Promise<PersonFindings> {
  const { user, thoroughly } = asked;
  // An external issuer makes no Users, and cannot be asked about people.
  if (user === undefined || source.kind !== 'oauth') return { lookups: [], findings: [] };
  const looking = lookUp(configs, user, (config) => setupOf(target, config, signal), signal);
  const [lookups, foretold] = await Promise.all([
    looking,
    thoroughly === true ? forecastLogin(target, user, { configs, lookups: looking }, signal) : [],
  ]);
  return {
    lookups,
    findings: [
      ...summarizeLookups(user, lookups),
      ...unusableNameFindings(user, configs),
      ...foretold,
    ],
  };
}

/** One provider with its own findings and those about the person. */
function withPersonFindings(
  check: ProviderCheck,
  all: readonly ProviderFinding[],
  lookup: ProviderLookup | undefined,
): ProviderCheck {
  const own = all.filter(({ provider }) => provider === check.provider);
  const findings = [...check.findings, ...(lookup?.check?.findings ?? []), ...own];
  const seen = [...check.seen, ...(lookup?.check?.seen ?? [])];
  return { ...check, findings, seen, verdict: verdictOfProvider(findings) };
}

function duplicateNameFindings(configs: readonly ProviderConfig[]): readonly ProviderFinding[] {
  return duplicateNames(configs).map((name) => ({
    provider: name,
    type: configs.find((each) => each.name === name)?.type ?? '',
    cause: 'configuration',
    severity: 'error',
    text: `two providers are called ${name}, which OpenShift refuses`,
    advice: 'rename one of them',
  }));
}

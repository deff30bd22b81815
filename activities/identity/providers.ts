import { readConfigValue, readIdentitySource } from '../../src/cluster/identity-config.ts';
import type { IdentitySource, ProviderConfig } from '../../src/cluster/identity-config.ts';
import { PurserError } from '../../src/domain/errors.ts';
import { verdictOfProvider } from '../../src/domain/identity.ts';
import type { IdentityCheck, ProviderCheck, ProviderFinding } from '../../src/domain/identity.ts';
import { canLookUp, checkProvider, findPerson } from '../../src/identity/check.ts';
import { twins } from '../../src/identity/configuration.ts';
import { clusterNameOf } from '../../src/identity/oidc-names.ts';
import { referencesOf } from '../../src/identity/references.ts';
import type { Material, Setup, Sighting } from '../../src/identity/setup.ts';
import { createShared } from '../../src/identity/shared.ts';
import type { Target } from '../target.ts';

const SHARED_FOR_MS = 60_000;

export interface Asked {
  /** Only this one. */
  readonly provider?: string | undefined;
  /** Whether this person is known to the providers. */
  readonly user?: string | undefined;
  /** Asks the providers anew, instead of taking what was found within the last minute. */
  readonly anew?: boolean;
}

/** The checks of a target's identity providers. */
export interface ProviderChecks {
  /**
   * Checks the providers side by side. A provider that does not work is a finding; throws
   * `InvalidRequest` for one that is not configured, naming those that are.
   */
  run(asked: Asked, signal: AbortSignal): Promise<IdentityCheck>;
}

/**
 * What is found out about a provider is shared for a minute, and by all who ask meanwhile, so that a
 * batch of onboardings does not hammer it. A change of its configuration is seen at once. Looking a
 * person up is one search, or one read, and is done each time.
 */
export function createProviderChecks(target: Target): ProviderChecks {
  const shared = createShared<ProviderCheck>(SHARED_FOR_MS);
  const check = (config: ProviderConfig, { anew }: Asked, signal: AbortSignal) => {
    const key = JSON.stringify(config);
    if (anew === true) shared.drop(key);
    const make = async () => {
      // Of nobody's but its own: the others who wait must not be left alone. It ends by itself.
      const own = new AbortController().signal;
      return checkProvider(await setupOf(target, config, own), own);
    };
    return shared.get(key, make, signal);
  };
  return {
    run: async (asked, signal) => {
      const source = await readIdentitySource(target.cluster, signal);
      const configs = choose(source, asked);
      const [checks, sightings] = await Promise.all([
        Promise.all(configs.map((config) => check(config, asked, signal))),
        look(target, { source, configs, asked }, signal),
      ]);
      return {
        target: target.name,
        kind: source.kind,
        providers: checks.map((each, index) => join(each, sightings[index]?.check)),
        findings: [...twinFindings(configs), ...personFindings(asked, sightings)],
        ...clusterName(source, asked),
      };
    },
  };
}

function choose(source: IdentitySource, { provider }: Asked): readonly ProviderConfig[] {
  const all = 'providers' in source ? source.providers : [];
  const chosen = provider === undefined ? all : all.filter(({ name }) => name === provider);
  if (provider === undefined || chosen.length > 0) return chosen;
  const names = all.map(({ name }) => name).join(', ') || 'none';
  throw new PurserError(
    'InvalidRequest',
    `provider: ${JSON.stringify(provider)} is not configured on this cluster; there is: ${names}`,
  );
}

interface Sighted {
  readonly provider: string;
  readonly sighting: Sighting;
  readonly check?: ProviderCheck;
}

async function look(
  target: Target,
  {
    source,
    configs,
    asked,
  }: { source: IdentitySource; configs: readonly ProviderConfig[]; asked: Asked },
  signal: AbortSignal,
): Promise<readonly Sighted[]> {
  const { user } = asked;
  if (user === undefined || source.kind !== 'oauth') return [];
  return Promise.all(
    configs.map(async (config): Promise<Sighted> => {
      const provider = config.name;
      if (!canLookUp(config.type)) return { provider, sighting: 'unknown' };
      const setup = await setupOf(target, config, signal);
      return { provider, ...(await findPerson(setup, user, signal)) };
    }),
  );
}

async function setupOf(
  target: Target,
  provider: ProviderConfig,
  signal: AbortSignal,
): Promise<Setup> {
  const material = await Promise.all(
    referencesOf(provider).map(async (reference): Promise<[string, Material]> => {
      if (reference.kind === 'Secret' && !target.readSecrets) return [reference.field, 'not-read'];
      return [reference.field, await readConfigValue(target.cluster, reference, signal)];
    }),
  );
  return { provider, material: new Map(material), network: {} };
}

function join(check: ProviderCheck, person: ProviderCheck | undefined): ProviderCheck {
  const findings = [...check.findings, ...(person?.findings ?? [])];
  return {
    ...check,
    findings,
    verdict: verdictOfProvider(findings),
    seen: [...check.seen, ...(person?.seen ?? [])],
  };
}

function twinFindings(configs: readonly ProviderConfig[]): readonly ProviderFinding[] {
  return twins(configs).map((name) => ({
    provider: name,
    type: '',
    cause: 'configuration',
    weight: 'broken',
    text: `two providers are called ${name}, which OpenShift refuses`,
    mend: 'rename one of them',
  }));
}

function personFindings(
  { user, provider }: Asked,
  sightings: readonly Sighted[],
): readonly ProviderFinding[] {
  if (user === undefined || sightings.length === 0) return [];
  if (sightings.some(({ sighting }) => sighting === 'found')) return [];
  const unknown = sightings.filter(({ sighting }) => sighting === 'unknown');
  const all = { provider: '', type: '', cause: 'not-found' } as const;
  if (unknown.length === 0) {
    const where = provider ?? 'any of the identity providers';
    return [
      {
        ...all,
        weight: 'broken',
        text: `${user} is not in ${where}: nobody can log in under that name`,
        mend: 'check the spelling, or add the person there',
      },
    ];
  }
  return [
    {
      ...all,
      weight: 'unchecked',
      text: `whether ${user} can log in could not be looked up at ${unknown.map((each) => each.provider).join(', ')}`,
      mend: 'it shows at the first login',
    },
  ];
}

function clusterName(source: IdentitySource, { user }: Asked) {
  const provider = source.kind === 'oidc' ? source.providers[0] : undefined;
  if (provider === undefined || user === undefined) return {};
  const name = clusterNameOf(provider, { kind: 'User', name: user });
  return name === user ? {} : { clusterName: name };
}

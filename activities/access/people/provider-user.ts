import type { ProviderConfig } from '../../../src/openshift/identity-config.ts';
import { createFinding, describeFinding } from '../../../src/domain/finding.ts';
import type { Finding } from '../../../src/domain/finding.ts';
import { PurserError } from '../../../src/domain/errors.ts';
import { assumedIdOf, isNumbered, ownIdOf } from '../../../src/identity/model/identity-names.ts';
import { findPerson } from '../../../src/identity/check.ts';
import { setupOf } from '../../identity/setup.ts';
import type { Target } from '../../target.ts';

/** A provider's name of a person, with findings about how Purser found it. */
export interface ProviderUser {
  readonly name: string;
  readonly findings: readonly Finding[];
}

interface ProviderUserQuery {
  readonly user: string;
  readonly providerUser?: string | undefined;
}

/**
 * The name that OpenShift will give the person's Identity: for some types the login name, for LDAP an
 * attribute that only the directory knows, for others an id that only the provider knows.
 *
 * Throws `InvalidRequest` if `--provider-user` is needed, or differs from the directory's name of the
 * person; `SubjectNotFound` if the directory does not know the person; and `NotConfigured` if the
 * directory does not let them log in.
 */
export async function findProviderUser(
  target: Target,
  config: ProviderConfig,
  query: ProviderUserQuery,
  signal: AbortSignal,
): Promise<ProviderUser> {
  const { name: provider, type } = config;
  if (query.providerUser !== undefined) {
    const name = validated(query.providerUser, config);
    const findings =
      type === 'LDAP' ? await compareWithDirectory(target, config, { ...query, name }, signal) : [];
    return { name, findings };
  }
  if (type === 'LDAP') return askDirectory(target, config, query.user, signal);
  const id = ownIdOf(type);
  if (id !== undefined)
    throw providerUserRequired(config, `by ${id}, which only ${provider} knows`);
  const assumed = assumedIdOf(type);
  if (assumed === undefined) return { name: query.user, findings: [] };
  const text = `OpenShift names the people of ${provider} (${type}) by ${assumed}. Purser assumed that it is ${query.user}; if not, the login is refused until --provider-user names it`;
  return { name: query.user, findings: [createFinding('warning', 'configuration', text)] };
}

async function askDirectory(
  target: Target,
  config: ProviderConfig,
  user: string,
  signal: AbortSignal,
): Promise<ProviderUser> {
  const { name: provider, type } = config;
  const setup = await setupOf(target, config, signal);
  const { status, loginNames, check } = await findPerson(setup, user, signal);
  if (loginNames !== undefined) return { name: loginNames.providerUser, findings: [] };
  if (status === 'absent') {
    throw new PurserError(
      'SubjectNotFound',
      `${user} is not known to ${provider}, so they cannot log in there; check the spelling, or add the person there`,
    );
  }
  const failure = check.findings.find(({ severity }) => severity === 'error');
  if (failure !== undefined) {
    throw new PurserError('NotConfigured', `${provider}: ${describeFinding(failure)}`);
  }
  const why = target.readSecrets
    ? `\`purser identity check --provider ${provider}\` says why`
    : 'identity.readSecrets of the target lets Purser read the password that it needs for that';
  throw providerUserRequired(
    config,
    `by ${ownIdOf(type)}, and the directory could not be asked (${why})`,
  );
}

/** Compares a given name with the directory. If the directory knows the person, the name must be theirs. */
async function compareWithDirectory(
  target: Target,
  config: ProviderConfig,
  { user, name }: { readonly user: string; readonly name: string },
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { name: provider, type } = config;
  const { loginNames } = await findPerson(await setupOf(target, config, signal), user, signal);
  if (loginNames === undefined) {
    const text = `Purser could not ask the directory whether OpenShift names ${user} at ${provider} (${type}) by ${name}: if not, the login is refused`;
    return [createFinding('unknown', 'probe', text)];
  }
  if (loginNames.providerUser === name) return [];
  throw new PurserError(
    'InvalidRequest',
    `--provider-user: ${JSON.stringify(name)} is not the name that OpenShift uses for ${user} at ${provider} (${type}). That is ${loginNames.providerUser}: leave --provider-user out, or name the person it belongs to`,
  );
}

function providerUserRequired({ name, type }: ProviderConfig, why: string): PurserError {
  return new PurserError(
    'InvalidRequest',
    `--provision at ${name} (${type}) needs --provider-user: OpenShift names an Identity there ${why}`,
  );
}

// OpenShift codes the directory's value in base64url, as Go writes it. A distinguished name, or any other
// value as it is in the directory, is therefore never the name of an Identity.
function validated(providerUser: string, { name, type }: ProviderConfig): string {
  if (isNumbered(type) && !/^[1-9]\d{0,18}$/.test(providerUser)) {
    throw new PurserError(
      'InvalidRequest',
      `--provider-user: at ${name} (${type}) OpenShift names an Identity by ${ownIdOf(type)}, and ${JSON.stringify(providerUser)} is none: write its digits`,
    );
  }
  const bytes = Buffer.from(providerUser, 'base64url');
  if (type !== 'LDAP' || bytes.toString('base64url') === providerUser) return providerUser;
  const coded = Buffer.from(providerUser).toString('base64url');
  throw new PurserError(
    'InvalidRequest',
    `--provider-user: at ${name} (${type}) OpenShift names an Identity by ${ownIdOf(type)}; if ${JSON.stringify(providerUser)} is the value of that attribute, write ${coded}`,
  );
}

import type { Connect } from '../net/dial.ts';
import type { Notes } from './notes.ts';

/** One entry of `identityProviders` (or `oidcProviders`), its type's own block beside these. */
export interface Provider {
  readonly name: string;
  readonly type: string;
  readonly mappingMethod?: string | undefined;
}

/**
 * What a provider refers to in openshift-config, as it was read. `not-read`: Purser was told not to
 * (`identity.readSecrets`).
 */
export type Material =
  { readonly found: string } | 'missing' | 'forbidden' | 'no-such-key' | 'not-read';

/** A reference out of a provider's block, and where it leads. */
export interface Reference {
  /** Its dotted path in the provider: `ldap.bindPassword`. */
  readonly field: string;
  readonly kind: 'Secret' | 'ConfigMap';
  /** The object's name in openshift-config. */
  readonly object: string;
  readonly key: string;
}

/** How the world is looked at; empty for a worker. Tests bring names and roots of their own. */
export interface Network {
  /** Where to connect instead of resolving an address's name. */
  readonly connect?: (url: URL) => Connect | undefined;
  /** PEM certificates that are trusted, beside the system's, where a provider has no CA of its own. */
  readonly roots?: string;
}

/** All that a check is given. */
export interface Setup {
  readonly provider: Provider;
  /** By the reference's field. */
  readonly material: ReadonlyMap<string, Material>;
  readonly network: Network;
}

/**
 * Whether a person is known to a provider. `unknown`: it can only be told by logging in, or could
 * not be looked up.
 */
export type LookupStatus = 'found' | 'absent' | 'unknown';

/** What OpenShift will make of a login, where that can be known beforehand (openshift-facts.md 4.2, 11.3). */
export interface LoginNames {
  /** What the provider calls the person: the Identity is `<provider>:<providerUser>`. */
  readonly providerUser: string;
  /** The User's name, if the provider makes or claims one. */
  readonly user: string;
}

/** Whether a person is known, and if so, and if that can be read, what they are called. */
export interface LookupResult {
  readonly status: LookupStatus;
  readonly loginNames?: LoginNames;
}

/** The checks of one type of provider. They write down what they find, and throw nothing. */
export interface ProviderType {
  check(setup: Setup, notes: Notes, signal: AbortSignal): Promise<void>;
  /** Looks a person up, where that can be done without their password. */
  find?(of: PersonQuery, notes: Notes, signal: AbortSignal): Promise<LookupResult>;
}

/** Whom to look up, and where. */
export interface PersonQuery {
  readonly setup: Setup;
  readonly name: string;
}

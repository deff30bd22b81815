import type { Connect } from '../net/dial.ts';
import type { Notes } from './notes.ts';

/** One entry of `identityProviders` (or `oidcProviders`), its type's own block beside these. */
export interface Provider {
  readonly name: string;
  readonly type: string;
  readonly mappingMethod?: string | undefined;
}

/**
 * A value in openshift-config that a provider refers to, as it was read. `not-read`: the configuration does
 * not allow it (`identity.readSecrets`).
 */
export type Material =
  { readonly found: string } | 'missing' | 'forbidden' | 'no-such-key' | 'not-read';

/** A reference in a provider's block, and the object that it names. */
export interface Reference {
  /** Its dotted path in the provider: `ldap.bindPassword`. */
  readonly field: string;
  readonly kind: 'Secret' | 'ConfigMap';
  /** The object's name in openshift-config. */
  readonly object: string;
  readonly key: string;
}

/** How connections are made: empty for a worker. Tests bring addresses and roots of their own. */
export interface Network {
  /** Gives the address to connect to, instead of resolving the name. */
  readonly connect?: (url: URL) => Connect | undefined;
  /** PEM certificates to trust beside the system's roots, for a provider without a CA of its own. */
  readonly roots?: string;
}

/** The input of a check. */
export interface Setup {
  readonly provider: Provider;
  /** By the reference's field. */
  readonly material: ReadonlyMap<string, Material>;
  readonly network: Network;
}

/** Whether a person is known to a provider. `unknown`: only a login can tell, or the lookup failed. */
export type LookupStatus = 'found' | 'absent' | 'unknown';

/** The names that a login will get, if they can be known in advance (openshift-facts.md 4.2, 11.3). */
export interface LoginNames {
  /** What the provider calls the person: the Identity is `<provider>:<providerUser>`. */
  readonly providerUser: string;
  /** The User's name, if the provider makes or claims one. */
  readonly user: string;
}

/** Whether a person is known, and under which names, if these can be read. */
export interface LookupResult {
  readonly status: LookupStatus;
  readonly loginNames?: LoginNames;
}

/** The checks of one type of provider. They write down findings, and throw nothing. */
export interface ProviderType {
  check(setup: Setup, notes: Notes, signal: AbortSignal): Promise<void>;
  /** Looks a person up, for types that can do so without the person's password. */
  find?(of: PersonQuery, notes: Notes, signal: AbortSignal): Promise<LookupResult>;
}

/** The person to look up, and the provider to ask. */
export interface PersonQuery {
  readonly setup: Setup;
  readonly name: string;
}

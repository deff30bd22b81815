import { abortable } from '../net/dial.ts';
import { verdictOfProvider } from './model/provider-check.ts';
import type { ProviderCheck } from './model/provider-check.ts';
import { createNotes } from './notes.ts';
import type { Notes } from './notes.ts';
import { noteConfiguration } from './configuration.ts';
import type { LookupResult, ProviderType, Setup } from './setup.ts';
import { basicAuth } from './types/basic-auth.ts';
import { github } from './types/github.ts';
import { gitlab } from './types/gitlab.ts';
import { google } from './types/google.ts';
import { htpasswd } from './types/htpasswd.ts';
import { keystone } from './types/keystone.ts';
import { ldap } from './types/ldap.ts';
import { oidc } from './types/oidc.ts';
import { openid } from './types/openid.ts';
import { requestHeader } from './types/request-header.ts';

const WITHIN_MS = 10_000;

const TYPES: Readonly<Record<string, ProviderType>> = {
  BasicAuth: basicAuth,
  GitHub: github,
  GitLab: gitlab,
  Google: google,
  HTPasswd: htpasswd,
  Keystone: keystone,
  LDAP: ldap,
  OIDC: oidc,
  OpenID: openid,
  RequestHeader: requestHeader,
};

/**
 * Checks one provider, within 10 s. Problems become findings. The only error it throws is the reason of
 * `signal`.
 */
export async function checkProvider(
  setup: Setup,
  signal: AbortSignal,
  withinMs = WITHIN_MS,
): Promise<ProviderCheck> {
  const { provider } = setup;
  const notes = createNotes(provider, secretsOf(setup));
  noteConfiguration(provider, notes);
  const type = typeOf(setup);
  if (type !== undefined) {
    await limited(notes, { signal, withinMs }, (ends) => type.check(setup, notes, ends));
  }
  return checkOf(setup, notes);
}

/** Whether a type's people can be looked up without their password. */
export function canLookUp(type: string): boolean {
  return Object.hasOwn(TYPES, type) && TYPES[type]?.find !== undefined;
}

/** Looks a person up at one provider, within 10 s. The status is `unknown` if only a login could tell. */
export async function findPerson(
  setup: Setup,
  name: string,
  signal: AbortSignal,
): Promise<LookupResult & { readonly check: ProviderCheck }> {
  const notes = createNotes(setup.provider, secretsOf(setup));
  const type = typeOf(setup);
  const found = await limited(notes, { signal, withinMs: WITHIN_MS }, async (ends) =>
    type?.find?.({ setup, name }, notes, ends),
  );
  return { ...(found ?? { status: 'unknown' }), check: checkOf(setup, notes) };
}

function typeOf({ provider }: Setup): ProviderType | undefined {
  return Object.hasOwn(TYPES, provider.type) ? TYPES[provider.type] : undefined;
}

function checkOf({ provider }: Setup, { findings, seen }: Notes): ProviderCheck {
  const verdict = verdictOfProvider(findings);
  // Copies: a check that timed out may still add findings.
  const copies = { findings: [...findings], seen: [...seen] };
  return { provider: provider.name, type: provider.type, verdict, ...copies };
}

interface Limit {
  readonly signal: AbortSignal;
  readonly withinMs: number;
}

async function limited<T>(
  notes: Notes,
  { signal, withinMs }: Limit,
  act: (ends: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const ends = AbortSignal.any([signal, AbortSignal.timeout(withinMs)]);
  try {
    return await abortable(act(ends), ends);
  } catch (error) {
    signal.throwIfAborted();
    if (!ends.aborted) throw error;
    notes.warn(
      'timeout',
      `the check timed out after ${withinMs / 1000} s`,
      'the server is slow, as seen from the worker: look at it, and try again',
    );
    return undefined;
  }
}

/** All secrets that must never be in a finding: a server's answer may quote one. */
function secretsOf({ material }: Setup): readonly string[] {
  return [...material].flatMap(([field, each]) =>
    typeof each === 'object' && !/\bca$|Authority$/i.test(field)
      ? [each.found, each.found.trim()]
      : [],
  );
}

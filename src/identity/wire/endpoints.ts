import type { Notes } from '../notes.ts';
import { askOnce, shownAddress, redirectOf } from './ask.ts';
import { documentOf, noteFlows, wellKnownOf } from './discovery.ts';
import type { DiscoveryResult } from './discovery.ts';
import { readHttps } from './https.ts';
import { quoted } from './peer.ts';
import type { Peer } from './peer.ts';

/**
 * The addresses that OpenShift reads from the document, and whether they may be missing (openshift-facts.md
 * 11.3).
 */
const ENDPOINTS = [
  { field: 'authorization_endpoint', isOptional: false },
  { field: 'token_endpoint', isOptional: false },
  { field: 'userinfo_endpoint', isOptional: true },
] as const;

/**
 * Reads an issuer's discovery document as OpenShift's operator does for the type OpenID. It follows no
 * redirect, and reads only the addresses of authorization, token and userinfo. Each must be https and
 * without a fragment. It does not compare the issuer, because some issuers use a template there
 * (`{tenantid}`). It does not read the keys. No client secret is sent anywhere.
 */
export async function readEndpoints(
  peer: Peer,
  issuer: string,
  notes: Notes,
  signal: AbortSignal,
): Promise<DiscoveryResult | undefined> {
  const at = wellKnownOf(issuer);
  const answer = await askOnce(peer, at, notes, signal);
  if (answer === undefined) return undefined;
  const there = redirectOf(answer, at);
  if (there !== undefined) {
    const where =
      there.origin === at.origin ? shownAddress(there) : `another server, ${there.origin}`;
    notes.broken(
      'configuration',
      `${shownAddress(at)} redirects to ${where}, and OpenShift follows no redirect there`,
      'configure the issuer whose discovery document answers itself',
    );
    return undefined;
  }
  const document = documentOf(answer, at, notes);
  if (document === undefined) return undefined;
  if (document['issuer'] === issuer) notes.see('issuer equal to the letter');
  for (const { field, isOptional } of ENDPOINTS) {
    noteEndpoint({ field, isOptional, value: document[field] ?? '' }, notes);
  }
  // OpenShift reads neither list, and an issuer may do more than it lists.
  noteFlows(document, notes, 'warn');
  return { document };
}

interface Endpoint {
  readonly field: string;
  readonly isOptional: boolean;
  readonly value: unknown;
}

function noteEndpoint({ field, isOptional, value }: Endpoint, notes: Notes): void {
  if (value === '' && isOptional) return;
  const wrong = endpointProblem(value);
  if (wrong === undefined) return;
  notes.broken(
    'configuration',
    `the discovery document has no https address as ${field}${wrong}`,
    'have the issuer publish one by https and without a fragment: OpenShift takes no other',
  );
}

function endpointProblem(value: unknown): string | undefined {
  if (value === '') return '';
  const shown = `: ${typeof value === 'string' ? quoted(value) : JSON.stringify(value)}`;
  const url = typeof value === 'string' ? readHttps(value) : null;
  if (url === null) return shown;
  return url.hash === '' ? undefined : `${shown} has a fragment`;
}

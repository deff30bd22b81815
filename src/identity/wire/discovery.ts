import type { Notes } from '../notes.ts';
import { ask, jsonOf, shownAddress } from './ask.ts';
import type { ServerResponse } from './ask.ts';
import { readHttps } from './https.ts';
import type { Peer } from './peer.ts';

export interface DiscoveryResult {
  readonly document: Readonly<Record<string, unknown>>;
}

const WELL_KNOWN = '/.well-known/openid-configuration';

/**
 * Reads an issuer's discovery document and its keys, by the rules for clients that verify tokens (for an
 * external issuer: the API server). The issuer must be equal to the letter (OpenID Connect Discovery 1.0,
 * 4.3), the keys must load, and the authorization code flow must be offered. No client secret is sent
 * anywhere. For the type OpenID, OpenShift has rules of its own: see `readEndpoints` (endpoints.ts).
 */
export async function discover(
  peer: Peer,
  issuer: string,
  notes: Notes,
  signal: AbortSignal,
): Promise<DiscoveryResult | undefined> {
  return readDocument({ peer, issuer, at: wellKnownOf(issuer) }, notes, signal);
}

/** The address of the document, and its expected issuer. */
interface DocumentLocation {
  readonly peer: Peer;
  readonly issuer: string;
  readonly at: URL;
}

/** The address of an issuer's discovery document. */
export function wellKnownOf(issuer: string): URL {
  return new URL(`${issuer.replace(/\/+$/, '')}${WELL_KNOWN}`);
}

/** {@link discover}, for a document at an address of its own. */
export async function readDocument(
  { peer, issuer, at }: DocumentLocation,
  notes: Notes,
  signal: AbortSignal,
): Promise<DiscoveryResult | undefined> {
  const answer = await ask(peer, at, notes, signal);
  const document = answer === undefined ? undefined : documentOf(answer, at, notes);
  if (document === undefined) return undefined;
  if (document['issuer'] === issuer) notes.see('issuer equal to the letter');
  else {
    notes.broken(
      'configuration',
      `the discovery document names another issuer: ${JSON.stringify(document['issuer'])}, configured is ${JSON.stringify(issuer)}`,
      'configure it to the letter as the document has it (a "/" at the end counts)',
    );
  }
  for (const field of ['authorization_endpoint', 'token_endpoint']) {
    if (readHttps(String(document[field])) !== null) continue;
    notes.broken(
      'configuration',
      `the discovery document has no https address as ${field}`,
      'have the issuer publish one',
    );
  }
  if (document['response_types_supported'] === undefined) noteNoCode('none named', notes);
  noteFlows(document, notes);
  await loadKeys(peer, document, notes, signal);
  return { document };
}

/** The discovery document in an answer. Undefined, with a note, if there is none. */
export function documentOf(
  answer: ServerResponse,
  at: URL,
  notes: Notes,
): DiscoveryResult['document'] | undefined {
  if (answer.status === 200) return jsonOf(answer, shownAddress(at), notes);
  notes.broken(
    answer.status === 404 ? 'not-found' : 'configuration',
    `${shownAddress(at)} answers ${answer.status}`,
    'check the issuer: its discovery document must be there',
  );
  return undefined;
}

/** The severity of a missing flow. If the client reads the lists, it refuses the issuer: `broken`. */
type NoteKind = 'broken' | 'warn';

function noteNoCode(offered: string, notes: Notes, kind: NoteKind = 'broken'): void {
  notes[kind](
    'configuration',
    `response type code is not offered (${offered})`,
    'switch the authorization code flow on for this client',
  );
}

/** Notes whether a document that lists flows lists the one by code, which OpenShift uses. */
export function noteFlows(
  document: DiscoveryResult['document'],
  notes: Notes,
  kind: NoteKind = 'broken',
): void {
  const types = textsOf(document['response_types_supported']);
  if (types?.includes('code') === true) notes.see('authorization code flow offered');
  else if (types !== undefined) noteNoCode(types.join(', ') || 'none named', notes, kind);
  const grants = textsOf(document['grant_types_supported']);
  if (grants !== undefined && !grants.includes('authorization_code')) {
    notes[kind](
      'configuration',
      `grant type authorization_code is not offered (${grants.join(', ')})`,
      'switch it on at the issuer',
    );
  }
}

async function loadKeys(
  peer: Peer,
  document: Readonly<Record<string, unknown>>,
  notes: Notes,
  signal: AbortSignal,
): Promise<void> {
  const at = readHttps(String(document['jwks_uri']));
  if (at === null) {
    notes.broken(
      'configuration',
      'the discovery document has no https jwks_uri',
      'publish the keys',
    );
    return;
  }
  // Google keeps its keys on another host than the issuer. The request tells that host nothing else.
  const isOwn = at.origin === peer.destination.url.origin;
  const answer = await ask(isOwn ? peer : peer.elsewhere(at), at, notes, signal);
  if (answer === undefined) return;
  const keys =
    answer.status === 200 ? jsonOf(answer, shownAddress(at), notes)?.['keys'] : undefined;
  const count = Array.isArray(keys) ? keys.filter(isSigning).length : 0;
  if (count > 0) notes.see(`${count} signing keys load`);
  else {
    notes.broken(
      'configuration',
      `${shownAddress(at)} answers ${answer.status} and holds no signing key`,
      'have the issuer publish its keys (JWKS)',
    );
  }
}

function isSigning(key: unknown): boolean {
  return (
    typeof key === 'object' &&
    key !== null &&
    'kty' in key &&
    (!('use' in key) || key.use === 'sig')
  );
}

/** The texts of a list; undefined if the value is no list. */
export function textsOf(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : undefined;
}

import { CERTIFICATE_ADVICE, TLS_ADVICE } from '../../domain/wire/certificate-flaw.ts';
import { inspectConnection } from '../../net/inspect.ts';
import type { TlsFacts } from '../../net/inspect.ts';
import { explainNoResponse } from '../../net/no-response.ts';
import type { NoResponse } from '../../net/no-response.ts';
import { DAYS_SOON } from '../material.ts';
import type { Notes } from '../notes.ts';
import type { Peer } from './peer.ts';

const CONNECT_WITHIN_MS = 5_000;

/**
 * Checks the connection to a server: name, TCP, TLS and the lifetime of its certificate. Nothing is sent.
 * Resolves to whether requests are possible. The notes describe the worker's view. The OAuth server may
 * have another one: another proxy, other network policies.
 */
export async function reach(peer: Peer, notes: Notes, signal: AbortSignal): Promise<boolean> {
  const { tls, error } = await inspectConnection(peer.destination, CONNECT_WITHIN_MS, signal);
  if (error !== undefined) {
    noteNoResponse(peer, error, notes);
    return false;
  }
  noteTls(peer, tls, notes);
  return true;
}

/** Notes how long the certificate of a server is valid. */
export function noteTls({ destination }: Peer, tls: TlsFacts | undefined, notes: Notes): void {
  const { host } = destination.url;
  if (tls === undefined) return;
  if (tls.weakKey !== undefined) {
    notes.note(
      `the certificate of ${host}: ${tls.weakKey}, which the OAuth server takes and newer OpenSSL does not`,
      'have it made anew with RSA 2048 or P-256 at least',
    );
  }
  if (tls.daysLeft < DAYS_SOON) {
    notes.warn('tls', `the certificate of ${host} ends in ${tls.daysLeft} days`, 'have it renewed');
  } else notes.see(`${host} answers, certificate good for ${tls.daysLeft} days`);
}

/** Notes why there was no connection or no answer. */
export function noteNoResponse(peer: Peer, error: unknown, notes: Notes): void {
  const noResponse = explainNoResponse(error);
  const { host } = peer.destination.url;
  if (noResponse.flaw !== undefined) return noteFlaw(peer, noResponse, notes);
  if (noResponse.cause === 'configuration') {
    notes.broken('configuration', `${host} does not speak HTTP`, 'check host and port');
    return;
  }
  notes.warn(
    'probe',
    `as seen from the worker, ${host} gives no answer (${noResponse.cause}: ${noResponse.text})`,
    'check name, port and firewall; the OAuth server may reach it although this worker does not (proxy, NetworkPolicy): oc logs -n openshift-authentication deployment/oauth-openshift',
  );
}

function noteFlaw(peer: Peer, { flaw, text }: NoResponse, notes: Notes): void {
  const problem = `as seen from the worker, ${peer.destination.url.host}: ${text}`;
  switch (flaw) {
    case 'expired':
      notes.broken('tls', problem, 'have the certificate of the server renewed');
      return;
    case 'other-name':
      notes.broken('tls', problem, 'name the server as its certificate does');
      return;
    case 'not-yet-valid':
      notes.warn('tls', problem, 'check the clocks of both');
      return;
    case 'unknown-issuer':
      noteIssuer(peer, problem, notes);
      return;
    case 'no-names':
    case 'weak':
    case 'wrong-purpose':
      notes.broken('tls', problem, CERTIFICATE_ADVICE[flaw]);
      return;
    default:
      if (peer.lacksClient) {
        notes.unchecked(
          problem,
          'it may want the client certificate, which identity.readSecrets lets Purser read',
        );
      } else if (flaw === 'unfit') notes.broken('tls', problem, CERTIFICATE_ADVICE[flaw]);
      else notes.broken('tls', problem, TLS_ADVICE);
  }
}

function noteIssuer({ trust, caField }: Peer, problem: string, notes: Notes): void {
  if (trust === 'own') {
    notes.broken('tls', problem, `put the CA that signed it into the ConfigMap of ${caField}`);
  } else if (trust === 'unknown') {
    notes.unchecked(`${problem}; ${caField} could not be read`, '');
  } else {
    const named = caField === undefined ? "the cluster's trusted CAs" : caField;
    notes.warn('tls', `${problem}; no CA of its own is configured`, `name its CA in ${named}`);
  }
}

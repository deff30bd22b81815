import { createPrivateKey } from 'node:crypto';
import type { X509Certificate } from 'node:crypto';
import { createSecureContext, getCACertificates } from 'node:tls';
import type { SecureContext } from 'node:tls';
import { AS_GO_TRUSTS } from '../../net/certificate.ts';
import { trust } from '../../net/dial.ts';
import type { Destination } from '../../net/dial.ts';
import { trustedBundle } from '../../net/pool.ts';
import { readCertificates, readMaterial } from '../material.ts';
import type { Notes } from '../notes.ts';
import { referencesOf } from '../references.ts';
import type { Network, Setup } from '../setup.ts';
import { readHttps } from './https.ts';

/**
 * The server, and the CA that its certificate is checked with. `own`: only the provider's CA, as in the
 * OAuth server. `system`: the roots of the system. `unknown`: the configured CA could not be read, so the
 * issuer cannot be checked.
 */
export interface Peer {
  readonly destination: Destination;
  readonly trust: 'own' | 'system' | 'unknown';
  /** The field of the CA, for the advice in a finding. */
  readonly caField: string | undefined;
  /** The same trust, without the client certificate, for another server that this one refers to. */
  readonly elsewhere: (url: URL) => Peer;
  /** Whether the configured client certificate could not be read: the server may require it. */
  readonly lacksClient: boolean;
}

/** The fields of a provider that configure the connection to its server. */
export interface PeerFields {
  /** Of the address, for messages. */
  readonly address: string;
  readonly ca?: string;
  readonly clientCert?: string;
  readonly clientKey?: string;
}

/** An https address. Undefined, with a note on the reason, if OpenShift could not read it. */
export function parseAddress(text: string, field: string, notes: Notes): URL | undefined {
  const url = readHttps(text);
  if (url === null) {
    notes.broken(
      'configuration',
      `${field} is no https address: ${quoted(text)}`,
      'write it as https://host[:port]/path',
    );
    return undefined;
  }
  if (url.username === '' && url.password === '') return url;
  notes.broken('configuration', `${field} holds a user name or a password`, 'take it out');
  return undefined;
}

/** Notes a query or a fragment in an issuer's address: OpenShift and the API server refuse both. */
export function noteExtras({ search, hash }: URL, field: string, notes: Notes): void {
  if (search === '' && hash === '') return;
  notes.broken('configuration', `${field} has a query or a fragment`, 'take it out');
}

/**
 * An address as a message quotes it: without the part before the last `@`, which may be a password. A
 * password may hold a `/`, so a `/` does not end that part.
 */
export function quoted(address: string): string {
  return JSON.stringify(address.replace(/^([a-z][a-z0-9+.-]*:\/*)?.*@/is, '$1…@'));
}

/** Builds the connection settings of a server, and notes problems of its CA or client certificate. */
export function makePeer(setup: Setup, url: URL, fields: PeerFields, notes: Notes): Peer {
  const { network } = setup;
  const ca = readCa(setup, fields.ca, notes);
  const client = readClient(setup, fields, notes);
  const at = (there: URL, pair: Client['pair']): Peer => ({
    destination: {
      url: there,
      connect: network.connect?.(there),
      context:
        ca.pem === undefined && pair === undefined
          ? trust(network.roots)
          : contextOf(ca.pem, pair, network),
    },
    trust: ca.trust,
    caField: fields.ca,
    lacksClient: client.isUnread,
    elsewhere: (other) => at(other, undefined),
  });
  return at(url, client.pair);
}

interface Trust {
  readonly trust: Peer['trust'];
  readonly pem?: string;
}

function readCa(setup: Setup, field: string | undefined, notes: Notes): Trust {
  const isNamed = referencesOf(setup.provider).some((each) => each.field === field);
  if (field === undefined || !isNamed) return { trust: 'system' };
  const text = readMaterial(setup, field, notes);
  const good = text === undefined ? [] : readCertificates(text, { field, are: 'pool' }, notes);
  if (good.length === 0) return { trust: 'unknown' };
  return { trust: 'own', pem: trustedBundle(good.map(String).join('')) };
}

interface Client {
  readonly pair?: { readonly cert: string; readonly key: string };
  readonly isUnread: boolean;
}

function readClient(setup: Setup, { clientCert, clientKey }: PeerFields, notes: Notes): Client {
  if (clientCert === undefined || clientKey === undefined) return { isUnread: false };
  const named = new Set(referencesOf(setup.provider).map(({ field }) => field));
  const count = [clientCert, clientKey].filter((field) => named.has(field)).length;
  if (count === 0) return { isUnread: false };
  if (count === 1) {
    notes.broken(
      'configuration',
      `of ${clientCert} and ${clientKey} only one is set`,
      'set both, or neither',
    );
    return { isUnread: false };
  }
  const cert = readMaterial(setup, clientCert, notes);
  const key = readMaterial(setup, clientKey, notes);
  if (cert === undefined || key === undefined) return { isUnread: true };
  const [own] = readCertificates(cert, { field: clientCert, are: 'chain' }, notes);
  if (own === undefined) return { isUnread: true };
  if (!matchesKey(own, key)) {
    notes.broken(
      'configuration',
      `${clientKey} is no key, or not that of the certificate in ${clientCert}`,
      'store the certificate and the key that belong together',
    );
    return { isUnread: true };
  }
  notes.see(`client certificate good until ${new Date(own.validTo).toISOString().slice(0, 10)}`);
  return { pair: { cert, key }, isUnread: false };
}

function matchesKey(certificate: X509Certificate, key: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

// The OAuth server trusts a provider's CA instead of the system's roots, not in addition to them.
function contextOf(
  ca: string | undefined,
  pair: Client['pair'],
  { roots }: Network,
): SecureContext {
  const system = [...getCACertificates('default'), ...(roots === undefined ? [] : [roots])];
  return createSecureContext({ ...AS_GO_TRUSTS, ca: ca === undefined ? system : [ca], ...pair });
}

import { textAt, textsAt, fieldValueAt } from '../provider-fields.ts';
import type { ProviderType } from '../setup.ts';
import { discover, readDocument } from '../wire/discovery.ts';
import { makePeer, noteExtras, parseAddress } from '../wire/peer.ts';
import { reach } from '../wire/reach.ts';
import type { Notes } from '../notes.ts';

/**
 * An external issuer of Authentication/cluster (type OIDC): the API server itself checks its tokens,
 * there is no OAuth server, and people have no User objects (openshift-facts.md 4.6).
 */
export const oidc: ProviderType = {
  check: async (setup, notes, signal) => {
    const issuer = textAt(setup.provider, 'issuer.issuerURL');
    if (issuer === undefined) return;
    const { provider } = setup;
    const own = textAt(provider, 'issuer.discoveryURL');
    const field = own === undefined ? 'issuer.issuerURL' : 'issuer.discoveryURL';
    const named = parseAddress(issuer, 'issuer.issuerURL', notes);
    if (named === undefined) return;
    noteExtras(named, 'issuer.issuerURL', notes);
    const url = own === undefined ? named : readOwn(own, issuer, notes);
    if (url === undefined) return;
    noteClaims(provider, notes);
    const fields = { address: field, ca: 'issuer.issuerCertificateAuthority' };
    const peer = makePeer(setup, url, fields, notes);
    if (!(await reach(peer, notes, signal))) return;
    if (own === undefined) await discover(peer, issuer, notes, signal);
    else await readDocument({ peer, issuer, at: url }, notes, signal);
  },
};

// As the API server validates it (k8s.io/apiserver, validateIssuerDiscoveryURL).
function readOwn(own: string, issuer: string, notes: Notes): URL | undefined {
  const field = 'issuer.discoveryURL';
  const url = parseAddress(own, field, notes);
  if (url !== undefined) noteExtras(url, field, notes);
  if (own.replace(/\/+$/, '') === issuer.replace(/\/+$/, '')) {
    notes.broken(
      'configuration',
      `${field} is the issuer's own address, which the API server refuses`,
      'leave it out, or write the whole address of the discovery document',
    );
  }
  return url;
}

function noteClaims(provider: object, notes: Notes): void {
  const audiences = textsAt(provider, 'issuer.audiences');
  notes.see(`tokens for ${audiences.join(', ')}`);
  if (textAt(provider, 'claimMappings.username.expression') !== undefined) {
    notes.note(
      'people are named by an expression (claimMappings.username), which Purser does not compute',
      'name people to Purser as `oc whoami` names them',
    );
  }
  if (fieldValueAt(provider, 'oidcClients') === undefined) {
    notes.note(
      'no oidcClients are configured: the console and oc have no client of their own',
      'add one for the console (openshift-console/console) if people are to log in there',
    );
  }
}

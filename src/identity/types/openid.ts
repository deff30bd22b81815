import { readSecret } from '../material.ts';
import type { Notes } from '../notes.ts';
import { textAt, textsAt } from '../provider-fields.ts';
import type { Provider, ProviderType } from '../setup.ts';
import { textsOf } from '../wire/discovery.ts';
import type { DiscoveryResult } from '../wire/discovery.ts';
import { readEndpoints } from '../wire/endpoints.ts';
import { makePeer, noteExtras, parseAddress } from '../wire/peer.ts';
import { reach } from '../wire/reach.ts';

/** An OpenID Connect provider behind OpenShift's OAuth server. */
export const openid: ProviderType = {
  check: async (setup, notes, signal) => {
    readSecret(setup, 'openID.clientSecret', notes);
    const issuer = textAt(setup.provider, 'openID.issuer');
    if (issuer === undefined) return;
    const url = parseAddress(issuer, 'openID.issuer', notes);
    if (url === undefined) return;
    noteExtras(url, 'openID.issuer', notes);
    if (issuer.endsWith('/')) {
      notes.broken(
        'configuration',
        'openID.issuer ends in "/", which OpenShift refuses',
        'leave the "/" at its end out, whatever the issuer calls itself: OpenShift compares no names',
      );
    }
    const fields = { address: 'openID.issuer', ca: 'openID.ca' };
    const peer = makePeer(setup, url, fields, notes);
    if (!(await reach(peer, notes, signal))) return;
    const found = await readEndpoints(peer, issuer, notes, signal);
    if (found !== undefined) noteClaimsAndScopes(setup.provider, found, notes);
  },
};

/** Compares the claims and scopes of the configuration with those that the issuer lists. */
function noteClaimsAndScopes(
  provider: Provider,
  { document }: DiscoveryResult,
  notes: Notes,
): void {
  const claims = textsOf(document['claims_supported']);
  const preferred = textsAt(provider, 'openID.claims.preferredUsername');
  if (preferred.length === 0) {
    notes.note(
      'openID.claims.preferredUsername is not set: people are named by their `sub`',
      'set it (preferred_username, email) if they should be named as elsewhere',
    );
  } else if (claims !== undefined && !preferred.some((each) => claims.includes(each))) {
    notes.warn(
      'configuration',
      `the issuer does not list any of the claims ${preferred.join(', ')} that name people`,
      'check openID.claims.preferredUsername, and extraScopes that bring the claim',
    );
  }
  const scopes = textsOf(document['scopes_supported']);
  const wanted = ['openid', ...textsAt(provider, 'openID.extraScopes')];
  const missing = wanted.filter((each) => scopes !== undefined && !scopes.includes(each));
  if (missing.length > 0) {
    notes.warn(
      'configuration',
      `the issuer does not list the scopes ${missing.join(', ')}`,
      'check openID.extraScopes',
    );
  }
}

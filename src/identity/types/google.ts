import { readSecret } from '../material.ts';
import { textAt } from '../provider-fields.ts';
import type { ProviderType } from '../setup.ts';
import { discover } from '../wire/discovery.ts';
import { makePeer } from '../wire/peer.ts';
import { reach } from '../wire/reach.ts';

const ISSUER = 'https://accounts.google.com';

/** Google, mostly limited to the accounts of one domain. */
export const google: ProviderType = {
  check: async (setup, notes, signal) => {
    readSecret(setup, 'google.clientSecret', notes);
    const domain = textAt(setup.provider, 'google.hostedDomain');
    if (domain !== undefined) notes.note(`only accounts of ${domain} can log in`, '');
    else if (setup.provider.mappingMethod !== 'lookup') {
      notes.broken(
        'configuration',
        'google.hostedDomain is not set: every Google account could log in, which OpenShift refuses',
        'set google.hostedDomain, or mappingMethod lookup',
      );
    }
    const peer = makePeer(setup, new URL(ISSUER), { address: 'google' }, notes);
    if (await reach(peer, notes, signal)) await discover(peer, ISSUER, notes, signal);
  },
};

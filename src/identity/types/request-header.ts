import { readCertificates, readMaterial } from '../material.ts';
import type { Notes } from '../notes.ts';
import { textAt, textsAt } from '../provider-fields.ts';
import type { ProviderType, Setup } from '../setup.ts';
import { makePeer, parseAddress } from '../wire/peer.ts';
import { reach } from '../wire/reach.ts';

const TOKENS = ['${url}', '${query}'];

/**
 * A proxy that logs people in and sends the OAuth server their name in a header. Browsers (login) and command
 * lines (challenge) are redirected to it. So they connect to the proxy, and the cluster does not.
 */
export const requestHeader: ProviderType = {
  check: async (setup, notes, signal) => {
    noteTrust(setup, notes);
    const urls = ['loginURL', 'challengeURL'].flatMap((name) => {
      const field = `requestHeader.${name}`;
      const text = textAt(setup.provider, field);
      return text === undefined ? [] : [{ field, text }];
    });
    if (urls.length === 0) {
      notes.broken(
        'configuration',
        'neither loginURL nor challengeURL is set: OpenShift never sends a login to the proxy',
        'set requestHeader.loginURL for browsers, challengeURL for oc login',
      );
    }
    const peers = urls.flatMap(({ field, text }) => {
      const url = addressOf(text, field, notes);
      return url === undefined ? [] : [makePeer(setup, url, { address: field }, notes)];
    });
    const seen = new Set<string>();
    for (const peer of peers) {
      const { origin } = peer.destination.url;
      if (seen.has(origin)) continue;
      seen.add(origin);
      await reach(peer, notes, signal);
    }
  },
};

function addressOf(text: string, field: string, notes: Notes): URL | undefined {
  const [before = ''] = text.split('#');
  const [address = '', ...query] = before.split('?');
  if (!TOKENS.some((token) => query.join('?').includes(token))) {
    notes.broken(
      'configuration',
      `${field} holds neither ${TOKENS.join(' nor ')} in its query: the proxy cannot send people back`,
      `write it as https://HOST/PATH?\${query}`,
    );
  }
  if (field.endsWith('loginURL') && !address.endsWith('/authorize')) {
    notes.broken(
      'configuration',
      `the path of ${field} does not end in "/authorize", which OpenShift refuses`,
      `write it as https://HOST/PATH/authorize?\${query}`,
    );
  }
  const bare = text.replaceAll(/\$\{(url|query)\}/g, '');
  if (URL.parse(bare)?.protocol !== 'http:') return parseAddress(bare, field, notes);
  notes.warn(
    'configuration',
    `${field} is an http address: an attacker on the network path can log in under any name`,
    'serve the proxy by https',
  );
  return undefined;
}

function noteTrust(setup: Setup, notes: Notes): void {
  const field = 'requestHeader.ca';
  const text = readMaterial(setup, field, notes);
  if (text !== undefined) {
    const certificates = readCertificates(text, { field, are: 'pool' }, notes);
    if (certificates.length > 0)
      notes.see(`${certificates.length} CA certificates to verify it with`);
  }
  const names = textsAt(setup.provider, 'requestHeader.clientCommonNames');
  if (names.length > 0) notes.see(`its certificate is named ${names.join(', ')}`);
  else {
    notes.warn(
      'configuration',
      'clientCommonNames is empty: the holder of any certificate of that CA can log in under any name',
      "name the proxy's certificate in requestHeader.clientCommonNames",
    );
  }
}

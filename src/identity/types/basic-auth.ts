import type { Notes } from '../notes.ts';
import { textAt } from '../provider-fields.ts';
import type { ProviderType } from '../setup.ts';
import { askOnce, shownAddress, redirectOf } from '../wire/ask.ts';
import type { ServerResponse } from '../wire/ask.ts';
import { makePeer, parseAddress } from '../wire/peer.ts';
import { reach } from '../wire/reach.ts';

/** A server that takes the person's name and password, and answers with their identity. */
export const basicAuth: ProviderType = {
  check: async (setup, notes, signal) => {
    const base = textAt(setup.provider, 'basicAuth.url');
    const url = base === undefined ? undefined : parseAddress(base, 'basicAuth.url', notes);
    if (url === undefined) return;
    const fields = {
      address: 'basicAuth.url',
      ca: 'basicAuth.ca',
      clientCert: 'basicAuth.tlsClientCert',
      clientKey: 'basicAuth.tlsClientKey',
    };
    const peer = makePeer(setup, url, fields, notes);
    if (!(await reach(peer, notes, signal))) return;
    // The OAuth server follows no redirect with a person's password.
    const answer = await askOnce(peer, url, notes, signal);
    if (answer === undefined) return;
    const there = redirectOf(answer, url);
    if (there === undefined) noteChallenge(shownAddress(url), answer, notes);
    else {
      notes.warn(
        'configuration',
        `${shownAddress(url)} redirects to ${shownAddress(there)}, and OpenShift follows no redirect there`,
        'configure the address that answers 401 itself',
      );
    }
  },
};

function noteChallenge(server: string, { status, headers }: ServerResponse, notes: Notes): void {
  if (status === 401 && /\bbasic\b/i.test(headers['www-authenticate'] ?? '')) {
    notes.see('it asks for name and password');
  } else if (status === 401) {
    notes.warn(
      'configuration',
      `${server} answers 401 without asking for Basic authentication`,
      'check that it takes names and passwords (WWW-Authenticate: Basic)',
    );
  } else if (status < 300) {
    notes.broken(
      'configuration',
      `${server} answers ${status} to a request without a password`,
      'check basicAuth.url: this server would accept any login',
    );
  } else {
    notes.broken(
      status === 404 ? 'not-found' : 'configuration',
      `${server} answers ${status} instead of 401`,
      'check basicAuth.url, and whether it wants a client certificate',
    );
  }
}

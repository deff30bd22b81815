import type { Notes } from '../notes.ts';
import { textAt, fieldValueAt } from '../provider-fields.ts';
import type { ProviderType } from '../setup.ts';
import { ask, jsonOf, shownAddress } from '../wire/ask.ts';
import { makePeer, parseAddress } from '../wire/peer.ts';
import { reach } from '../wire/reach.ts';

/** OpenStack's Keystone. OpenShift uses its version 3. */
export const keystone: ProviderType = {
  check: async (setup, notes, signal) => {
    const base = textAt(setup.provider, 'keystone.url');
    const url = base === undefined ? undefined : parseAddress(base, 'keystone.url', notes);
    if (url === undefined) return;
    const fields = {
      address: 'keystone.url',
      ca: 'keystone.ca',
      clientCert: 'keystone.tlsClientCert',
      clientKey: 'keystone.tlsClientKey',
    };
    const peer = makePeer(setup, url, fields, notes);
    if (!(await reach(peer, notes, signal))) return;
    const answer = await ask(peer, url, notes, signal);
    if (answer === undefined) return;
    // 300 is the list of versions at Keystone's root, 200 the document of one of them.
    if (answer.status !== 200 && answer.status !== 300) {
      notes.broken(
        answer.status === 404 ? 'not-found' : 'configuration',
        `${shownAddress(url)} answers ${answer.status}: no Keystone is there`,
        'check keystone.url, mostly https://HOST:5000/v3',
      );
      return;
    }
    const document = jsonOf(answer, shownAddress(url), notes);
    if (document !== undefined) noteVersion(document, notes);
  },
};

function noteVersion(document: Readonly<Record<string, unknown>>, notes: Notes): void {
  const values = fieldValueAt(document, 'versions.values');
  const all: readonly unknown[] = Array.isArray(values) ? values : [document['version']];
  const ids = all.flatMap((each) => textAt(each, 'id') ?? []);
  const third = ids.find((id) => id.startsWith('v3'));
  if (third !== undefined) notes.see(`it speaks ${third}`);
  else {
    notes.broken(
      'configuration',
      `its version document names ${ids.join(', ') || 'no version'}, and not v3`,
      'OpenShift logs in with version 3: check keystone.url',
    );
  }
}

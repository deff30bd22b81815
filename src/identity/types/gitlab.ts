import { readSecret } from '../material.ts';
import { textAt } from '../provider-fields.ts';
import type { ProviderType } from '../setup.ts';
import { ask, jsonOf, shownAddress } from '../wire/ask.ts';
import { makePeer, parseAddress } from '../wire/peer.ts';
import { reach } from '../wire/reach.ts';

/** GitLab: gitlab.com, or a server of the organisation. */
export const gitlab: ProviderType = {
  check: async (setup, notes, signal) => {
    readSecret(setup, 'gitlab.clientSecret', notes);
    const base = textAt(setup.provider, 'gitlab.url');
    const url = base === undefined ? undefined : parseAddress(base, 'gitlab.url', notes);
    if (url === undefined) return;
    const peer = makePeer(setup, url, { address: 'gitlab.url', ca: 'gitlab.ca' }, notes);
    if (!(await reach(peer, notes, signal))) return;
    const api = new URL(`${url.href.replace(/\/$/, '')}/api/v4/version`);
    const answer = await ask(peer, api, notes, signal);
    if (answer === undefined) return;
    // Its API answers without a login, but gives its version only after one (else 401).
    if ([200, 401, 403, 429].includes(answer.status)) {
      if (jsonOf(answer, shownAddress(api), notes) !== undefined) notes.see('its API answers');
    } else {
      notes.broken(
        answer.status === 404 ? 'not-found' : 'configuration',
        `${shownAddress(api)} answers ${answer.status}: no GitLab API is there`,
        'check gitlab.url',
      );
    }
    notes.note('every account of that GitLab can log in: this type has no restriction', '');
  },
};

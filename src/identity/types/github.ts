import { readSecret } from '../material.ts';
import type { Notes } from '../notes.ts';
import { textAt, textsAt } from '../provider-fields.ts';
import type { Provider, ProviderType } from '../setup.ts';
import { ask, jsonOf, shownAddress } from '../wire/ask.ts';
import { makePeer, parseAddress } from '../wire/peer.ts';
import { reach } from '../wire/reach.ts';

/** GitHub, or a GitHub Enterprise server (`hostname`). */
export const github: ProviderType = {
  check: async (setup, notes, signal) => {
    readSecret(setup, 'github.clientSecret', notes);
    const { provider } = setup;
    noteMembers(provider, notes);
    const hostname = textAt(provider, 'github.hostname');
    noteHostname(provider, hostname, notes);
    const base = hostname === undefined ? 'https://api.github.com/' : `https://${hostname}/api/v3/`;
    const url = parseAddress(base, 'github.hostname', notes);
    if (url === undefined) return;
    const peer = makePeer(setup, url, { address: 'github.hostname', ca: 'github.ca' }, notes);
    if (!(await reach(peer, notes, signal))) return;
    const answer = await ask(peer, url, notes, signal);
    if (answer === undefined) return;
    // 401: an Enterprise that needs a login for its API. 403, 429: a rate limit.
    if ([200, 401, 403, 429].includes(answer.status)) {
      if (jsonOf(answer, shownAddress(url), notes) !== undefined) notes.see('its API answers');
      return;
    }
    notes.broken(
      answer.status === 404 ? 'not-found' : 'configuration',
      `${shownAddress(url)} answers ${answer.status}: no GitHub API is there`,
      'check github.hostname: the host name only, without a path',
    );
  },
};

function noteMembers(provider: Provider, notes: Notes): void {
  const organizations = textsAt(provider, 'github.organizations');
  const teams = textsAt(provider, 'github.teams');
  if (organizations.length > 0 && teams.length > 0) {
    notes.broken('configuration', 'both organizations and teams are set', 'set one of them');
  }
  const odd = teams.filter((team) => !/^[^/\s]+\/[^/\s]+$/.test(team));
  if (odd.length > 0) {
    notes.broken(
      'configuration',
      `github.teams holds ${odd.join(', ')}`,
      'write each as ORGANIZATION/TEAM',
    );
  }
  const limits = [...organizations, ...teams];
  if (limits.length > 0) {
    const kind = organizations.length > 0 ? 'organizations' : 'teams';
    notes.note(`only members of the ${kind} ${limits.join(', ')} can log in`, '');
  } else if (provider.mappingMethod !== 'lookup') {
    notes.warn(
      'configuration',
      'neither organizations nor teams are set: every GitHub account can log in',
      'set github.organizations or github.teams, or mappingMethod lookup',
    );
  }
}

function noteHostname(provider: Provider, hostname: string | undefined, notes: Notes): void {
  if (hostname === undefined) {
    if (textAt(provider, 'github.ca.name') === undefined) return;
    notes.broken('configuration', 'github.ca is set without github.hostname', 'set both, or none');
    return;
  }
  if (/(^|\.)github\.com$/i.test(hostname)) {
    notes.broken('configuration', `github.hostname is ${hostname}`, 'leave it out for github.com');
  }
}

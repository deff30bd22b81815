import { effectiveEntries, parseHtpasswd } from '../htpasswd-file.ts';
import type { HtpasswdEntry } from '../htpasswd-file.ts';
import { readMaterial } from '../material.ts';
import { createNotes } from '../notes.ts';
import type { Notes } from '../notes.ts';
import type { ProviderType } from '../setup.ts';

const FIELD = 'htpasswd.fileData';
const NAMED_AT_MOST = 5;
const KNOWN = '$2a$ or $2y$, $apr1$, {SHA}, each whole';

/** A file of names and password hashes in a Secret. It needs no connection. */
export const htpasswd: ProviderType = {
  check: async (setup, notes) => {
    const text = readMaterial(setup, FIELD, notes);
    if (text === undefined) return;
    const { entries, badLines } = parseHtpasswd(text);
    if (entries.length === 0) {
      notes.broken('configuration', 'its file holds no user', 'add one: htpasswd -B FILE NAME');
      return;
    }
    const people = effectiveEntries(entries);
    notes.see(`${people.length} users in its file`);
    if (badLines.length > 0) {
      const lines = badLines.join(', ');
      notes.warn('configuration', `line ${lines} of its file is no entry`, 'write NAME:HASH there');
    }
    noteHashes(people, notes);
    noteDuplicates(entries, notes);
  },

  find: async ({ setup, name }, notes) => {
    // The check already reports problems of the file itself.
    const text = readMaterial(setup, FIELD, createNotes(setup.provider));
    if (text === undefined) return { status: 'unknown' };
    const people = effectiveEntries(parseHtpasswd(text).entries);
    const own = people.find(({ user }) => user === name);
    if (own === undefined) return { status: 'absent' };
    if (own.hash === 'unknown') {
      notes.broken(
        'unauthorized',
        `${name} is in its file with a hash that OpenShift does not know (it takes ${KNOWN})`,
        `set the password anew: htpasswd -B FILE ${name}`,
      );
      return { status: 'found' };
    }
    notes.see(`${name} is in its file`);
    return { status: 'found' };
  },
};

function noteHashes(entries: readonly HtpasswdEntry[], notes: Notes): void {
  const unknown = entries.filter(({ hash }) => hash === 'unknown');
  const weak = entries.filter(({ hash }) => hash === 'sha1' || hash === 'apr1-md5');
  if (unknown.length > 0) {
    notes.warn(
      'unauthorized',
      `${listed(unknown)} cannot log in: no hash that OpenShift knows (${KNOWN})`,
      'set their passwords anew: htpasswd -B FILE NAME',
    );
  }
  if (weak.length > 0) {
    const kinds = [...new Set(weak.map(({ hash }) => hash))].join(' and ');
    notes.warn(
      'configuration',
      `the hash of ${listed(weak)} is weak (${kinds}): an attacker with the file finds the password`,
      'set their passwords anew with bcrypt: htpasswd -B FILE NAME',
    );
  }
}

function noteDuplicates(entries: readonly HtpasswdEntry[], notes: Notes): void {
  const twins = [...Map.groupBy(entries, ({ user }) => user).values()].filter(
    ({ length }) => length > 1,
  );
  if (twins.length === 0) return;
  const names = listed(twins.flatMap(([first]) => first ?? []));
  notes.warn(
    'configuration',
    `${names} is in its file twice, and the last entry counts`,
    'leave one entry for each',
  );
}

function listed(entries: readonly HtpasswdEntry[]): string {
  const names = entries.slice(0, NAMED_AT_MOST).map(({ user }) => user);
  const more = entries.length - names.length;
  return more === 0 ? names.join(', ') : `${names.join(', ')} and ${more} more`;
}

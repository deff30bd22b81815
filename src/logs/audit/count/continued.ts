import { LAYERS_MS } from './layers.ts';
import type { IndexFile } from '../index-file.ts';
import { claimOfRow } from '../query.ts';

/**
 * Knows which layers belong to a pull of an index before: a pull goes on while its bundle is sealed. Asked
 * for one index after the other, the oldest first.
 */
export function createContinuation() {
  // When somebody last had a manifest of a repository from an address.
  let pulledAt = new Map<string, number>();
  return {
    /** Says of a row of this index whether it goes on with what an index before has counted. */
    of: (index: IndexFile): ((row: number) => boolean) => {
      const before = pulledAt;
      pulledAt = new Map([...before, ...lastPulls(index)]);
      const layers = index.deeds.indexOf('pull-layers');
      return (row) => {
        if (layers === -1 || index.deed[row] !== layers) return false;
        const at = before.get(keyOf(index, row));
        return at !== undefined && claimOfRow(index, row).first - at <= LAYERS_MS;
      };
    },
  };
}

// Of the index's last hour only: all others are too long ago for what follows.
function* lastPulls(index: IndexFile): Generator<[string, number]> {
  const pull = index.deeds.indexOf('pull');
  const lastOf = (row: number) => (index.first[row] ?? 0) + (index.last[row] ?? 0);
  const end = index.deed.reduce((latest, _, row) => Math.max(latest, lastOf(row)), 0);
  const found = new Map<string, number>();
  for (const [row, action] of index.deed.entries()) {
    if (action !== pull || lastOf(row) < end - LAYERS_MS) continue;
    const key = keyOf(index, row);
    found.set(key, Math.max(found.get(key) ?? 0, index.base + lastOf(row)));
  }
  yield* found;
}

function keyOf(index: IndexFile, row: number): string {
  const text = (table: readonly string[], column: readonly number[]) => table[column[row] ?? -1];
  return JSON.stringify([
    text(index.users, index.user),
    text(index.repositories, index.repository),
    text(index.addresses, index.address),
    text(index.claims, index.claim),
  ]);
}

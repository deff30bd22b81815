import { LAYERS_MS } from './layers.ts';
import type { IndexFile } from '../index-file.ts';
import { claimOfRow } from '../query.ts';

/**
 * Finds layers that belong to a pull in an earlier index: a pull may go on while its bundle is sealed.
 * Takes the indexes one after the other, the oldest first.
 */
export function createContinuation() {
  // The last pull of a manifest, by user, repository, address and claim.
  let pulledAt = new Map<string, number>();
  return {
    /** Tells whether a row of this index continues a pull that an earlier index has counted. */
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

// Only of the index's last hour: layers follow their manifest within an hour.
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

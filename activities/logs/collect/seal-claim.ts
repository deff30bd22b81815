import type { Archive } from '../../../src/archive/archive.ts';
import { PurserError } from '../../../src/domain/errors.ts';
import type { BundlePorts } from '../bundle-ports.ts';

/**
 * Between the claim and the manifest lies one write. A claim that is older than this belongs to a dead
 * worker.
 */
const ABANDONED_AFTER_MS = 10 * 60_000;

/** A bundle, and the sealed bundle that it continues; undefined for the first. */
export interface Successor {
  readonly bundle: string;
  readonly after?: string | undefined;
}

/**
 * Makes a bundle the only one that may be sealed after its predecessor. Two workers may reach the seal at
 * once, and each bundle has its own manifest: so both have to claim the same key.
 *
 * Throws `ServerError`, to be tried again, while another bundle has the claim. That one is sealed in a
 * moment, or its claim expires after ten minutes. Claims are numbered and never replaced: of two workers
 * that find an expired claim, only one takes it over.
 */
export async function claimSeal(
  { archive, target }: BundlePorts,
  successor: Successor,
  signal: AbortSignal,
): Promise<void> {
  const prefix = claimsPrefix(target.name, successor.after);
  const { count, last } = await readClaims(archive, prefix, signal);
  if (last?.bundle === successor.bundle) return;
  const age = Date.now() - (last?.at ?? 0);
  const isFree = age > ABANDONED_AFTER_MS;
  if (isFree && (await archive.putNew(`${prefix}${count + 1}`, successor.bundle))) return;
  throw new PurserError(
    'ServerError',
    `another collection of ${target.name} is being sealed (${last?.bundle ?? 'since this moment'}); if it does not finish, its claim ${archive.place}/${prefix} expires ten minutes after it was made`,
  );
}

/** Releases the claim of a bundle that will not be sealed. */
export async function releaseSeal(
  { archive, target }: BundlePorts,
  successor: Successor,
  signal: AbortSignal,
): Promise<void> {
  const prefix = claimsPrefix(target.name, successor.after);
  const { last } = await readClaims(archive, prefix, signal);
  if (last?.bundle === successor.bundle) await archive.remove(last.key, signal);
}

/** Deletes the claims of the successors of a bundle that is deleted. */
export async function forgetClaims(
  { archive, target }: BundlePorts,
  bundle: string,
  signal: AbortSignal,
): Promise<void> {
  for await (const { key } of archive.list(claimsPrefix(target.name, bundle), signal)) {
    await archive.remove(key, signal);
  }
}

function claimsPrefix(target: string, after: string | undefined): string {
  return `seals/${target}/${after ?? 'first'}/`;
}

async function readClaims(archive: Archive, prefix: string, signal: AbortSignal) {
  const entries = [];
  for await (const entry of archive.list(prefix, signal)) entries.push(entry);
  const numberOf = ({ key }: { readonly key: string }) => Number(key.slice(prefix.length));
  const last = entries.toSorted((one, other) => numberOf(one) - numberOf(other)).at(-1);
  if (last === undefined) return { count: 0, last };
  const parts: Uint8Array[] = [];
  for await (const part of (await archive.read(last.key, signal)) ?? []) parts.push(part);
  const bundle = Buffer.concat(parts).toString('utf8');
  return {
    count: numberOf(last),
    last: { key: last.key, bundle, at: Date.parse(last.modifiedAt) },
  };
}

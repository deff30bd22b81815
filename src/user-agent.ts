import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Purser's version, as package.json has it. */
export const VERSION = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))).version;

/** The user agent of Purser's clients, by which a server's log shows that a request came from Purser. */
export const USER_AGENT = `purser/${VERSION}`;

/** The user agent of Purser's own requests to the registry, for health, metrics and doctor. */
export const PROBE_AGENT = `${USER_AGENT} (probe)`;

/** The user agent of a proof's requests, which have the rights of the subject. `id`: 16 hex digits. */
export function proofAgent(id: string): string {
  return `${USER_AGENT} (proof ${id})`;
}

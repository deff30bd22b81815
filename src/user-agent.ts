import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Purser's version, as package.json has it. */
export const VERSION = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))).version;

/** What Purser's clients call themselves, so that a server's log says whose request it was. */
export const USER_AGENT = `purser/${VERSION}`;

/** What a look of Purser's own at the registry is called: health, metrics and doctor. */
export const PROBE_AGENT = `${USER_AGENT} (probe)`;

/** What a proof's requests are called: they come with the rights of the subject. `id`: 16 hex digits. */
export function proofAgent(id: string): string {
  return `${USER_AGENT} (proof ${id})`;
}

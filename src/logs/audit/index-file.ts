import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { z } from 'zod';
import { AUDIT_ACTIONS } from './parse-event.ts';
import type { TallyRow } from './tally.ts';
import type { TextTables } from './texts.ts';

// Version 1 had no claims: no client of Purser sent a User-Agent. Version 2 did not store the number of
// requests.
const VERSION = 3;
const BYTES_AT_MOST = 256 * 1024 * 1024;
const COLUMNS = [
  'deed',
  'user',
  'repository',
  'reference',
  'address',
  'claim',
  'count',
  'requests',
  'first',
  'last',
] as const;

/**
 * Writes an index as JSON, column by column, compressed with zstd. Each text is stored once, and the
 * columns hold its number. -1 is a text that was left out; `folded` counts these. `deed` is the file's name
 * for an action. `first` is in milliseconds from `base`, `last` from `first`. A `count` of 0 marks a part
 * of something else. A row takes a few bytes, and 30 such files are read within a second.
 */
export function writeIndex(content: {
  readonly texts: TextTables;
  readonly rows: readonly TallyRow[];
  readonly folded: number;
}): Uint8Array {
  const { texts, folded } = content;
  const rows = content.rows.toSorted((a, b) => a.first - b.first);
  const base = rows[0]?.first ?? 0;
  const column = (value: (row: TallyRow) => number) => rows.map(value);
  const file: IndexFile = {
    version: VERSION,
    deeds: [...AUDIT_ACTIONS],
    users: [...texts.users.all()],
    repositories: [...texts.repositories.all()],
    references: [...texts.references.all()],
    addresses: [...texts.addresses.all()],
    claims: [...texts.claims.all()],
    folded,
    base,
    deed: column(({ action }) => AUDIT_ACTIONS.indexOf(action)),
    user: column(({ user }) => user),
    repository: column(({ repository }) => repository),
    reference: column(({ reference }) => reference),
    address: column(({ address }) => address),
    claim: column(({ claim }) => claim),
    count: column(({ count }) => count),
    requests: column(({ requests }) => requests),
    first: column(({ first }) => first - base),
    last: column(({ first, last }) => last - first),
  };
  return zstdCompressSync(Buffer.from(JSON.stringify(file)));
}

/**
 * Reads a file of {@link writeIndex}, in this version or an earlier one. Throws an Error that names the
 * problem.
 */
export function readIndex(bytes: Uint8Array): IndexFile {
  const text = zstdDecompressSync(bytes, { maxOutputLength: BYTES_AT_MOST }).toString('utf8');
  const file = readVersions(JSON.parse(text));
  const rows = file.deed.length;
  const uneven = COLUMNS.find((name) => file[name].length !== rows);
  if (uneven !== undefined) throw new Error(`its column ${uneven} is not as long as the others`);
  return file;
}

function readVersions(content: unknown): IndexFile {
  const error = () => 'it is not an index of Purser';
  const first = firstSchema.safeParse(content).data;
  if (first !== undefined) {
    const claim = first.deed.map(() => 0);
    return { ...first, version: VERSION, claims: [''], claim, requests: first.count };
  }
  const second = secondSchema.safeParse(content).data;
  if (second !== undefined) return { ...second, version: VERSION, requests: second.count };
  return fileSchema.parse(content, { error });
}

// A schema for each number would take longer than all other checks.
const column = z.custom<readonly number[]>(
  (value) => Array.isArray(value) && value.every((each) => typeof each === 'number'),
);
const texts = z.array(z.string());

const fileSchema = z.object({
  version: z.literal(VERSION),
  deeds: texts,
  users: texts,
  repositories: texts,
  references: texts,
  addresses: texts,
  claims: texts,
  folded: z.number(),
  base: z.number(),
  deed: column,
  user: column,
  repository: column,
  reference: column,
  address: column,
  claim: column,
  count: column,
  requests: column,
  first: column,
  last: column,
});

const secondSchema = fileSchema.omit({ requests: true }).extend({ version: z.literal(2) });
const firstSchema = secondSchema
  .omit({ claims: true, claim: true })
  .extend({ version: z.literal(1) });

/** An index as it is in the archive. */
export type IndexFile = Readonly<z.infer<typeof fileSchema>>;

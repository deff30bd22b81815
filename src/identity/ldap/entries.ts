import type { Socket } from 'node:net';
import { MessageParser, SearchEntry } from 'ldapts';

/** An entry as a directory sent it. */
export interface DirectoryEntry {
  /** Its own name, which is none of its attributes, whatever one of these is called. */
  readonly dn: string;
  readonly attributes: readonly DirectoryAttribute[];
}

interface DirectoryAttribute {
  /** In the letters that the directory writes. */
  readonly type: string;
  readonly values: readonly Buffer[];
}

/**
 * Keeps the entries that come over a connection from now on, until `end`. The client's own have the
 * attributes beside the name in one object: there one that is called `dn` stands in the name's place, and of
 * two that are called the same the last counts. Go's client takes the name and the first.
 */
export function collectEntries(socket: Socket): EntryCollector {
  const entries: DirectoryEntry[] = [];
  const parser = new MessageParser();
  parser.on('message', (message) => {
    if (message instanceof SearchEntry) entries.push(entryOf(message));
  });
  // The client reads the same bytes, and says what is wrong with them.
  parser.on('error', () => {});
  const read = (chunk: Buffer): void => parser.read(chunk, new Map());
  socket.on('data', read);
  return { entries, end: () => void socket.off('data', read) };
}

interface EntryCollector {
  readonly entries: readonly DirectoryEntry[];
  end(): void;
}

function entryOf({ name, attributes }: SearchEntry): DirectoryEntry {
  const read = attributes.map(({ type, parsedBuffers }) => ({ type, values: parsedBuffers }));
  return { dn: name, attributes: read };
}

/**
 * The first value of an attribute of an entry, as OpenShift reads it: the attribute's name in the very
 * letters that the directory writes, and `dn`, in any, for the entry's own name. Undefined for an empty one.
 */
export function valueOf({ dn, attributes }: DirectoryEntry, attribute: string): Buffer | undefined {
  const named = attributes.find(({ type }) => type === attribute);
  const first = isName(attribute) ? Buffer.from(dn) : named?.values[0];
  return first === undefined || first.length === 0 ? undefined : first;
}

/** How the directory writes an attribute that was asked for in other letters; undefined if it did not. */
export function spelling({ attributes }: DirectoryEntry, attribute: string): string | undefined {
  if (isName(attribute) || attributes.some(({ type }) => type === attribute)) return undefined;
  const wanted = attribute.toLowerCase();
  return attributes.find(({ type }) => type.toLowerCase() === wanted)?.type;
}

function isName(attribute: string): boolean {
  return attribute.toLowerCase() === 'dn';
}

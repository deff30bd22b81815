import type { Socket } from 'node:net';
import { MessageParser, SearchEntry } from 'ldapts';

/** An entry as a directory sent it. */
export interface DirectoryEntry {
  /** The entry's own name. It is not an attribute, even if an attribute is called `dn`. */
  readonly dn: string;
  readonly attributes: readonly DirectoryAttribute[];
}

interface DirectoryAttribute {
  /** As the directory writes it, with its capitals. */
  readonly type: string;
  readonly values: readonly Buffer[];
}

/**
 * Collects the entries that arrive over a connection from now on, until `end`. The client's own entries
 * don't fit: they hold the name and all attributes in one object. There an attribute `dn` replaces the
 * name, and of two equal attributes the last one counts. Go's client keeps the name and the first
 * attribute.
 */
export function collectEntries(socket: Socket): EntryCollector {
  const entries: DirectoryEntry[] = [];
  const parser = new MessageParser();
  parser.on('message', (message) => {
    if (message instanceof SearchEntry) entries.push(entryOf(message));
  });
  // The client reads the same bytes, and reports what is wrong with them.
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
 * The first value of an attribute of an entry, as OpenShift reads it: with the exact capitals of the
 * directory. `dn`, in any capitals, is the entry's own name. Undefined for an empty value.
 */
export function valueOf({ dn, attributes }: DirectoryEntry, attribute: string): Buffer | undefined {
  const named = attributes.find(({ type }) => type === attribute);
  const first = isName(attribute) ? Buffer.from(dn) : named?.values[0];
  return first === undefined || first.length === 0 ? undefined : first;
}

/**
 * How the directory spells an attribute, if its capitals differ from the requested ones; else undefined.
 */
export function spelling({ attributes }: DirectoryEntry, attribute: string): string | undefined {
  if (isName(attribute) || attributes.some(({ type }) => type === attribute)) return undefined;
  const wanted = attribute.toLowerCase();
  return attributes.find(({ type }) => type.toLowerCase() === wanted)?.type;
}

function isName(attribute: string): boolean {
  return attribute.toLowerCase() === 'dn';
}

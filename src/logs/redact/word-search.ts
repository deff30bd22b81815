/** A word that is looked for, whatever its capitals, and what is asked where it stands. */
export interface SearchWord {
  /** At least four characters, small. */
  readonly word: string;
  /** Whether it counts, by what stands around it: `start` is its first byte, `end` the one behind it. */
  readonly counts: (block: Buffer, start: number, end: number) => boolean;
}

interface PreparedWord {
  readonly searchWord: SearchWord;
  readonly bytes: Uint8Array;
  /** Where in the word the window stands by which it is found. */
  readonly offset: number;
}

const WINDOW = 4;
const PAIRS = 0x1_0000;

/**
 * Prepares a search for many words at once, after Wu and Manber: it looks at two bytes and mostly skips
 * three. It passes over a log faster than a pattern for each word would, and the number of words
 * hardly matters. `usual` is a text such as will be searched: each word is found by what is rarest in it.
 */
export function createWordSearch(all: readonly SearchWord[], usual: string) {
  const { skips, lists, listOf, seconds } = tablesOf(all, usual);
  const isFound = (block: Buffer, at: number, list: number): boolean => {
    for (const { searchWord, bytes, offset } of lists[list] ?? []) {
      const start = at - offset;
      if (stands(bytes, block, start) && searchWord.counts(block, start, start + bytes.length)) {
        return true;
      }
    }
    return false;
  };

  const stepFrom = (block: Buffer, at: number, pair: number, found: MatchHandler): number => {
    const list = listOf[pair] ?? 0;
    const isNone = seconds[(list << 8) | (block[at + 1] ?? 0)] === 0 || !isFound(block, at, list);
    return isNone ? at + 1 : Math.max(at + 1, found(at));
  };

  const searchFrom = (block: Buffer, from: number, last: number, found: MatchHandler): void => {
    for (let at = from; at <= last;) {
      const pair = pairOf(block, at);
      const skip = skips[pair] ?? 0;
      at = skip > 0 ? at + skip : stepFrom(block, at, pair, found);
    }
  };

  /**
   * Tells `found` of each place where one of the words counts, or of one near it, in no order; it says
   * from where on to go on. Both halves are gone through at once: a processor that waits for the bytes
   * of one reads those of the other meanwhile, which is half as fast again.
   */
  return (block: Buffer, found: MatchHandler): void => {
    const last = block.length - WINDOW;
    const middle = last >> 1;
    let at = 0;
    let other = Math.max(0, middle + 1);
    while (at <= middle && other <= last) {
      const pair = pairOf(block, at);
      const second = pairOf(block, other);
      const skip = skips[pair] ?? 0;
      const next = skips[second] ?? 0;
      at = skip > 0 ? at + skip : stepFrom(block, at, pair, found);
      other = next > 0 ? other + next : stepFrom(block, other, second, found);
    }
    searchFrom(block, at, middle, found);
    searchFrom(block, other, last, found);
  };
}

/** The last two bytes of the window at a place. */
function pairOf(block: Buffer, at: number): number {
  return ((block[at + 2] ?? 0) << 8) | (block[at + 3] ?? 0);
}

/** Told of a place; returns from where on to go on. */
type MatchHandler = (at: number) => number;

/** By two bytes: how far to skip, and the words whose window ends with them; by its second byte, whether there is one. */
function tablesOf(all: readonly SearchWord[], usual: string) {
  const often = frequencies(usual);
  const skips = new Uint8Array(PAIRS).fill(WINDOW - 1);
  const byPair = new Map<number, PreparedWord[]>();
  for (const searchWord of all) {
    const prepared = {
      searchWord,
      bytes: Buffer.from(searchWord.word),
      offset: rarestIn(searchWord.word, often),
    };
    shortenSkips(skips, prepared);
    for (const pair of pairAt(prepared, WINDOW - 2)) {
      byPair.set(pair, [...(byPair.get(pair) ?? []), prepared]);
    }
  }
  const lists: readonly (readonly PreparedWord[])[] = [[], ...byPair.values()];
  const listOf = new Uint16Array(PAIRS);
  for (const [index, pair] of [...byPair.keys()].entries()) listOf[pair] = index + 1;
  return { skips, lists, listOf, seconds: secondsOf(lists) };
}

function shortenSkips(skips: Uint8Array, prepared: PreparedWord): void {
  for (let at = 0; at <= WINDOW - 2; at += 1) {
    for (const pair of pairAt(prepared, at)) {
      skips[pair] = Math.min(skips[pair] ?? 0, WINDOW - 2 - at);
    }
  }
}

function pairAt({ searchWord, offset }: PreparedWord, at: number): ReadonlySet<number> {
  return spellings(searchWord.word.slice(offset + at, offset + at + 2));
}

function secondsOf(lists: readonly (readonly PreparedWord[])[]): Uint8Array {
  const seconds = new Uint8Array(lists.length << 8);
  for (const [index, words] of lists.entries()) {
    for (const { bytes, offset } of words) {
      const small = bytes[offset + 1] ?? 0;
      seconds[(index << 8) | small] = 1;
      seconds[(index << 8) | capital(small)] = 1;
    }
  }
  return seconds;
}

function capital(small: number): number {
  return small >= 0x61 && small <= 0x7a ? small & ~0x20 : small;
}

function stands(word: Uint8Array, block: Buffer, at: number): boolean {
  for (let index = 0; index < word.length; index += 1) {
    const byte = block[at + index] ?? 0;
    if (byte !== word[index] && (byte < 0x41 || byte > 0x5a || (byte | 0x20) !== word[index]))
      return false;
  }
  return true;
}

/** Where in a word the window stands that turns up least often. */
function rarestIn(word: string, often: (pair: string) => number): number {
  const cost = (offset: number) =>
    8 * often(word.slice(offset + 2, offset + 4)) +
    2 * often(word.slice(offset + 1, offset + 3)) +
    often(word.slice(offset, offset + 2));
  const offsets = Array.from({ length: word.length - WINDOW + 1 }, (_, offset) => offset);
  const [offset = 0] = offsets.toSorted((one, other) => cost(one) - cost(other));
  return offset;
}

function frequencies(usual: string): (pair: string) => number {
  const small = usual.toLowerCase();
  const counts = new Map<string, number>();
  for (let at = 0; at + 1 < small.length; at += 1) {
    const pair = small.slice(at, at + 2);
    counts.set(pair, (counts.get(pair) ?? 0) + 1);
  }
  return (pair) => counts.get(pair) ?? 0;
}

/** Two letters as bytes, with capitals and without. */
function spellings(pair: string): ReadonlySet<number> {
  const [first = '', second = ''] = pair;
  const both = [first, first.toUpperCase()].flatMap((one) =>
    [second, second.toUpperCase()].map((other) => (one.charCodeAt(0) << 8) | other.charCodeAt(0)),
  );
  return new Set(both);
}

import { OTHER_CLAIM } from '../claim.ts';

/** Texts that occur often, each kept once and known by its number. */
export interface Texts {
  /**
   * What a stranger says has room of its own: nobody who is not let in keeps others out. Where there is no
   * room, it is the number of one text for all that are left out.
   */
  numberOf(text: string, isStranger?: boolean): number;
  textOf(number: number): string;
  all(): readonly string[];
}

/** In place of users, repositories, references or addresses of which there were too many. */
export const OTHERS = '[OTHERS]';

/** How many bytes of texts a table takes, as JSON has them: of whom the registry knows, and of strangers. */
export interface Room {
  readonly known: number;
  readonly strangers: number;
}

const MIB = 1024 * 1024;
const ROOM: Room = { known: 8 * MIB, strangers: MIB };
// 220,000 digests, more than there are rows: the counting of pulls goes by them.
const FOR_REFERENCES: Room = { known: 16 * MIB, strangers: MIB };
const UNBOUNDED: Room = { known: Infinity, strangers: Infinity };

/**
 * A table of texts for each column of the index. All of them, each with a few bytes for its rows, are far less
 * than what an index may have that is read again. `room` is for tests.
 */
export function createTexts(room?: Room) {
  return {
    users: createTable(room ?? ROOM),
    repositories: createTable(room ?? ROOM),
    references: createTable(room ?? FOR_REFERENCES),
    addresses: createTable(room ?? ROOM),
    // Any word of Purser that nothing vouches for.
    claims: createTable(room ?? ROOM, OTHER_CLAIM),
  };
}

/** For the texts of indexes, each of which is bounded. */
export function createUnboundedTexts() {
  return createTexts(UNBOUNDED);
}

export type TextTables = ReturnType<typeof createTexts>;

function createTable(room: Room, others = OTHERS): Texts {
  const numbers = new Map<string, number>();
  const texts: string[] = [];
  let [left, leftToStrangers] = [room.known, room.strangers];
  const hasRoom = (text: string, isStranger: boolean) => {
    if (text === '' || text === others) return true;
    const bytes = Buffer.byteLength(JSON.stringify(text)) + 1;
    if (bytes > (isStranger ? leftToStrangers : left)) return false;
    if (isStranger) leftToStrangers -= bytes;
    else left -= bytes;
    return true;
  };
  const numberOf = (text: string, isStranger = false): number => {
    const known = numbers.get(text);
    if (known !== undefined) return known;
    if (!hasRoom(text, isStranger)) return numberOf(others);
    numbers.set(text, texts.length);
    return texts.push(text) - 1;
  };
  return { numberOf, textOf: (number) => texts[number] ?? '', all: () => texts };
}

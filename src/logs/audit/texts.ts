import { OTHER_CLAIM } from '../purser-claim.ts';

/** Texts that occur often, each kept once and known by its number. */
export interface Texts {
  /**
   * What a stranger says has room of its own: nobody who is not let in keeps others out. Where there is no
   * room, it is the number of one text for all that are left out.
   */
  numberOf(text: string, isUnauthenticated?: boolean): number;
  textOf(number: number): string;
  all(): readonly string[];
}

/** In place of users, repositories, references or addresses of which there were too many. */
export const OTHERS = '[OTHERS]';

/** How many bytes of texts a table takes, as JSON has them: of whom the registry knows, and of strangers. */
export interface TextBudget {
  readonly known: number;
  readonly unauthenticated: number;
}

const MIB = 1024 * 1024;
const BUDGET: TextBudget = { known: 8 * MIB, unauthenticated: MIB };
// 220,000 digests, more than there are rows: the counting of pulls goes by them.
const REFERENCES_BUDGET: TextBudget = { known: 16 * MIB, unauthenticated: MIB };
const UNBOUNDED: TextBudget = { known: Infinity, unauthenticated: Infinity };

/**
 * A table of texts for each column of the index. All of them, each with a few bytes for its rows, are far less
 * than what an index may have that is read again. `room` is for tests.
 */
export function createTexts(budget?: TextBudget) {
  return {
    users: createTable(budget ?? BUDGET),
    repositories: createTable(budget ?? BUDGET),
    references: createTable(budget ?? REFERENCES_BUDGET),
    addresses: createTable(budget ?? BUDGET),
    // Any word of Purser that nothing vouches for.
    claims: createTable(budget ?? BUDGET, OTHER_CLAIM),
  };
}

/** For the texts of indexes, each of which is bounded. */
export function createUnboundedTexts() {
  return createTexts(UNBOUNDED);
}

export type TextTables = ReturnType<typeof createTexts>;

function createTable(budget: TextBudget, others = OTHERS): Texts {
  const numbers = new Map<string, number>();
  const texts: string[] = [];
  let [left, leftToUnauthenticated] = [budget.known, budget.unauthenticated];
  const fits = (text: string, isUnauthenticated: boolean) => {
    if (text === '' || text === others) return true;
    const bytes = Buffer.byteLength(JSON.stringify(text)) + 1;
    if (bytes > (isUnauthenticated ? leftToUnauthenticated : left)) return false;
    if (isUnauthenticated) leftToUnauthenticated -= bytes;
    else left -= bytes;
    return true;
  };
  const numberOf = (text: string, isUnauthenticated = false): number => {
    const known = numbers.get(text);
    if (known !== undefined) return known;
    if (!fits(text, isUnauthenticated)) return numberOf(others);
    numbers.set(text, texts.length);
    return texts.push(text) - 1;
  };
  return { numberOf, textOf: (number) => texts[number] ?? '', all: () => texts };
}

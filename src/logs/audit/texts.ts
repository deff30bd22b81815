import { OTHER_CLAIM } from '../purser-claim.ts';

/** A table of texts: each is stored once and has a number. */
export interface Texts {
  /**
   * The number of a text. Texts of unauthenticated clients have a budget of their own, so they can't
   * displace others. If the budget is used up, it is the number of one text for all that are left out.
   */
  numberOf(text: string, isUnauthenticated?: boolean): number;
  textOf(number: number): string;
  all(): readonly string[];
}

/** Stands for all users, repositories, references or addresses beyond the budget. */
export const OTHERS = '[OTHERS]';

/** How many bytes of texts a table takes, as JSON: of known users, and of unauthenticated clients. */
export interface TextBudget {
  readonly known: number;
  readonly unauthenticated: number;
}

const MIB = 1024 * 1024;
const BUDGET: TextBudget = { known: 8 * MIB, unauthenticated: MIB };
// 220,000 digests, more than there are rows: the counting of pulls needs them.
const REFERENCES_BUDGET: TextBudget = { known: 16 * MIB, unauthenticated: MIB };
const UNBOUNDED: TextBudget = { known: Infinity, unauthenticated: Infinity };

/**
 * A table of texts for each column of the index. With the budgets, and a few bytes for each row, an index
 * stays far below the size limit for reading it. `budget` is for tests.
 */
export function createTexts(budget?: TextBudget) {
  return {
    users: createTable(budget ?? BUDGET),
    repositories: createTable(budget ?? BUDGET),
    references: createTable(budget ?? REFERENCES_BUDGET),
    addresses: createTable(budget ?? BUDGET),
    // Any claim to be Purser that no report confirms.
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

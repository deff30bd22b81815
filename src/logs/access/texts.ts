/** Texts that occur often, each kept once and known by its number. */
export interface Texts {
  numberOf(text: string): number;
  textOf(number: number): string;
  all(): readonly string[];
}

/** A table of texts for each column of the index. */
export function createTexts() {
  return {
    users: createTable(),
    repositories: createTable(),
    references: createTable(),
    addresses: createTable(),
    claims: createTable(),
  };
}

export type TextTables = ReturnType<typeof createTexts>;

function createTable(): Texts {
  const numbers = new Map<string, number>();
  const texts: string[] = [];
  return {
    numberOf: (text) => {
      const known = numbers.get(text);
      if (known !== undefined) return known;
      numbers.set(text, texts.length);
      return texts.push(text) - 1;
    },
    textOf: (number) => texts[number] ?? '',
    all: () => texts,
  };
}

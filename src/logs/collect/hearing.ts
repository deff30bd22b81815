import { readAct } from '../access/act.ts';
import type { Act } from '../access/act.ts';
import { ACTS_AT_ONCE } from '../access/access-index.ts';
import { createActs } from '../access/acts.ts';
import { createTexts } from '../access/texts.ts';

const NEWLINE = 0x0a;
const BLANK = 0x20;

/** Listens to a registry container's lines while they are collected. */
export interface Hearing {
  /** Takes whole lines as they are kept: each with the API's time and a line feed. */
  block(lines: Buffer): void;
  /** What was done, in the order of the lines; undefined where there was more than is held (20 MB). */
  acts(): Iterable<Act> | undefined;
}

export function createHearing(actsAtMost = ACTS_AT_ONCE): Hearing {
  let acts: ReturnType<typeof createActs> | undefined = createActs(createTexts());
  return {
    block: (lines) => {
      for (let start = 0; start < lines.length && acts !== undefined;) {
        const feed = lines.indexOf(NEWLINE, start);
        const end = feed === -1 ? lines.length : feed;
        const act = readAct(lines.subarray(lines.indexOf(BLANK, start) + 1, end));
        if (act !== undefined) acts.add(act);
        if (acts.size() > actsAtMost) acts = undefined;
        start = end + 1;
      }
    },
    acts: () => acts?.all(),
  };
}

import { LINE_TIME } from './node-time.ts';

/** One line of a log, in which secrets are looked for. */
export interface Line {
  readonly text: string;
  /** Where it begins, behind the API server's time. */
  readonly from: number;
  /** Where it ends, before a carriage return. */
  readonly end: number;
  /**
   * Up to where a value may reach that stands at this place. In a line whose form is known, what a
   * stranger put between two quotes reaches no further than the second, and in an access line what
   * stands without any no further than the next blank: it can't hide its neighbours.
   */
  fieldEnd(at: number): number;
  /**
   * The same for what stands without quotes behind the sign of a field, as logrus leaves a word of a
   * stranger: `useragent=--token next=…` ends at the blank.
   */
  wordEnd(start: number): number;
  /** Whether a server wrote it of a request: then nothing of a field goes on in the next. */
  readonly isRequest: boolean;
}

const LOGRUS = /^time="[^"]{0,60}" level=\w{1,10} /;
/** The combined log format. */
const ACCESS = /^\S{1,100} \S{1,100} \S{1,300} \[[^\]"]{1,50}\] "/;
const JSON_OBJECT = /^\{"[^"\\]{1,100}":/;

/** A line as it is found in a log, without its line feed. */
export function lineOf(text: string): Line {
  const from = LINE_TIME.exec(text)?.[0].length ?? 0;
  const end = text.endsWith('\r') ? text.length - 1 : text.length;
  const content = from === 0 ? text : text.slice(from);
  const isLogrus = LOGRUS.test(content);
  const isAccess = !isLogrus && ACCESS.test(content);
  const isRequest = isLogrus || isAccess;
  const isStructured =
    isRequest || (JSON_OBJECT.test(content) && content.charCodeAt(end - from - 1) === 0x7d);
  let quotes: readonly number[] | undefined;
  const blankFrom = blankFinder(text, end);
  const fieldEnd = (at: number): number => {
    if (!isStructured) return end;
    quotes ??= quotesIn(text, from);
    const next = countBefore(quotes, at);
    if (next % 2 === 1) return quotes[next] ?? end;
    return isAccess ? blankFrom(at) : end;
  };
  return {
    text,
    from,
    end,
    isRequest,
    fieldEnd,
    wordEnd: (start) => {
      const isBehind = isRequest && start > from && text.charAt(start - 1) !== ' ';
      const last = fieldEnd(start);
      return isBehind && last === end ? blankFrom(start) : last;
    },
  };
}

/** Whether a line, without the API server's time, is one that a server writes of a request. */
export function isRequestLine(content: string): boolean {
  return LOGRUS.test(content) || ACCESS.test(content);
}

/** Where the next blank is from a place on. Each stretch without one is gone through once. */
function blankFinder(text: string, end: number): (at: number) => number {
  let [from, blank] = [0, -1];
  return (at) => {
    if (at >= from && at <= blank) return blank;
    const next = text.indexOf(' ', at);
    [from, blank] = [at, next === -1 ? end : Math.min(next, end)];
    return blank;
  };
}

/** Where the quotes are that no backslash escapes. */
function quotesIn(text: string, from: number): readonly number[] {
  const positions: number[] = [];
  let before = from;
  for (let at = text.indexOf('"', from); at !== -1; at = text.indexOf('"', at + 1)) {
    let escapes = 0;
    while (at - escapes > before && text.charCodeAt(at - escapes - 1) === 0x5c) escapes += 1;
    if (escapes % 2 === 0) positions.push(at);
    before = at + 1;
  }
  return positions;
}

/** How many of them are before a place: an odd number inside quotes. */
function countBefore(sorted: readonly number[], at: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

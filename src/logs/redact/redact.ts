import type { Redactions } from '../manifest.ts';
import { createCustomPatterns } from './custom.ts';
import { PATTERNS } from './patterns.ts';
import type { SecretPattern } from './patterns.ts';
import { suspectLines } from './suspects.ts';

/** Takes secrets out of a log, block by block, and counts them. One a container: it has a memory. */
export interface Redactor {
  /**
   * Takes a block of whole lines, each ended by a line feed; returns it without its secrets, and the
   * very block where there was none. Every byte of a line that holds no secret stays as it was.
   */
  block(block: Buffer): Buffer;
  /** How many secrets of each kind were taken out so far. */
  counts(): Redactions;
}

// A private key of 16384 bits has some 200 lines.
const KEY_LINES_AT_MOST = 400;
const KEY_BEGINS = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
const KEY_ENDS = /-----END [A-Z ]*PRIVATE KEY-----/;
const KEY_LINE = /^((?:\S+Z )?)(.+)$/;

/** `custom` are patterns of one's own, checked by {@link createCustomPatterns}. */
export function createRedactor(custom: readonly string[] = []): Redactor {
  const counts = new Map<string, number>();
  const count = (kind: string) => void counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const own = createCustomPatterns(custom);
  let keyLinesLeft = 0;

  const line = (text: string): string => {
    if (keyLinesLeft > 0) {
      keyLinesLeft = KEY_ENDS.test(text) ? 0 : keyLinesLeft - 1;
      if (keyLinesLeft > 0) return text.replace(KEY_LINE, '$1[REDACTED:private-key]');
    }
    if (KEY_BEGINS.test(text) && !KEY_ENDS.test(text)) keyLinesLeft = KEY_LINES_AT_MOST;
    return PATTERNS.reduce((left, pattern) => takeOut(left, pattern, count), text);
  };

  return {
    block: (block) => {
      const text = block.toString('latin1');
      const redacted = replaceLines(text, { line, isInKey: () => keyLinesLeft > 0 });
      const result = own === undefined ? redacted : own(redacted, count);
      return result === text ? block : Buffer.from(result, 'latin1');
    },
    counts: () => Object.fromEntries(counts),
  };
}

interface Lines {
  readonly line: (text: string) => string;
  readonly isInKey: () => boolean;
}

function replaceLines(text: string, { line, isInKey }: Lines): string {
  const suspects = suspectLines(text);
  let result = '';
  let copied = 0;
  const take = (start: number): number => {
    const end = text.indexOf('\n', start);
    const before = text.slice(start, end);
    const after = line(before);
    if (after !== before) {
      result += text.slice(copied, start) + after;
      copied = end;
    }
    return end + 1;
  };
  let done = 0;
  // The lines of a key look like nothing: each one is taken until it ends, from block to block.
  const takeKey = () => {
    while (isInKey() && done < text.length) done = take(done);
  };
  takeKey();
  for (const start of suspects) {
    if (start < done) continue;
    done = take(start);
    takeKey();
  }
  return copied === 0 ? text : result + text.slice(copied);
}

function takeOut(
  text: string,
  { kind, pattern, isSecret }: SecretPattern,
  count: (kind: string) => void,
): string {
  pattern.lastIndex = 0;
  return text.replace(pattern, (whole: string, ...groups: readonly unknown[]) => {
    const { before, secret } = partsOf(groups);
    if (secret === '' || secret.startsWith('[REDACTED:') || isSecret?.(secret) === false) {
      return whole;
    }
    count(kind);
    return `${before}[REDACTED:${kind}]`;
  });
}

// The patterns for JSON need a group of their own in between; the offset follows the last group.
function partsOf(groups: readonly unknown[]): { readonly before: string; readonly secret: string } {
  const texts = groups.slice(
    0,
    groups.findIndex((group) => typeof group === 'number'),
  );
  const [before, secret] = [texts[0], texts.at(-1)];
  return {
    before: typeof before === 'string' ? before : '',
    secret: typeof secret === 'string' ? secret : '',
  };
}

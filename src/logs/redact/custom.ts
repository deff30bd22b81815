import { Script, createContext } from 'node:vm';
import { PurserError } from '../../domain/errors.ts';
import { whyNoPattern } from '../../domain/logs/secret-pattern.ts';

// Of one block (256 KiB), for all patterns together. A sound pattern takes milliseconds.
const TIME_AT_MOST_MS = 2_000;

/** Applies patterns of one's own to whole lines of text; tells `count` of each hit. */
export type CustomPatterns = (text: string, count: (kind: string) => void) => string;

/**
 * Prepares patterns of one's own; undefined where there are none. Each is tried on every line, and
 * all that it matches goes. Throws `NotConfigured` for one that is no pattern or would take for
 * ever; one that slips through that check is stopped after 2 s, and the collection fails rather than
 * keep what was not looked at.
 */
export function createCustomPatterns(sources: readonly string[]): CustomPatterns | undefined {
  if (sources.length === 0) return undefined;
  // Lines are a byte a character here, so a pattern must be as well.
  const patterns = sources.map((source) => Buffer.from(source, 'utf8').toString('latin1'));
  for (const [index, source] of patterns.entries()) checkPattern(source, index);
  const context = createContext({ patterns, text: '', hits: 0 });
  new Script(PREPARE).runInContext(context);
  const apply = new Script(APPLY);
  return (text, count) => {
    context['text'] = text;
    try {
      const result: unknown = apply.runInContext(context, { timeout: TIME_AT_MOST_MS });
      for (let left = Number(context['hits']); left > 0; left -= 1) count('custom');
      return String(result);
    } catch (error) {
      throw new PurserError(
        'NotConfigured',
        `logs.redact: the patterns took more than ${TIME_AT_MOST_MS} ms for one block of log and were stopped; nothing unredacted was kept. Simplify the pattern that repeats a repetition`,
        { cause: error },
      );
    } finally {
      context['text'] = '';
    }
  };
}

/** Throws `NotConfigured` where a pattern cannot be used. */
export function checkPattern(source: string, index: number): void {
  const why = whyNoPattern(source);
  if (why === undefined) return;
  const shown = source.length > 60 ? `${source.slice(0, 60)}…` : source;
  throw new PurserError('NotConfigured', `logs.redact[${index}]: ${JSON.stringify(shown)} ${why}`);
}

const PREPARE = `
  globalThis.expressions = patterns.map((source) => new RegExp(source, 'g'));
  globalThis.redact = () => (hits += 1, '[REDACTED:custom]');
`;
// The time that the API server puts before a line is not the pattern's to take.
const APPLY = `
  hits = 0;
  text.split('\\n').map((line) => {
    const [time = ''] = /^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z /.exec(line) ?? [];
    return time + expressions.reduce((left, each) => left.replace(each, redact), line.slice(time.length));
  }).join('\\n');
`;

/** One line of the text format. `value` may be NaN or infinite. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Metrics {
  readonly samples: readonly Sample[];
  /** Metric family → `counter`, `gauge`, `histogram`, `summary` or `untyped`. */
  readonly types: ReadonlyMap<string, string>;
}

/** A text that is not in the format. `line` counts from 1. */
export class MetricsTextError extends Error {
  readonly line: number;

  constructor(line: number, what: string, text: string) {
    const shown = text.length <= 100 ? text : `${text.slice(0, 100)}…`;
    super(`line ${line} of the metrics ${what}: ${JSON.stringify(shown)}`);
    this.name = 'MetricsTextError';
    this.line = line;
  }
}

/**
 * The Prometheus text exposition format 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/). Timestamps are checked and left out.
 * Throws `MetricsTextError` for the first line that is not in the format, or that is cut short.
 */
export function parseMetrics(text: string): Metrics {
  const samples: Sample[] = [];
  const types = new Map<string, string>();
  const lines = text.split('\n');
  const rest = lines.pop() ?? '';
  if (rest !== '') throw new MetricsTextError(lines.length + 1, 'has no end', rest);
  for (const [index, line] of lines.entries()) {
    const trimmed = line.trim();
    if (trimmed.startsWith('#')) recordType(trimmed, index + 1, types);
    else if (trimmed !== '') samples.push(parseSample(trimmed, index + 1));
  }
  return { samples, types };
}

function recordType(line: string, number: number, types: Map<string, string>): void {
  if (!/^#\s*TYPE\s/.test(line)) return;
  const [, name, type] = TYPE.exec(line) ?? [];
  if (name === undefined || type === undefined) {
    throw new MetricsTextError(number, 'gives no known type', line);
  }
  if (types.has(name)) throw new MetricsTextError(number, 'gives a second type', line);
  types.set(name, type);
}

const TYPE = /^#\s*TYPE\s+([a-zA-Z_:][\w:]*)\s+(counter|gauge|histogram|summary|untyped)$/;

function parseSample(line: string, number: number): Sample {
  const [head = '', name = ''] = NAME.exec(line) ?? [];
  if (name === '') throw new MetricsTextError(number, 'begins with no name', line);
  const labels = new Map<string, string>();
  const at = head.endsWith('{') ? readLabels(line, head.length, { labels, number }) : head.length;
  const [, value, word] = VALUE.exec(line.slice(at)) ?? [];
  if (value === undefined) throw new MetricsTextError(number, 'has no value', line);
  return {
    name,
    labels: Object.fromEntries(labels),
    value: word === undefined ? Number(value) : valueOf(word),
  };
}

const NAME = /^([a-zA-Z_:][\w:]*)\s*\{?/;

// A number as Go writes it, or one of three words; then perhaps milliseconds since 1970. No two parts
// can match the same digits: otherwise a long line would take exponential time.
const VALUE = /^\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|(NaN|[+-]?Inf))(?:\s+-?\d+)?$/;

function valueOf(word: string): number {
  if (word === 'NaN') return Number.NaN;
  return word.startsWith('-') ? -Infinity : Infinity;
}

/** Fills `labels` from `at` on; returns the offset after the closing brace. */
function readLabels(
  line: string,
  at: number,
  { labels, number }: { readonly labels: Map<string, string>; readonly number: number },
): number {
  const label = new RegExp(LABEL);
  label.lastIndex = at;
  let end = at;
  for (let match = label.exec(line); match !== null; match = label.exec(line)) {
    const [, name = '', value = '', comma] = match;
    if (labels.has(name)) throw new MetricsTextError(number, `has the label ${name} twice`, line);
    labels.set(
      name,
      value.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char)),
    );
    end = label.lastIndex;
    if (comma === undefined) break;
  }
  const brace = /^\s*\}/.exec(line.slice(end));
  if (brace === null) throw new MetricsTextError(number, 'has odd labels', line);
  return end + brace[0].length;
}

const LABEL = /\s*([a-zA-Z_]\w*)\s*=\s*"([^"\\]*(?:\\[\\"n][^"\\]*)*)"\s*(,)?/y;

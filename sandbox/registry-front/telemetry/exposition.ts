import { performance } from 'node:perf_hooks';
import { goFloat } from './go-format.ts';

export type Labels = Readonly<Record<string, string>>;

/** A metric family; `lines` is empty until a labelled series is first used. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'summary' | 'histogram';
  readonly lines: () => readonly string[];
}

export interface Counter extends Family {
  readonly add: (labels: Labels, by?: number) => void;
}

/** A summary or a histogram. */
export interface Summary extends Family {
  readonly observe: (labels: Labels, value: number) => void;
}

/** The text exposition format 0.0.4: families by name, those without series left out. */
export function expose(families: readonly Family[]): string {
  let text = '';
  for (const family of families.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const lines = family.lines();
    if (lines.length > 0) {
      text += `# HELP ${family.name} ${family.help}\n# TYPE ${family.name} ${family.type}\n`;
      text += `${lines.join('\n')}\n`;
    }
  }
  return text;
}

export function createGauge(name: string, help: string, read: () => number): Family {
  return {
    name,
    help,
    type: 'gauge',
    lines: () => [`${name} ${goFloat(read())}`],
  };
}

export function createCounter(name: string, help: string): Counter {
  const series = new Map<string, number>();
  return {
    name,
    help,
    type: 'counter',
    add: (labels, by = 1) => {
      const key = print(labels);
      series.set(key, (series.get(key) ?? 0) + by);
    },
    lines: () => sorted(series).map(([key, value]) => `${name}${braced(key)} ${goFloat(value)}`),
  };
}

const QUANTILES = [0.5, 0.9, 0.99];
/** The Go client forgets observations after ten minutes; quantiles are NaN then. */
const MAX_AGE_MS = 600_000;
const MAX_KEPT = 1024;

interface Observations {
  sum: number;
  count: number;
  /** The newest ones, oldest first. */
  readonly recent: { readonly at: number; readonly value: number }[];
}

export function createSummary(name: string, help: string): Summary {
  const series = new Map<string, Observations>();
  return {
    name,
    help,
    type: 'summary',
    observe: (labels, value) => {
      const key = print(labels);
      const observed = series.get(key) ?? { sum: 0, count: 0, recent: [] };
      observed.sum += value;
      observed.count += 1;
      observed.recent.push({ at: performance.now(), value });
      if (observed.recent.length > 2 * MAX_KEPT) {
        observed.recent.splice(0, MAX_KEPT);
      }
      series.set(key, observed);
    },
    lines: () => sorted(series).flatMap(([key, observed]) => summaryLines(name, key, observed)),
  };
}

function summaryLines(name: string, key: string, observed: Observations): readonly string[] {
  const since = performance.now() - MAX_AGE_MS;
  const values = observed.recent
    .filter(({ at }) => at >= since)
    .map(({ value }) => value)
    .sort((a, b) => a - b);
  const quantile = (q: number): number =>
    values[Math.min(values.length - 1, Math.ceil(q * values.length) - 1)] ?? Number.NaN;
  const comma = key === '' ? '' : ',';
  return [
    ...QUANTILES.map((q) => `${name}{${key}${comma}quantile="${q}"} ${goFloat(quantile(q))}`),
    `${name}_sum${braced(key)} ${goFloat(observed.sum)}`,
    `${name}_count${braced(key)} ${goFloat(observed.count)}`,
  ];
}

interface Buckets {
  sum: number;
  count: number;
  /** The number of values up to each bound. */
  readonly atMost: number[];
}

/** Bounds in ascending order, without +Inf. */
export function createHistogram(name: string, help: string, bounds: readonly number[]): Summary {
  const series = new Map<string, Buckets>();
  return {
    name,
    help,
    type: 'histogram',
    observe: (labels, value) => {
      const key = print(labels);
      const observed = series.get(key) ?? { sum: 0, count: 0, atMost: bounds.map(() => 0) };
      observed.sum += value;
      observed.count += 1;
      for (const [index, bound] of bounds.entries()) {
        observed.atMost[index] = (observed.atMost[index] ?? 0) + (value <= bound ? 1 : 0);
      }
      series.set(key, observed);
    },
    lines: () =>
      sorted(series).flatMap(([key, { sum, count, atMost }]) => [
        ...[...bounds.map(String), '+Inf'].map(
          (bound, index) =>
            `${name}_bucket{${key},le="${bound}"} ${goFloat(atMost[index] ?? count)}`,
        ),
        `${name}_sum${braced(key)} ${goFloat(sum)}`,
        `${name}_count${braced(key)} ${goFloat(count)}`,
      ]),
  };
}

function sorted<T>(series: ReadonlyMap<string, T>): readonly (readonly [string, T])[] {
  return [...series].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** `code="200",method="get"`: sorted by name; also the key of a series. */
function print(labels: Labels): string {
  return Object.keys(labels)
    .sort()
    .map((key) => `${key}="${labels[key] ?? ''}"`)
    .join(',');
}

function braced(key: string): string {
  return key === '' ? '' : `{${key}}`;
}

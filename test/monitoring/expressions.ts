import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

function read(name: string): string {
  return readFileSync(fileURLToPath(new URL(`../../${name}`, import.meta.url)), 'utf8');
}

/** Every query in what is given; default: of the alert rules and the dashboard. */
export function expressions(
  within: unknown = [
    parse(read('deploy/prometheus/rules.yaml')),
    JSON.parse(read('deploy/grafana/purser.json')),
  ],
): readonly string[] {
  if (typeof within !== 'object' || within === null) return [];
  return Object.entries(within).flatMap(([key, value]) =>
    key === 'expr' && typeof value === 'string' ? [value] : expressions(value),
  );
}

/** The names of metrics in a query. */
export function metricNames(expression: string): readonly string[] {
  return [...expression.matchAll(/\b(?:purser|temporal)[_:][a-z_:]+/g)].map(([name]) => name);
}

/** The series that the rules record. */
export function recordedNames(): readonly string[] {
  return [...read('deploy/prometheus/rules.yaml').matchAll(/record: (\S+)/g)].map(
    ([, name]) => name ?? '',
  );
}

/**
 * The series that docs/metrics.md says a worker shows, by the names that queries use: a histogram has three.
 * test/acceptance/metering.test.ts compares the page with a worker.
 */
export function exposedNames(): readonly string[] {
  const rows = [...read('docs/metrics.md').matchAll(/^\| `([a-z_]+)` +\| (\w+) /gm)];
  return rows.flatMap(([, name = '', type]) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  );
}

import { formatMs } from '../../../domain/duration.ts';
import type { runReadMetrics } from '../../../temporal/starts.ts';
import { formatTable } from '../../display/table.ts';

type ReadMetricsResult = Awaited<ReturnType<typeof runReadMetrics>>;
type Numbers = ReadMetricsResult['all'];

/** Grows with normal work (openshift-facts.md 2.2). */
const NORMAL = ['PATH_NOT_FOUND'];
const KINDS = ['2xx', '3xx', '4xx', '401', '5xx'];

/**
 * The registry's numbers as tables: requests by replica and together, operations, errors. With
 * `before` (an earlier reading) also what came since.
 */
export function formatNumbers(metrics: ReadMetricsResult, before?: ReadMetricsResult): string {
  const { replicas, all } = metrics;
  const read = replicas.flatMap(({ replica, numbers }) => (numbers ? [{ replica, numbers }] : []));
  const columns = [...read.map(({ numbers }) => numbers), all];
  const since = before === undefined ? [] : [delta(all, before.all)];
  const head = ['', ...read.map(({ replica }) => replica), 'TOGETHER'];
  const unread = replicas.flatMap(({ replica, failure }) =>
    failure === undefined ? [] : [`${replica} could not be read: ${failure}`],
  );
  return [
    formatTable(
      since.length === 0 ? head : [...head, 'SINCE THE LAST'],
      requestRows(columns, since),
    ),
    operations(all),
    errors('STORAGE ERRORS', all.storageErrors),
    errors('PULL-THROUGH ERRORS', all.pullThroughErrors),
    unread.join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function requestRows(
  columns: readonly Numbers[],
  since: readonly Numbers[],
): readonly (readonly string[])[] {
  const all = [...columns, ...since];
  const row = (name: string, of: (numbers: Numbers) => string) => [name, ...all.map(of)];
  return [
    row('up for', ({ upSeconds }) => (upSeconds === undefined ? '' : formatMs(upSeconds * 1_000))),
    row('requests', ({ requests }) => String(total(requests))),
    ...KINDS.map((kind) =>
      row(`  ${kind}${kind === '401' ? ' (logins begin so)' : ''}`, ({ requests }) =>
        String(requests[kind] ?? 0),
      ),
    ),
    row('5xx share', share),
    row('in flight', ({ inFlight }) => String(inFlight)),
  ];
}

// Without the 401s: each login begins with one, and they would make a failing registry look better.
function share({ requests }: Numbers): string {
  const counted = total(requests) - (requests['401'] ?? 0);
  return counted <= 0 ? '' : `${((100 * (requests['5xx'] ?? 0)) / counted).toFixed(1)} %`;
}

function total(requests: Numbers['requests']): number {
  return Object.values(requests).reduce((sum, count) => sum + count, 0);
}

function operations({ operations: all }: Numbers): string {
  const ran = all.filter(({ count }) => count > 0);
  if (ran.length === 0) return '';
  const rows = [...ran]
    .sort((one, other) => other.seconds - one.seconds)
    .map(({ operation, count, seconds, p99Seconds }) => [
      operation,
      String(count),
      formatMs((1_000 * seconds) / count),
      p99Seconds === undefined ? '' : formatMs(1_000 * p99Seconds),
    ]);
  return formatTable(['OPERATION', 'COUNT', 'MEAN', '99 OF 100 (LATELY)'], rows);
}

function errors(title: string, all: Numbers['storageErrors']): string {
  if (all.length === 0) return '';
  const rows = all.map(({ where, code, count }) => [
    where,
    code,
    String(count),
    NORMAL.includes(code) ? 'belongs to normal work' : '',
  ]);
  return formatTable([title, 'CODE', 'COUNT', ''], rows);
}

// A replica that has restarted counts from nought again: what it had counted is not taken off.
function delta(now: Numbers, before: Numbers): Numbers {
  const kinds = Object.entries(now.requests).map(([kind, count]) => {
    const earlier = before.requests[kind] ?? 0;
    return [kind, count >= earlier ? count - earlier : count] as const;
  });
  return { ...now, requests: Object.fromEntries(kinds), operations: [] };
}

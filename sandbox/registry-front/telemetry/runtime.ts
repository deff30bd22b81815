import { performance } from 'node:perf_hooks';
import { createGauge } from './exposition.ts';
import type { Family } from './exposition.ts';
import { goFloat } from './go-format.ts';

/**
 * The recorded registry's metrics of Go's runtime, its process and its scraper. A number is Node's if Node
 * has one of the kind, otherwise the recorded one. Parsers need the names, not the values.
 */
export function runtimeFamilies(): readonly Family[] {
  return [
    ...NUMBERS.map(([name, type, value, help]) => ({
      ...createGauge(name, help, () => (typeof value === 'number' ? value : LIVE[value]())),
      type,
    })),
    createGauge('process_resident_memory_bytes', 'Resident memory size in bytes.', LIVE.rss),
    createGauge(
      'process_start_time_seconds',
      'Start time of the process since unix epoch in seconds.',
      () => performance.timeOrigin / 1000,
    ),
    text('go_gc_duration_seconds', 'summary', GC_HELP, [
      ...[0, 0.25, 0.5, 0.75, 1].map((quantile) => `{quantile="${quantile}"} 0.00017148`),
      '_sum 0.00301542',
      '_count 10',
    ]),
    text('go_info', 'gauge', 'Information about the Go environment.', ['{version="go1.26.8"} 1']),
    text(
      'promhttp_metric_handler_requests_in_flight',
      'gauge',
      'Current number of scrapes being served.',
      [' 1'],
    ),
    text(
      'promhttp_metric_handler_requests_total',
      'counter',
      'Total number of scrapes by HTTP status code.',
      [200, 500, 503].map((code) => `{code="${code}"} ${goFloat(0)}`),
    ),
  ];
}

function text(name: string, type: Family['type'], help: string, rests: readonly string[]): Family {
  return { name, help, type, lines: () => rests.map((rest) => `${name}${rest}`) };
}

const GC_HELP =
  'A summary of the wall-time pause (stop-the-world) duration in garbage collection cycles.';

const LIVE = {
  heapUsed: () => process.memoryUsage().heapUsed,
  heapTotal: () => process.memoryUsage().heapTotal,
  rss: () => process.memoryUsage.rss(),
  cpu: () => process.cpuUsage().user / 1e6,
} as const;

const NUMBERS: readonly (readonly [
  string,
  'gauge' | 'counter',
  number | keyof typeof LIVE,
  string,
])[] = [
  [
    'go_gc_gogc_percent',
    'gauge',
    100,
    'Heap size target percentage configured by the user, otherwise 100. This value is set by the GOGC environment variable, and the runtime/debug.SetGCPercent function. Sourced from /gc/gogc:percent.',
  ],
  [
    'go_gc_gomemlimit_bytes',
    'gauge',
    9.223372036854776e18,
    'Go runtime memory limit configured by the user, otherwise math.MaxInt64. This value is set by the GOMEMLIMIT environment variable, and the runtime/debug.SetMemoryLimit function. Sourced from /gc/gomemlimit:bytes.',
  ],
  ['go_goroutines', 'gauge', 19, 'Number of goroutines that currently exist.'],
  [
    'go_memstats_alloc_bytes',
    'gauge',
    'heapUsed',
    'Number of bytes allocated in heap and currently in use. Equals to /memory/classes/heap/objects:bytes.',
  ],
  [
    'go_memstats_alloc_bytes_total',
    'counter',
    64081768,
    'Total number of bytes allocated in heap until now, even if released already. Equals to /gc/heap/allocs:bytes.',
  ],
  [
    'go_memstats_buck_hash_sys_bytes',
    'gauge',
    1481428,
    'Number of bytes used by the profiling bucket hash table. Equals to /memory/classes/profiling/buckets:bytes.',
  ],
  [
    'go_memstats_frees_total',
    'counter',
    266269,
    'Total number of heap objects frees. Equals to /gc/heap/frees:objects + /gc/heap/tiny/allocs:objects.',
  ],
  [
    'go_memstats_gc_sys_bytes',
    'gauge',
    3876096,
    'Number of bytes used for garbage collection system metadata. Equals to /memory/classes/metadata/other:bytes.',
  ],
  [
    'go_memstats_heap_alloc_bytes',
    'gauge',
    'heapUsed',
    'Number of heap bytes allocated and currently in use, same as go_memstats_alloc_bytes. Equals to /memory/classes/heap/objects:bytes.',
  ],
  [
    'go_memstats_heap_idle_bytes',
    'gauge',
    13713408,
    'Number of heap bytes waiting to be used. Equals to /memory/classes/heap/released:bytes + /memory/classes/heap/free:bytes.',
  ],
  [
    'go_memstats_heap_inuse_bytes',
    'gauge',
    'heapUsed',
    'Number of heap bytes that are in use. Equals to /memory/classes/heap/objects:bytes + /memory/classes/heap/unused:bytes',
  ],
  [
    'go_memstats_heap_objects',
    'gauge',
    67427,
    'Number of currently allocated objects. Equals to /gc/heap/objects:objects.',
  ],
  [
    'go_memstats_heap_released_bytes',
    'gauge',
    3760128,
    'Number of heap bytes released to OS. Equals to /memory/classes/heap/released:bytes.',
  ],
  [
    'go_memstats_heap_sys_bytes',
    'gauge',
    'heapTotal',
    'Number of heap bytes obtained from system. Equals to /memory/classes/heap/objects:bytes + /memory/classes/heap/unused:bytes + /memory/classes/heap/released:bytes + /memory/classes/heap/free:bytes.',
  ],
  [
    'go_memstats_last_gc_time_seconds',
    'gauge',
    1795433764.341197,
    'Number of seconds since 1970 of last garbage collection.',
  ],
  [
    'go_memstats_mallocs_total',
    'counter',
    333696,
    'Total number of heap objects allocated, both live and gc-ed. Semantically a counter version for go_memstats_heap_objects gauge. Equals to /gc/heap/allocs:objects + /gc/heap/tiny/allocs:objects.',
  ],
  [
    'go_memstats_mcache_inuse_bytes',
    'gauge',
    4592,
    'Number of bytes in use by mcache structures. Equals to /memory/classes/metadata/mcache/inuse:bytes.',
  ],
  [
    'go_memstats_mcache_sys_bytes',
    'gauge',
    16072,
    'Number of bytes used for mcache structures obtained from system. Equals to /memory/classes/metadata/mcache/inuse:bytes + /memory/classes/metadata/mcache/free:bytes.',
  ],
  [
    'go_memstats_mspan_inuse_bytes',
    'gauge',
    231520,
    'Number of bytes in use by mspan structures. Equals to /memory/classes/metadata/mspan/inuse:bytes.',
  ],
  [
    'go_memstats_mspan_sys_bytes',
    'gauge',
    261120,
    'Number of bytes used for mspan structures obtained from system. Equals to /memory/classes/metadata/mspan/inuse:bytes + /memory/classes/metadata/mspan/free:bytes.',
  ],
  [
    'go_memstats_next_gc_bytes',
    'gauge',
    'heapTotal',
    'Number of heap bytes when next garbage collection will take place. Equals to /gc/heap/goal:bytes.',
  ],
  [
    'go_memstats_other_sys_bytes',
    'gauge',
    831100,
    'Number of bytes used for other system allocations. Equals to /memory/classes/other:bytes.',
  ],
  [
    'go_memstats_stack_inuse_bytes',
    'gauge',
    753664,
    'Number of bytes obtained from system for stack allocator in non-CGO environments. Equals to /memory/classes/heap/stacks:bytes.',
  ],
  [
    'go_memstats_stack_sys_bytes',
    'gauge',
    753664,
    'Number of bytes obtained from system for stack allocator. Equals to /memory/classes/heap/stacks:bytes + /memory/classes/os-stacks:bytes.',
  ],
  [
    'go_memstats_sys_bytes',
    'gauge',
    'rss',
    'Number of bytes obtained from system. Equals to /memory/classes/total:byte.',
  ],
  [
    'go_sched_gomaxprocs_threads',
    'gauge',
    2,
    'The current runtime.GOMAXPROCS setting, or the number of operating system threads that can execute user-level Go code simultaneously. Sourced from /sched/gomaxprocs:threads.',
  ],
  ['go_threads', 'gauge', 8, 'Number of OS threads created.'],
  [
    'process_cpu_seconds_total',
    'counter',
    'cpu',
    'Total user and system CPU time spent in seconds.',
  ],
  ['process_max_fds', 'gauge', 20000, 'Maximum number of open file descriptors.'],
  [
    'process_network_receive_bytes_total',
    'counter',
    6279257634,
    'Number of bytes received by the process over the network.',
  ],
  [
    'process_network_transmit_bytes_total',
    'counter',
    4463182666,
    'Number of bytes sent by the process over the network.',
  ],
  ['process_open_fds', 'gauge', 11, 'Number of open file descriptors.'],
  ['process_virtual_memory_bytes', 'gauge', 'rss', 'Virtual memory size in bytes.'],
  [
    'process_virtual_memory_max_bytes',
    'gauge',
    1.8446744073709552e19,
    'Maximum amount of virtual memory available in bytes.',
  ],
];

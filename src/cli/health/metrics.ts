import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import type { Client } from '@temporalio/client';
import { Command, InvalidArgumentError } from 'commander';
import { runReadMetrics } from '../../temporal/starts.ts';
import { findTarget, withClient } from '../context.ts';
import type { GlobalOptions } from '../context.ts';
import { EXIT } from '../exit.ts';
import { outputOption, targetOption } from '../options.ts';
import { formatJson } from '../display/json.ts';
import { formatNumbers } from './display/registry-numbers.ts';

const WATCH_SECONDS = 10;

interface Options extends GlobalOptions {
  readonly target?: string;
  readonly raw?: boolean;
  readonly watch?: true | number;
  readonly output: 'text' | 'json';
}

type ReadMetricsResult = Awaited<ReturnType<typeof runReadMetrics>>;

export function metricsCommand(): Command {
  return new Command('metrics')
    .summary("the most important numbers of a registry's metrics")
    .description(
      'Shows requests, latencies and errors from /extensions/v2/metrics of each replica of the registry. ' +
        'Each replica counts by itself. The worker of the target reads them; its account needs the rights ' +
        'of deploy/rbac/option-health.yaml.',
    )
    .addOption(targetOption())
    .option('--raw', 'the text as the registry sends it, replica by replica')
    .option(
      '-w, --watch [seconds]',
      `repeat, and show the changes (default: every ${WATCH_SECONDS} s; Ctrl-C ends it)`,
      parseSeconds,
    )
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Examples:
  $ purser metrics --target prod
  $ purser metrics --watch 5
  $ purser metrics --raw | grep imageregistry_storage_errors_total`,
    )
    .action(async (_options: unknown, command: Command) => {
      process.exitCode = await show(command.optsWithGlobals<Options>());
    });
}

async function show(options: Options): Promise<number> {
  const { loaded, target } = findTarget(options);
  return withClient(loaded, async (client) => {
    if (options.watch !== undefined) return watch(client, target, options);
    const metrics = await runReadMetrics(client, { target, raw: options.raw === true });
    process.stdout.write(format(metrics, options));
    return metrics.replicas.every(({ failure }) => failure === undefined)
      ? EXIT.proven
      : EXIT.failed;
  });
}

async function watch(client: Client, target: string, options: Options): Promise<number> {
  const stopping = new AbortController();
  process.once('SIGINT', () => stopping.abort());
  const pause = options.watch === true ? WATCH_SECONDS : (options.watch ?? WATCH_SECONDS);
  let before: ReadMetricsResult | undefined;
  while (!stopping.signal.aborted) {
    const metrics = await runReadMetrics(client, { target, raw: false });
    process.stdout.write(`${new Date().toISOString()}\n${format(metrics, options, before)}\n`);
    before = metrics;
    await sleep(pause * 1_000, undefined, { signal: stopping.signal }).catch(() => {});
  }
  return EXIT.proven;
}

function format(metrics: ReadMetricsResult, options: Options, before?: ReadMetricsResult): string {
  if (options.output === 'json') return `${formatJson(unpacked(metrics))}\n`;
  if (options.raw !== true) return `${formatNumbers(metrics, before)}\n`;
  return unpacked(metrics)
    .replicas.map(({ replica, raw, failure }) => `# replica ${replica}\n${raw ?? `# ${failure}\n`}`)
    .join('\n');
}

function unpacked({ replicas, ...rest }: ReadMetricsResult): ReadMetricsResult {
  return {
    ...rest,
    replicas: replicas.map((each) => {
      if (each.raw === undefined) return each;
      return { ...each, raw: gunzipSync(Buffer.from(each.raw, 'base64')).toString('utf8') };
    }),
  };
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (seconds >= 1 && seconds <= 3_600) return seconds;
  throw new InvalidArgumentError(
    `${JSON.stringify(text)} is not a number of seconds from 1 to 3600.`,
  );
}

import type { Client } from '@temporalio/client';
import { Command } from 'commander';
import { formatDuration } from '../domain/duration.ts';
import { reportOn } from '../temporal/health.ts';
import { findSchedule } from '../temporal/schedules.ts';
import { hasSchedules, retentionMs } from '../temporal/connection/namespace.ts';
import { mendTypes, wrongSearchAttributes } from '../temporal/search-attributes.ts';
import { countPollers, startCheckTarget } from '../temporal/starts.ts';
import { healthId, proofQueue, targetQueue, WORKFLOWS_QUEUE } from '../../workflows/contract.ts';
import { chooseTarget, findConfig, withClient } from './context.ts';
import type { GlobalOptions } from './context.ts';
import { EXIT, explainFailure } from './exit.ts';
import { visible } from '../domain/inputs/shown.ts';
import { styled } from './display/style.ts';

interface Options extends GlobalOptions {
  readonly target?: string;
}

interface Line {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly advice?: string;
}

export function doctorCommand(): Command {
  return new Command('doctor')
    .summary('check Temporal, the targets and the rights')
    .description(
      "Checks what Purser stands on: Temporal, its search attributes, the workers, and each target's\n" +
        'cluster, permissions and registry, as seen by the workers. Says what to do for each line that\n' +
        'is not green.',
    )
    .option('-t, --target <name>', 'check this target only (default: all)')
    .addHelpText('after', '\nExample:\n  $ purser doctor --target prod')
    .action(async (_options: unknown, command: Command) => {
      process.exitCode = await examine(command.optsWithGlobals<Options>());
    });
}

async function examine(options: Options): Promise<number> {
  const loaded = findConfig(options);
  const targets =
    options.target === undefined
      ? Object.keys(loaded.config.targets)
      : [chooseTarget(loaded, options.target)];
  const lines = await withClient(loaded, async (client) => {
    const temporal = await checkTemporal(client, targets);
    show('Temporal', temporal);
    const health = await Promise.all(targets.map((target) => checkSchedule(client, target)));
    show('health checks', health);
    if (temporal.some(({ ok }) => !ok)) return [...temporal, ...health];
    const checked = await Promise.all(targets.map((target) => checkTarget(client, target)));
    for (const [index, target] of targets.entries()) show(`target ${target}`, checked[index] ?? []);
    return [...temporal, ...health, ...checked.flat()];
  });
  return lines.every(({ ok }) => ok) ? EXIT.proven : EXIT.failed;
}

async function checkTemporal(client: Client, targets: readonly string[]): Promise<readonly Line[]> {
  const queues = [
    WORKFLOWS_QUEUE,
    ...targets.flatMap((name) => [targetQueue(name), proofQueue(name)]),
  ];
  const pollers = await Promise.all(
    queues.map(async (queue): Promise<Line> => {
      const count = await countPollers(client, queue);
      if (count > 0) return { name: `worker ${queue}`, ok: true, detail: `${count} polling` };
      return {
        name: `worker ${queue}`,
        ok: false,
        detail: 'nobody polls this task queue',
        advice: 'start `purser worker` (see `purser worker --help` for --target and --only)',
      };
    }),
  );
  return [
    {
      name: 'server',
      ok: true,
      detail: `answers, namespace ${client.options.namespace}. Whoever may start workflows there may hand out what grants: allows`,
    },
    await checkAttributes(client),
    await checkRetention(client),
    ...pollers,
  ];
}

async function checkAttributes(client: Client): Promise<Line> {
  const { missing, mistyped } = await wrongSearchAttributes(client);
  const name = 'search attributes';
  if (mistyped.length > 0) {
    const advice = mendTypes(client.options.namespace);
    return { name, ok: false, detail: `of another type: ${mistyped.join('; ')}`, advice };
  }
  if (missing.length === 0) return { name, ok: true, detail: 'all registered' };
  const detail = `missing: ${missing.join(', ')}`;
  return { name, ok: false, detail, advice: 'run `purser setup`' };
}

const KEPT_AT_LEAST_MS = 3 * 86_400_000;

// Nothing fails by it: states and reports are kept elsewhere. What a failed run did is not.
async function checkRetention(client: Client): Promise<Line> {
  const name = 'retention';
  const ms = await retentionMs(client);
  if (ms === undefined) return { name, ok: true, detail: 'the namespace does not say' };
  const detail = `runs are kept for ${formatDuration(ms)} after their end`;
  if (ms >= KEPT_AT_LEAST_MS || !(await hasSchedules(client))) return { name, ok: true, detail };
  const advice = `what a scheduled run did on Friday cannot be looked at on Monday, and links of alerts and reports lead nowhere: temporal operator namespace update --namespace ${client.options.namespace} --retention 30d`;
  return { name, ok: true, detail: `${detail}, and schedules run here`, advice };
}

/** Whether a target's health checks run as they are scheduled. What they find is not the question. */
async function checkSchedule(client: Client, target: string): Promise<Line> {
  const { schedule, state, isLate } = await reportOn(client, target, { archive: false });
  const name = `schedule ${target}`;
  if (schedule === undefined) {
    const detail = `not scheduled; \`purser health schedule --target ${target}\` would check it every minute`;
    return { name, ok: true, detail };
  }
  const every = `every ${formatDuration(schedule.everyMs)}`;
  const last = state === undefined ? 'no run has ended yet' : `the last run was at ${state.at}`;
  if (schedule.isPaused)
    return { name, ok: true, detail: `${every}, paused: ${schedule.note ?? 'no reason given'}` };
  if (!isLate) return { name, ok: true, detail: `${every}, ${last}` };
  const advice = `look for the worker of ${WORKFLOWS_QUEUE} and of ${targetQueue(target)}, and at the runs of health/${target} in the Web UI`;
  return { name, ok: false, detail: `${every}, but ${last}: nobody watches ${target}`, advice };
}

async function checkTarget(client: Client, target: string): Promise<readonly Line[]> {
  try {
    const health = (await findSchedule(client, healthId(target))) !== undefined;
    const handle = await startCheckTarget(client, { target, health });
    return await handle.result();
  } catch (error) {
    return [
      {
        name: 'cluster',
        ok: false,
        detail: explainFailure(error).line,
        advice: `see targets.${target} in purser.yaml, and the log of its worker`,
      },
    ];
  }
}

function show(title: string, lines: readonly Line[]): void {
  process.stdout.write(`${styled('bold', title)()}\n`);
  for (const { name, ok, detail, advice } of lines) {
    const mark = ok ? styled('green', '✔') : styled('red', '✘');
    process.stdout.write(`  ${mark()} ${visible(`${name.padEnd(34)} ${detail}`)}\n`);
    if (advice !== undefined)
      process.stdout.write(`    ${styled('yellow', '→')()} ${visible(advice)}\n`);
  }
}

import type { Client } from '@temporalio/client';
import { Command } from 'commander';
import type { DoctorCheck, Finding } from '../domain/finding.ts';
import { formatDuration } from '../domain/duration.ts';
import { reportOn } from '../temporal/health.ts';
import { findSchedule } from '../temporal/schedules.ts';
import { hasSchedules, retentionMs } from '../temporal/connection/namespace.ts';
import { mistypedAdvice, wrongSearchAttributes } from '../temporal/search-attributes.ts';
import { countPollers, startCheckTarget } from '../temporal/starts.ts';
import { healthId, proofQueue, targetQueue, WORKFLOWS_QUEUE } from '../../workflows/contract.ts';
import { findConfig, namedOrAll, withClient } from './context.ts';
import type { GlobalOptions } from './context.ts';
import { EXIT, explainFailure } from './exit.ts';
import { visible } from '../domain/inputs/shown.ts';
import { styled } from './display/style.ts';

interface Options extends GlobalOptions {
  readonly target?: string;
}

export function doctorCommand(): Command {
  return new Command('doctor')
    .summary('check Temporal, the targets and the rights')
    .description(
      "Checks what Purser needs: Temporal, its search attributes, the workers, and each target's " +
        'cluster, permissions and registry, as seen by the workers. Says what to do for each line that ' +
        'is not green.',
    )
    .option('-t, --target <name>', 'check this target only (default: all)')
    .addHelpText('after', '\nExample:\n  $ purser doctor --target prod')
    .action(async (_options: unknown, command: Command) => {
      process.exitCode = await runDoctor(command.optsWithGlobals<Options>());
    });
}

async function runDoctor(options: Options): Promise<number> {
  const loaded = findConfig(options);
  const targets = namedOrAll(loaded, options.target === undefined ? undefined : [options.target]);
  const lines = await withClient(loaded, async (client) => {
    const temporal = await checkTemporal(client, targets);
    show('Temporal', temporal);
    const health = await Promise.all(targets.map((target) => checkSchedule(client, target)));
    show('health checks', health);
    if (!temporal.every(isWell)) return [...temporal, ...health];
    const checked = await Promise.all(targets.map((target) => checkTarget(client, target)));
    for (const [index, target] of targets.entries()) show(`target ${target}`, checked[index] ?? []);
    return [...temporal, ...health, ...checked.flat()];
  });
  return lines.every(isWell) ? EXIT.proven : EXIT.failed;
}

async function checkTemporal(
  client: Client,
  targets: readonly string[],
): Promise<readonly DoctorCheck[]> {
  const queues = [
    WORKFLOWS_QUEUE,
    ...targets.flatMap((name) => [targetQueue(name), proofQueue(name)]),
  ];
  const pollers = await Promise.all(
    queues.map(async (queue): Promise<DoctorCheck> => {
      const count = await countPollers(client, queue);
      if (count > 0) return { name: `worker ${queue}`, seen: `${count} polling` };
      const text = 'no worker polls this task queue';
      const advice = 'start `purser worker` (see `purser worker --help` for --target and --only)';
      return { name: `worker ${queue}`, finding: error('probe', text, advice) };
    }),
  );
  return [
    {
      name: 'server',
      seen: `answers, namespace ${client.options.namespace}. Every account that may start workflows in it can grant what grants: allows`,
    },
    await checkAttributes(client),
    await checkRetention(client),
    ...pollers,
  ];
}

async function checkAttributes(client: Client): Promise<DoctorCheck> {
  const { missing, mistyped } = await wrongSearchAttributes(client);
  const name = 'search attributes';
  if (mistyped.length > 0) {
    const advice = mistypedAdvice(client.options.namespace);
    const text = `registered with another type: ${mistyped.join('; ')}`;
    return { name, finding: error('configuration', text, advice) };
  }
  if (missing.length === 0) return { name, seen: 'all registered' };
  const text = `missing: ${missing.join(', ')}`;
  return { name, finding: error('configuration', text, 'run `purser setup`') };
}

const MIN_RETENTION_MS = 3 * 86_400_000;

// A short retention breaks nothing: states and reports are stored elsewhere. But what a failed run did is lost.
async function checkRetention(client: Client): Promise<DoctorCheck> {
  const name = 'retention';
  const ms = await retentionMs(client);
  if (ms === undefined) return { name, seen: 'the namespace reports none' };
  const seen = `runs are kept for ${formatDuration(ms)} after their end`;
  if (ms >= MIN_RETENTION_MS || !(await hasSchedules(client))) return { name, seen };
  const advice = `keep runs longer: temporal operator namespace update --namespace ${client.options.namespace} --retention 30d. Otherwise the Web UI does not show on Monday what a run did on Friday, and links in alerts and reports are dead`;
  const text = `${seen}, and schedules run here`;
  return { name, finding: { severity: 'warning', cause: 'configuration', text, advice } };
}

/** Whether a target's health checks run on schedule, whatever they find. */
async function checkSchedule(client: Client, target: string): Promise<DoctorCheck> {
  const { schedule, state, isLate } = await reportOn(client, target, { archive: false });
  const name = `schedule ${target}`;
  if (schedule === undefined) {
    const seen = `not scheduled; \`purser health schedule --target ${target}\` checks it every minute`;
    return { name, seen };
  }
  const every = `every ${formatDuration(schedule.everyMs)}`;
  const last = state === undefined ? 'no run has ended yet' : `the last run was at ${state.at}`;
  if (schedule.isPaused)
    return { name, seen: `${every}, paused: ${schedule.note ?? 'no reason given'}` };
  if (!isLate) return { name, seen: `${every}, ${last}` };
  const advice = `check that workers of ${WORKFLOWS_QUEUE} and of ${targetQueue(target)} are running, and look at the runs of health/${target} in the Web UI`;
  const text = `${every}, but ${last}: no worker checks ${target}`;
  return { name, finding: error('probe', text, advice) };
}

async function checkTarget(client: Client, target: string): Promise<readonly DoctorCheck[]> {
  try {
    const health = (await findSchedule(client, healthId(target))) !== undefined;
    const handle = await startCheckTarget(client, { target, health });
    return await handle.result();
  } catch (failed) {
    const text = explainFailure(failed).line;
    const advice = `see targets.${target} in purser.yaml, and the log of its worker`;
    return [{ name: 'cluster', finding: { severity: 'unknown', cause: 'probe', text, advice } }];
  }
}

function error(cause: Finding['cause'], text: string, advice: string): Finding {
  return { severity: 'error', cause, text, advice };
}

// If something could not be checked, `purser doctor` must not exit 0.
function isWell({ seen, finding }: DoctorCheck): boolean {
  if (finding === undefined) return seen !== undefined;
  return finding.severity === 'warning' || finding.severity === 'note';
}

// The lines of a worker of another version may have neither.
const NO_RESULT = 'no result: is the worker of another version of Purser?';

function show(title: string, lines: readonly DoctorCheck[]): void {
  process.stdout.write(`${styled('bold', title)()}\n`);
  for (const line of lines) {
    const { name, seen = NO_RESULT, finding } = line;
    const mark = isWell(line) ? styled('green', '✔') : styled('red', '✘');
    process.stdout.write(`  ${mark()} ${visible(`${name.padEnd(34)} ${finding?.text ?? seen}`)}\n`);
    if (finding?.advice !== undefined)
      process.stdout.write(`    ${styled('yellow', '→')()} ${visible(finding.advice)}\n`);
  }
}

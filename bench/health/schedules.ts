import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowExecutionInfo } from '@temporalio/client';
import { healthId, SEARCH_ATTRIBUTES } from '../../workflows/contract.ts';
import { cpuBetween, readCpu } from '../cpu.ts';
import type { CpuTimes } from '../cpu.ts';
import { peakMemory } from '../memory.ts';
import { readTimeline } from '../onboard/history.ts';
import { mean, median, p95, sum } from '../statistics.ts';
import { tell } from '../environment.ts';
import { scheduleAll, withMany } from './many.ts';
import type { ManyTargets } from './many.ts';

export interface HealthSchedulesBenchOptions {
  readonly targets: number;
  readonly minutes: number;
}

const MINUTE_MS = 60_000;
// The first run of each target opens its connections and is not counted: the bench measures the cost of
// long operation.
const WARM_UP_MS = 75_000;
// A run that began at the end must be able to finish, and its schedule must record it.
const AFTERWARDS_MS = 20_000;
const COURSES = 20;
const ATTEMPTS = 5;

/**
 * The cost of scheduled checks: many targets, each with a schedule of one minute, on one `purser worker`
 * and one Temporal, after a first round that is not counted.
 */
export async function benchHealthSchedules({
  targets,
  minutes,
}: HealthSchedulesBenchOptions): Promise<number> {
  return withMany(targets, {}, async (many) => {
    tell(`making ${targets} schedules`);
    await scheduleAll(many);
    await sleep(WARM_UP_MS, undefined, { signal: many.signal });
    tell(`measuring for ${minutes} minutes`);
    const counted = await countActions(many);
    const cpu = readCpu(many.sandbox.programs);
    const began = new Date();
    await sleep(minutes * MINUTE_MS, undefined, { signal: many.signal });
    const used = cpuBetween(cpu, readCpu(many.sandbox.programs));
    const ended = new Date();
    const load = os.loadavg();
    showCost(many, used, ended.getTime() - began.getTime());
    console.log(`load of the machine: ${load.map((each) => each.toFixed(1)).join(', ')}`);
    const actions = difference(counted, await countActions(many));
    await sleep(AFTERWARDS_MS, undefined, { signal: many.signal });
    const runs = await runsBetween(many, began, ended);
    showRuns(runs, actions);
    await showTimelines(many, runs);
    return 0;
  });
}

interface Actions {
  readonly taken: number;
  readonly skipped: number;
  readonly missed: number;
}

/** The counters of the schedules so far. */
async function countActions({ client, targets }: ManyTargets): Promise<Actions> {
  const infos = [];
  for (const target of targets) {
    const { info } = await withRetries(() =>
      client.schedule.getHandle(healthId(target)).describe(),
    );
    infos.push(info);
  }
  return {
    taken: sum(infos.map(({ numActionsTaken }) => numActionsTaken)),
    skipped: sum(infos.map(({ numActionsSkippedOverlap }) => numActionsSkippedOverlap)),
    missed: sum(infos.map(({ numActionsMissedCatchupWindow }) => numActionsMissedCatchupWindow)),
  };
}

// The server under load may take long to answer these queries.
async function withRetries<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await sleep(1_000);
    }
  }
}

function difference(before: Actions, after: Actions): Actions {
  return {
    taken: after.taken - before.taken,
    skipped: after.skipped - before.skipped,
    missed: after.missed - before.missed,
  };
}

async function runsBetween(
  { client }: ManyTargets,
  began: Date,
  ended: Date,
): Promise<readonly WorkflowExecutionInfo[]> {
  const runs: WorkflowExecutionInfo[] = [];
  const query = `WorkflowType = 'checkHealth' AND StartTime >= '${began.toISOString()}' AND StartTime < '${ended.toISOString()}'`;
  for await (const run of client.workflow.list({ query })) runs.push(run);
  return runs;
}

function showCost({ sandbox, worker }: ManyTargets, used: CpuTimes, tookMs: number): void {
  const pids = new Map(sandbox.programs.map(({ name, pid }) => [name, pid]));
  for (const [name, ms] of Object.entries(used).sort(([, one], [, other]) => other - one)) {
    const peak = peakMemory(pids.get(name) ?? 0) ?? 0;
    const what = name === worker.name ? 'worker' : name;
    const share = ((ms / tookMs) * 100).toFixed(1);
    console.log(`${what.padEnd(18)} ${share.padStart(6)} % of one core, ${peak} MiB at most`);
  }
}

function showRuns(
  runs: readonly WorkflowExecutionInfo[],
  { taken, skipped, missed }: Actions,
): void {
  const times = runs.flatMap(({ startTime, closeTime }) =>
    closeTime === undefined ? [] : [closeTime.getTime() - startTime.getTime()],
  );
  const count = (status: string) => runs.filter((run) => run.status.name === status).length;
  const healthy = runs.filter(
    (run) => run.typedSearchAttributes.get(SEARCH_ATTRIBUTES.verdict) === 'healthy',
  ).length;
  console.log(
    `${runs.length} runs started (the schedules count ${taken}), ${count('COMPLETED')} completed, ` +
      `${count('RUNNING')} running, ${skipped} skipped, ${missed} missed; ${healthy} say healthy`,
  );
  console.log(
    `a run: median ${median(times)} ms, 95 in 100 within ${p95(times)} ms, slowest ${Math.max(0, ...times)} ms`,
  );
}

/** The histories of some runs, at even distances. */
async function showTimelines(
  { client }: ManyTargets,
  runs: readonly WorkflowExecutionInfo[],
): Promise<void> {
  const every = Math.max(1, Math.floor(runs.length / COURSES));
  const picked = runs.filter((_, index) => index % every === 0);
  const courses = await Promise.all(
    picked.map(({ workflowId }) => readTimeline(client, workflowId)),
  );
  const events = mean(courses.map((course) => course.events)).toFixed(1);
  const actions = mean(courses.map((course) => course.actions)).toFixed(1);
  const tasks = mean(courses.map(({ workflowTasks }) => workflowTasks)).toFixed(1);
  console.log(
    `in a history: ${events} events, ${tasks} workflow tasks, ${actions} actions (start, attempts, ` +
      `upserts; what a schedule itself costs comes on top)`,
  );
}

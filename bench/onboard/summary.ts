import type { Contender, Comparison, Standing } from './comparison.ts';
import type { CommandRun } from './command.ts';
import type { CpuTimes } from '../cpu.ts';
import type { Onboarding } from './purser.ts';
import { mean, median, p95, sum } from '../statistics.ts';

/** One contender's row. Times in milliseconds. */
export interface Row {
  readonly contender: Contender;
  readonly users: number;
  readonly usersPerSecond: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly apiCallsPerUser: number;
  readonly registryCallsPerUser: number;
  /** By program of the sandbox. */
  readonly cpuMsPerUser: CpuTimes;
}

/** A part of an onboarding's time: means, which add up. */
export interface Part {
  readonly part: string;
  readonly aloneMs: number;
  readonly inTheCrowdMs: number;
}

export function rowOf({ contender, turns }: Standing): Row {
  const latencies = turns.flatMap(({ latenciesMs }) => latenciesMs);
  const users = latencies.length;
  return {
    contender,
    users,
    usersPerSecond: users / sum(turns.map(({ seconds }) => seconds)),
    medianMs: median(latencies),
    p95Ms: p95(latencies),
    apiCallsPerUser: sum(turns.map(({ apiCalls }) => apiCalls)) / users,
    registryCallsPerUser: sum(turns.map(({ registryCalls }) => registryCalls)) / users,
    cpuMsPerUser: cpuOf(turns, users),
  };
}

/** Purser's users per second, divided by those of each other contender. */
export function ratiosOf(rows: readonly Row[]): Readonly<Record<string, number>> {
  const purser = rows.find(({ contender }) => contender === 'Purser')?.usersPerSecond ?? 0;
  const others = rows.filter(({ contender }) => contender !== 'Purser');
  return Object.fromEntries(
    others.map(({ contender, usersPerSecond }) => [
      `Purser / ${contender}`,
      purser / usersPerSecond,
    ]),
  );
}

/** The cost of an onboarding for Temporal: means over the comparison. */
export function costOf({ onboardings }: Comparison) {
  const of = (read: (onboarding: Onboarding) => number) => mean(onboardings.map(read));
  return {
    historyEvents: of(({ course }) => course.events),
    workflowTasks: of(({ course }) => course.workflowTasks),
    activities: of(({ course }) => course.activities.length),
    actions: of(({ course }) => course.actions),
  };
}

/** Where the time goes: of the onboardings that ran alone, and of those of the comparison. */
export function partsOf(
  alone: readonly CommandRun[],
  crowd: readonly Onboarding[],
): readonly Part[] {
  const types = new Set(alone.flatMap(({ course }) => course.activities.map(({ type }) => type)));
  const steps = alone[0]?.steps.map(({ name }) => name) ?? [];
  const part = (name: string, read: (onboarding: Onboarding) => number): Part => ({
    part: name,
    aloneMs: mean(alone.map(read)),
    inTheCrowdMs: mean(crowd.map(read)),
  });
  return [
    part('workflow', ({ course }) => course.totalMs),
    part('Temporal: all but the activities', (each) => each.course.totalMs - workOf(each)),
    part('  of it: activities wait for a worker', ({ course }) =>
      sum(course.activities.map(({ waitedMs }) => waitedMs)),
    ),
    ...[...types].map((type) => part(`activity ${type}`, (each) => workOf(each, type))),
    ...steps.map((name) =>
      part(`  step ${name}`, (each) =>
        sum(each.steps.filter((step) => step.name === name).map(({ durationMs }) => durationMs)),
      ),
    ),
  ];
}

function cpuOf(turns: Standing['turns'], users: number): CpuTimes {
  const programs = new Set(turns.flatMap(({ cpu }) => Object.keys(cpu)));
  return Object.fromEntries(
    [...programs].map((name) => [name, sum(turns.map(({ cpu }) => cpu[name] ?? 0)) / users]),
  );
}

function workOf({ course }: Onboarding, only?: string): number {
  const counted = course.activities.filter(({ type }) => only === undefined || type === only);
  return sum(counted.map(({ tookMs }) => tookMs));
}

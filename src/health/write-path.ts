import { REGISTRY_NAMESPACE } from '../domain/registry-namespace.ts';
import type { Cause } from '../domain/cause.ts';
import type { Finding } from '../domain/finding.ts';
import { notChecked, degraded, note, unhealthy } from './findings.ts';
import type { CheckFindings } from './findings.ts';

/** Why a stage did not work. */
export interface FailedStage {
  readonly cause: Cause;
  readonly text: string;
}

/** One stage of the way: how long it took, and what went wrong. */
export interface Stage {
  readonly durationMs: number;
  readonly failure?: FailedStage;
}

/** What was tried, in this order; absent where an earlier stage made it impossible. */
export interface WritePathResult {
  readonly login: Stage;
  /** Of the canary, to a stream of its own. */
  readonly push?: Stage;
  /** Of what was pushed, by the way it was pushed. */
  readonly pull?: Stage;
  /** Of what was pushed, from each replica by itself, by its pod's name. */
  readonly replicas: Readonly<Record<string, Stage>>;
  /** Of the image that is kept for it: tried where the push failed, so that reading has a verdict. */
  readonly read?: Stage | 'nothing kept';
  readonly delete?: Stage;
}

/** Verdicts for writing and reading apart: most of what is said of a registry is about one of the two. */
export function evaluateWritePath(
  result: WritePathResult,
  { slowSeconds }: { readonly slowSeconds: number },
): CheckFindings {
  const { writing, reading } = verdicts(result);
  const { login, push, pull, read, replicas } = result;
  const scope = scopeOf(result);
  const failed = [
    ...failureOf('login', login, scope),
    ...failureOf('push', push, scope),
    ...failureOf('pull', pull, scope),
    ...(read === 'nothing kept' ? [] : failureOf('pull of the kept image', read, scope)),
    ...Object.entries(replicas).flatMap(([pod, stage]) => failureOf(`pull from ${pod}`, stage, '')),
    ...evaluateDelete(result.delete),
  ];
  return {
    findings: [...failed, ...evaluateSpeed(result, slowSeconds)],
    measurements: {
      ...Object.fromEntries(
        Object.entries({ login, push, pull, delete: result.delete }).flatMap(([name, stage]) =>
          stage === undefined || stage.failure !== undefined
            ? []
            : [[`${name}_ms`, Math.round(stage.durationMs)]],
        ),
      ),
      ...(writing === undefined ? {} : { writes: Number(writing) }),
      ...(reading === undefined ? {} : { reads: Number(reading) }),
    },
    table: {
      columns: ['stage', 'took', 'result'],
      rows: stagesOf(result).map(([name, stage]) => [
        name,
        `${Math.round(stage.durationMs)} ms`,
        stage.failure === undefined ? 'well' : stage.failure.cause,
      ]),
    },
  };
}

/** Whether writing and reading work; undefined where it could not be tried. */
export function verdicts(result: WritePathResult): {
  readonly writing: boolean | undefined;
  readonly reading: boolean | undefined;
} {
  const { login, push, pull, read } = result;
  if (login.failure !== undefined) {
    const known = isRegistryFault(login.failure) ? false : undefined;
    return { writing: known, reading: known };
  }
  const readStage = read === 'nothing kept' ? undefined : (pull ?? read);
  const replicaStages = Object.values(result.replicas);
  return { writing: works([push]), reading: works([readStage, ...replicaStages]) };
}

function works(stages: readonly (Stage | undefined)[]): boolean | undefined {
  const known = stages.filter((stage) => stage !== undefined);
  if (known.some(({ failure }) => failure !== undefined && isRegistryFault(failure))) return false;
  if (known.length === 0 || known.some(({ failure }) => failure !== undefined)) return undefined;
  return true;
}

// Purser's own: its right in the namespace of the probe, its quota there, its way in.
const PURSER_CAUSES: readonly Cause[] = ['probe', 'forbidden', 'quota'];

function isRegistryFault({ cause }: FailedStage): boolean {
  return !PURSER_CAUSES.includes(cause);
}

/** What works beside what does not: half an outage is to be told as half of one. */
function scopeOf(result: WritePathResult): string {
  const { writing, reading } = verdicts(result);
  if (writing === false && reading === true) return '; reading works';
  if (writing === true && reading === false) return '; writing works';
  return writing === false && reading === false ? '; neither reading nor writing works' : '';
}

function failureOf(what: string, stage: Stage | undefined, scope: string): readonly Finding[] {
  if (stage?.failure === undefined) return [];
  const { failure } = stage;
  const text = `${what} fails: ${failure.text}${scope}`;
  if (!isRegistryFault(failure)) {
    const advice =
      failure.cause === 'probe'
        ? undefined
        : 'apply deploy/rbac/option-health.yaml, and leave its namespace room for two image streams';
    return [notChecked(text, advice)];
  }
  if (failure.cause === 'rate-limited') return [degraded('rate-limited', text)];
  // What was pushed a moment ago and is not there is lost, not missing.
  if (failure.cause === 'not-found' && what.startsWith('pull')) return [unhealthy('storage', text)];
  return [unhealthy(failure.cause, text)];
}

function evaluateDelete(stage: Stage | undefined): readonly Finding[] {
  if (stage?.failure === undefined) return [];
  const text = `the canary's stream could not be deleted: ${stage.failure.text}`;
  return [note('probe', text, 'a later run tries again')];
}

function evaluateSpeed(result: WritePathResult, slowSeconds: number): readonly Finding[] {
  return stagesOf(result)
    .filter(
      ([, { durationMs, failure }]) => failure === undefined && durationMs > slowSeconds * 1_000,
    )
    .map(([name, { durationMs }]) =>
      degraded(
        'slow',
        `${name} of 1 kB took ${(durationMs / 1_000).toFixed(1)} s, more than ${slowSeconds} s`,
        `look at the registry's storage and at oc adm top pods -n ${REGISTRY_NAMESPACE}`,
      ),
    );
}

function stagesOf(result: WritePathResult): readonly (readonly [string, Stage])[] {
  const { login, push, pull, read } = result;
  const named: readonly (readonly [string, Stage | undefined])[] = [
    ['login', login],
    ['push', push],
    ['pull', pull],
    ['pull of the kept image', read === 'nothing kept' ? undefined : read],
    ...Object.entries(result.replicas).map(([pod, stage]) => [`pull from ${pod}`, stage] as const),
    ['delete', result.delete],
  ];
  return named.flatMap(([name, stage]) => (stage === undefined ? [] : [[name, stage] as const]));
}

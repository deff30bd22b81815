import type { Run } from '../manifest.ts';

/**
 * The name of a bundle's folder: `20261123T105814.437Z-0190abcd`. Names sort in the order in which the
 * bundles were made. A name is always later than the last one, even if a clock was set back.
 */
export function bundleName(now: number, runId: string, last: string | undefined): string {
  const lastAt = last === undefined ? 0 : (timeOfBundle(last) ?? 0);
  const at = new Date(Math.max(now, lastAt + 1)).toISOString();
  return `${at.replaceAll(/[-:]/g, '')}-${runPartOf(runId)}`;
}

/** The part of a bundle's name that identifies the run: the last eight digits of its id. */
export function runPartOf(runId: string): string {
  return runId.replaceAll(/[^0-9a-zA-Z]/g, '').slice(-8) || 'run';
}

/** The start time of a bundle, in epoch milliseconds; undefined if the text is no bundle's name. */
export function timeOfBundle(name: string): number | undefined {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d\.\d{3})Z-\w+$/.exec(name) ?? [];
  if (year === undefined) return undefined;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

/** The file of one run of a container: `<namespace>_<pod>_<container>[_previous].log.zst`. */
export function runFile(run: {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly previous: boolean;
}): string {
  const { namespace, pod, container, previous } = run;
  return `${namespace}_${pod}_${container}${previous ? '_previous' : ''}.log.zst`;
}

/** The file of a namespace's events. */
export function eventsFile(namespace: string, isOnly: boolean): string {
  return isOnly ? 'events.jsonl.zst' : `${namespace}_events.jsonl.zst`;
}

/**
 * The key of a run. The names of pod and container are not enough: a replaced pod may have the same ones.
 */
export function runKey({ namespace, podUid, container, run }: Run): string {
  return [namespace, podUid, container, run].join('/');
}

import type { Run } from '../manifest.ts';

/**
 * The name of a bundle's folder: `20261123T105814.437Z-0190abcd`, so that names sort as the bundles
 * were made. Later than the last one's in any case, also where a clock was set back.
 */
export function bundleName(now: number, runId: string, last: string | undefined): string {
  const lastAt = last === undefined ? 0 : (timeOfBundle(last) ?? 0);
  const at = new Date(Math.max(now, lastAt + 1)).toISOString();
  return `${at.replaceAll(/[-:]/g, '')}-${runPartOf(runId)}`;
}

/** What the name of a bundle holds of the run that began it: its last eight digits. */
export function runPartOf(runId: string): string {
  return runId.replaceAll(/[^0-9a-zA-Z]/g, '').slice(-8) || 'run';
}

/** When a bundle was begun, in epoch milliseconds; undefined for what is no bundle's name. */
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

/** Tells runs apart: a pod's name and a container's come again after it was replaced. */
export function runKey({ namespace, podUid, container, run }: Run): string {
  return [namespace, podUid, container, run].join('/');
}

import assert from 'node:assert/strict';
import path from 'node:path';
import type { Config } from '../../../src/config/schema.ts';
import type { Collected, CollectLogsRequest } from '../../../src/logs/model/collect-request.ts';
import { startCollectLogs } from '../../../src/temporal/starts.ts';
import { readBundles } from './bundles.ts';
import type { ReadBundle } from './bundles.ts';
import { fresh } from './fixtures.ts';
import type { StagePod } from './pod-log.ts';
import { openEnvironment } from './environment.ts';
import type { Environment } from './environment.ts';

export type LogTarget = Pick<Config['targets'][string], 'logs'> & {
  readonly kubeconfig?: string | undefined;
  /** How long a step is tried; default: a minute and a half, for the stories wait for its end. */
  readonly patience?: string;
};

/** A sandbox as the stories of collecting use it. */
export interface LogEnvironment extends Environment {
  /** The sandbox's own archive. */
  readonly archive: string;
  /** Settings of a target that collects these pods only. */
  of(...pods: readonly Pick<StagePod, 'workload'>[]): LogTarget;
  /** Serves a target of a name that nobody else uses; resolves to the name. */
  serveLogs(target: LogTarget, archive?: Config['archive']): Promise<string>;
  /** Collects, and waits for the end. */
  collect(target: string, more?: Partial<CollectLogsRequest>): Promise<Collected>;
  /** The sealed bundles of a target, oldest first. */
  bundles(target: string): readonly ReadBundle[];
}

export async function openLogEnvironment(dataDir?: string): Promise<LogEnvironment> {
  const env = await openEnvironment(dataDir);
  const { sandbox } = env.config.targets;
  assert.ok(sandbox);
  const archive = path.join(env.info.dataDir, 'archive');
  return {
    ...env,
    archive,
    of: (...pods) => ({
      kubeconfig: sandbox.kubeconfig,
      logs: { ...sandbox.logs, workloads: pods.map(({ workload }) => workload) },
    }),
    serveLogs: async (target, where) => {
      const name = fresh('logs');
      await env.serve(
        { [name]: { patience: '90s', ...target } },
        ['steps'],
        where === undefined ? {} : { archive: where },
      );
      return name;
    },
    collect: async (target, more = {}) =>
      (await startCollectLogs(env.client, { target, ...more })).result(),
    bundles: (target) => readBundles(archive, target),
  };
}

/** Fails unless the collection does, with this type and this text in its cause. */
export async function assertFails(
  collecting: Promise<unknown>,
  type: string,
  message: RegExp,
): Promise<void> {
  await assert.rejects(collecting, (error: unknown) => {
    const cause = error instanceof Error ? error.cause : undefined;
    assert.ok(cause instanceof Error && 'type' in cause, String(error));
    assert.match(cause.message, message);
    assert.equal(cause.type, type);
    return true;
  });
}

/** The gaps of all bundles. */
export function gapsOf(bundles: readonly ReadBundle[]) {
  return bundles.flatMap(({ manifest }) => manifest.sources.flatMap(({ gaps }) => gaps));
}

/** Lines that make a log long: `line N of <pod>` and 100 bytes more. */
export function longLines(pod: string, from: number, to: number): readonly string[] {
  const more = 'x'.repeat(100);
  return Array.from(
    { length: to - from + 1 },
    (_, index) => `line ${from + index} of ${pod} ${more}`,
  );
}

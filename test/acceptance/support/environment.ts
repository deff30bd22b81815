import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Client, Connection, WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { parse, stringify } from 'yaml';
import type { z } from 'zod';
import { configSchema } from '../../../src/config/schema.ts';
import type { targetConfigSchema } from '../../../src/config/schema.ts';
import type { Config } from '../../../src/config/schema.ts';
import type { Report } from '../../../src/access/model/report/report.ts';
import { createClusterClient } from '../../../sandbox/api/cluster-client.ts';
import { sandboxInfo } from '../../../sandbox/info.ts';
import type { SandboxInfo } from '../../../sandbox/info.ts';
import { createLogger } from '../../../src/temporal/logging.ts';
import { startOnboard, startRevoke } from '../../../src/temporal/starts.ts';
import { startWorkers } from '../../../src/worker.ts';
import type { WorkerRole } from '../../../src/worker.ts';

/** The sandbox that `npm test` started, as a story uses it. */
export interface Environment {
  readonly info: SandboxInfo;
  readonly client: Client;
  readonly config: Config;
  /** The cluster with an administrator's rights. */
  readonly admin: ReturnType<typeof createClusterClient>;
  /**
   * Serves more targets, each like `sandbox` but for what is given, until the story ends. `at` is told
   * of each named point of an activity; the archive is the sandbox's own unless another is named.
   */
  serve(
    targets: Readonly<Record<string, Target>>,
    roles?: readonly WorkerRole[],
    more?: { readonly at?: (point: string) => void; readonly archive?: Config['archive'] },
  ): Promise<void>;
  /**
   * Sets the faults of the registry's fronts, and with `router` those of the router before them (sandbox/router/faults.ts);
   * `{}` heals. `stopped` is of both, `certificate` of the router, who shows it to clients of the route. Healed when the story ends.
   */
  fault(faults: Readonly<Record<string, unknown>>): Promise<void>;
  close(): Promise<void>;
}

type Target = Partial<z.input<typeof targetConfigSchema>>;

/** `dataDir`: of a sandbox of the story's own, where it must not disturb the others. */
export async function openEnvironment(
  dataDir = process.env['PURSER_TEST_SANDBOX'],
): Promise<Environment> {
  assert.ok(
    dataDir,
    'this story needs the sandbox of `npm test`: run it with `npm test -- <part of its name>`',
  );
  const info = sandboxInfo.parse(
    JSON.parse(readFileSync(path.join(dataDir, 'sandbox.json'), 'utf8')),
  );
  const config = configSchema.parse(parse(readFileSync(path.join(dataDir, 'purser.yaml'), 'utf8')));
  const connection = await Connection.connect({ address: info.temporal.address });
  const { server, caFile, adminTokenFile: tokenFile } = info.cluster;
  const ending = new AbortController();
  const admin = createClusterClient({ server, caFile, tokenFile, signal: ending.signal });
  const closing: (() => Promise<void>)[] = [() => admin.close(), () => connection.close()];
  const fault = (faults: Readonly<Record<string, unknown>>) => setFaults(info, faults);
  return {
    info,
    config,
    admin,
    client: new Client({ connection, namespace: info.temporal.namespace }),
    serve: async (targets, roles = ['steps', 'proof'], { at = () => {}, archive } = {}) => {
      const base = config.targets['sandbox'];
      const all = Object.entries(targets).map(([name, target]) => [name, { ...base, ...target }]);
      const logger = createLogger('error');
      const own = {
        ...config,
        archive: archive ?? { folder: path.join(dataDir, 'archive') },
        // The sandbox's own worker has the port of the metrics.
        worker: undefined,
        targets: Object.fromEntries(all),
      };
      const served = configSchema.parse(own);
      const workers = await startWorkers(served, { roles, logger, signal: ending.signal, at });
      closing.unshift(() => workers.stop());
    },
    fault: async (faults) => {
      closing.unshift(() => fault({}));
      await fault(faults);
    },
    close: async () => {
      for (const close of closing) await close();
      ending.abort();
    },
  };
}

async function setFaults(
  info: SandboxInfo,
  faults: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { router, certificate, ...ofFronts } = faults;
  const { stopped } = ofFronts;
  const { controls, routerControl } = info.registry;
  const all = [
    [routerControl, { router, stopped, certificate }],
    ...controls.map((control) => [control, ofFronts] as const),
  ] as const;
  for (const [control, body] of all) {
    const url = new URL('/faults', control);
    const answer = await fetch(url, { method: 'PUT', body: JSON.stringify(body) });
    assert.equal(answer.status, 200, await answer.text());
  }
}

/** How an onboarding or a revocation ended: its report, and the failure's type where it failed. */
export interface End {
  readonly report: Report;
  readonly failure: string | undefined;
}

type OnboardInput = Partial<Parameters<typeof startOnboard>[1]> &
  Pick<Parameters<typeof startOnboard>[1], 'subject' | 'accesses'>;

/** Runs an onboarding to its end; the target is `sandbox` unless another is named. */
export async function onboard(environment: Environment, input: OnboardInput): Promise<End> {
  const request = { target: 'sandbox', prove: 'if-possible' as const, ...input };
  return endOf((await startOnboard(environment.client, request)).result());
}

/** Runs a revocation to its end. */
export async function revoke(
  environment: Environment,
  input: Omit<Parameters<typeof startRevoke>[1], 'target'> & { readonly target?: string },
): Promise<End> {
  return endOf((await startRevoke(environment.client, { target: 'sandbox', ...input })).result());
}

/** Waits for the end of a workflow that ends with a report. */
export async function endOf(result: Promise<{ readonly report: Report }>): Promise<End> {
  try {
    return { report: (await result).report, failure: undefined };
  } catch (error) {
    assert.ok(error instanceof WorkflowFailedError, String(error));
    assert.ok(error.cause instanceof ApplicationFailure, String(error.cause));
    const report = error.cause.details?.[0];
    assert.ok(isReport(report), `${error.cause.type}: ${error.cause.message} (without a report)`);
    return { report, failure: error.cause.type ?? 'none' };
  }
}

function isReport(value: unknown): value is Report {
  return typeof value === 'object' && value !== null && 'outcome' in value;
}

/** A report's steps as `{name: outcome}`, for comparing. */
export function outcomes({ steps }: Report): Readonly<Record<string, string>> {
  return Object.fromEntries(steps.map(({ name, outcome }) => [name, outcome]));
}

/** Fails with the report's own failure where it is not `proven`. */
export function assertProven(report: Report): void {
  const { outcome, failure, next } = report;
  assert.equal(outcome, 'proven', [failure?.type, failure?.message, ...next].join(': '));
}

/** Writes a purser.yaml whose one target is like `sandbox` but for what is given; returns its path. */
export function configWith({ config }: Environment, target: string, other: Target = {}): string {
  const file = path.join(mkdtempSync(path.join(os.tmpdir(), 'purser-story-')), 'purser.yaml');
  const targets = { [target]: { ...config.targets['sandbox'], ...other } };
  writeFileSync(file, stringify({ ...config, worker: {}, targets }));
  return file;
}

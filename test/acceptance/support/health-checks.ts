import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { examine } from '../../../activities/health/examine.ts';
import type { Target } from '../../../activities/target.ts';
import { configSchema } from '../../../src/config/schema.ts';
import type { CheckName, CheckResult } from '../../../src/health/model/checks.ts';
import { createTarget } from '../../../src/worker.ts';
import type { Environment } from './environment.ts';

/** The settings that a story may differ in: of the target, and of `health:`. */
export interface Settings {
  readonly kubeconfig?: string;
  readonly registry?: object;
  readonly probe?: object;
  readonly rules?: object;
}

/** The sandbox as the checks' target; first failures are tried again at once. */
export function targetOf({ config }: Environment, settings: Settings = {}): Promise<Target> {
  const { probe = {}, rules = {}, registry = {}, kubeconfig } = settings;
  const base = config.targets['sandbox'];
  const sandbox = {
    ...base,
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    registry: { ...base?.registry, ...registry },
  };
  const health = { probe: { retryAfterSeconds: 0, ...probe }, rules };
  const parsed = configSchema.parse({ ...config, worker: {}, health, targets: { sandbox } });
  return createTarget(parsed, 'sandbox');
}

export interface Look {
  readonly run?: string;
  readonly memory?: Readonly<Partial<Record<CheckName, unknown>>>;
}

/** Runs these checks once, as the activity does. */
export async function look(
  target: Target,
  checks: readonly CheckName[],
  { run = 'story/run', memory = {} }: Look = {},
): Promise<Readonly<Partial<Record<CheckName, CheckResult>>>> {
  const signal = AbortSignal.timeout(120_000);
  const course = { run, signal, show: () => {} };
  const { results } = await examine(target, { checks, memory }, course);
  return Object.fromEntries(results.map((result) => [result.check, result]));
}

/** Runs one check once. */
export async function lookOnce(
  target: Target,
  check: CheckName,
  options: Look = {},
): Promise<CheckResult> {
  const { [check]: result } = await look(target, [check], options);
  assert.ok(result, check);
  return result;
}

/** What a result says, for a message of a test that fails. */
export function words({ check, verdict, findings }: CheckResult): string {
  const found = findings.map(({ severity, cause, text }) => `${severity} (${cause}): ${text}`);
  return [`${check} is ${verdict}`, ...found].join('\n  ');
}

/** A file that is gone when `end` is called. */
export function temporaryFile(content: string): {
  readonly file: string;
  readonly end: () => void;
} {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'purser-look-'));
  const file = path.join(folder, 'file');
  writeFileSync(file, content, { mode: 0o600 });
  return { file, end: () => rmSync(folder, { recursive: true, force: true }) };
}

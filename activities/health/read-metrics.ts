import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { z } from 'zod';
import { REGISTRY_NAMESPACE } from '../../src/domain/registry-namespace.ts';
import { errorMessage, PurserError } from '../../src/domain/errors.ts';
import { parseRequest } from '../../src/domain/request.ts';
import { RegistryFailure } from '../../src/registry/failure.ts';
import { parseMetrics } from '../../src/registry/metrics-text.ts';
import { READ_PATIENCE_MS } from '../../src/domain/patience.ts';
import { attempt } from '../attempt.ts';
import { createCheckContext } from './check-context.ts';
import type { CheckContext } from './check-context.ts';
import type { Target } from '../target.ts';
import { numbersOf, combine } from './numbers.ts';
import type { RegistryNumbers } from './numbers.ts';

const readSchema = z.strictObject({ raw: z.boolean() });
const zip = promisify(gzip);

// Temporal takes 2 MB, with everything around the text. Base64 makes three bytes four.
const RAW_BYTES = 1_400_000;

/** The metrics of one replica, which counts only its own requests (openshift-facts.md 2.1). */
export interface ReplicaMetrics {
  readonly replica: string;
  /** Why it could not be read. */
  readonly failure?: string;
  readonly numbers?: RegistryNumbers;
  /** The text as it came, in gzip and base64; only if `raw` was requested. */
  readonly raw?: string;
}

/** What all replicas say, each for itself and together. */
export interface RegistryMetrics {
  readonly replicas: readonly ReplicaMetrics[];
  readonly all: RegistryNumbers;
}

const READ_OPTIONS = { patience: READ_PATIENCE_MS };

export function createMetricsActivities(target: Target) {
  return {
    /**
     * Reads the metrics of each replica of the registry, with a token of Purser's own, which must hold
     * the role prometheus-scraper. Throws `Forbidden` if no replica lets it read: the message says how to
     * get the right.
     */
    async readMetrics(given: { readonly raw: boolean }): Promise<RegistryMetrics> {
      return attempt(async ({ signal }) => {
        const input = parseRequest(readSchema, given);
        const context = createCheckContext(target, signal);
        try {
          const replicas = await readAll(context, input.raw, signal);
          return { replicas, all: combine(replicas.flatMap(({ numbers }) => numbers ?? [])) };
        } finally {
          await context.close();
        }
      }, READ_OPTIONS);
    },
  };
}

async function readAll(
  context: CheckContext,
  raw: boolean,
  signal: AbortSignal,
): Promise<readonly ReplicaMetrics[]> {
  const pods = (await context.pods()).filter(({ isReady, isEnding }) => isReady && !isEnding);
  if (pods.length === 0) {
    throw new PurserError(
      'NotConfigured',
      `no registry pod of ${context.target.name} is ready: look at purser health status, or at the pods of ${REGISTRY_NAMESPACE}`,
    );
  }
  const failures: unknown[] = [];
  const replicas = await Promise.all(
    pods.map(async (pod): Promise<ReplicaMetrics> => {
      try {
        const registry = await context.replica(pod);
        const session = await registry.login(await context.token(), { account: 'purser' }, signal);
        const text = await session.metrics(signal);
        const numbers = numbersOf(parseMetrics(text), Date.now());
        const packed = raw ? { raw: (await zip(text)).toString('base64') } : {};
        return { replica: pod.name, numbers, ...packed };
      } catch (error) {
        signal.throwIfAborted();
        failures.push(error);
        return { replica: pod.name, failure: errorMessage(error) };
      }
    }),
  );
  if (failures.length === pods.length) throw withAdvice(failures[0], context);
  assertFits(replicas);
  return replicas;
}

function assertFits(replicas: readonly ReplicaMetrics[]): void {
  const bytes = replicas.reduce((total, { raw = '' }) => total + raw.length, 0);
  if (bytes <= RAW_BYTES) return;
  throw new PurserError(
    'InvalidRequest',
    `the metrics of ${replicas.length} replicas are ${bytes} bytes even when packed, more than Temporal carries; ask without --raw`,
  );
}

function withAdvice(error: unknown, { target }: CheckContext): unknown {
  if (!(error instanceof RegistryFailure) || error.failureCause !== 'forbidden') return error;
  const { namespace, account } = target.health.probe;
  return new PurserError(
    'Forbidden',
    `${error.message}. To read the metrics an account needs "get" on registry/metrics of image.openshift.io. For the account of Purser's worker: kubectl apply -f deploy/rbac/option-health.yaml. For another account: purser onboard ServiceAccount/${namespace}:${account} --access metrics`,
  );
}

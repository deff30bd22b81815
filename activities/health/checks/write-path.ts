import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { deleteStream } from '../../../src/openshift/images.ts';
import {
  listProbeStreams,
  makeProbeStream,
} from '../../../src/openshift/installation/probe-streams.ts';
import { hash } from '../../../src/kubernetes/labels.ts';
import { locateRegistry } from '../../../src/openshift/registry-location.ts';
import { CANARY } from '../../../src/registry/canary.ts';
import { RegistryFailure } from '../../../src/registry/failure.ts';
import type { Registry } from '../../../src/registry/registry.ts';
import type { RegistrySession } from '../../../src/registry/session.ts';
import type { CheckFindings } from '../../../src/health/findings.ts';
import { PROBE_CANARY, PROBE_KEPT } from '../../../src/health/model/probe.ts';
import { evaluateWritePath, verdicts } from '../../../src/health/write-path.ts';
import type { Stage, WritePathResult } from '../../../src/health/write-path.ts';
import { pushCanary, TAG } from '../../access/proof/images/canary.ts';
import { explainRemoved } from '../removed.ts';
import type { CheckContext } from '../check-context.ts';
import { errorMessage } from '../../../src/domain/errors.ts';

// Longer than any run, even if clocks differ: no run uses what is older.
const LEFT_OVER_MS = 5 * 60_000;
const CLEAN_UP_WITHIN_MS = 5_000;
const ACCOUNT = 'purser-health';

const memorySchema = z.object({ isKept: z.boolean() });

/**
 * Login, push, pull, comparison and deletion, with Purser's own token, in Purser's own namespace
 * (docs/decisions/0016). Each stream is marked before anything is in it. What a killed run left is
 * removed first.
 */
export async function checkWritePath(
  context: CheckContext,
  memory: unknown,
  signal: AbortSignal,
): Promise<CheckFindings> {
  const { isKept = false } = memorySchema.safeParse(memory).data ?? {};
  await removeLeftovers(context, signal);
  const { health, registry } = context.target;
  const location = await locateRegistry(context.cluster, registry.reach, signal);
  const token = await context.token();
  const result = await runWritePath(context, {
    registry: context.registryAt(location),
    token,
    signal,
  });
  const { slowSeconds } = health.probe;
  const { session, ...stages } = result;
  const checked = await explainRemoved(context, evaluateWritePath(stages, { slowSeconds }));
  return {
    ...checked,
    memory: { isKept: await pushReadable(context, { isKept, session, result, signal }) },
  };
}

function ownerOf({ target }: CheckContext): string {
  return hash(target.name);
}

/** Deletes what earlier runs of this target, or a killed attempt of this one, have left. */
async function removeLeftovers(context: CheckContext, signal: AbortSignal): Promise<void> {
  const { namespace } = context.target.health.probe;
  const streams = await listProbeStreams(
    context.cluster,
    { namespace, owner: ownerOf(context) },
    signal,
  );
  const old = streams.filter(
    ({ madeBy, createdAt }) =>
      madeBy === context.run || Date.now() - Date.parse(createdAt ?? '') > LEFT_OVER_MS,
  );
  await Promise.all(old.map(({ name }) => deleteStream(context.cluster, namespace, name, signal)));
}

interface WritePathContext {
  readonly registry: Registry;
  readonly token: string;
  readonly signal: AbortSignal;
}

type WritePathRun = WritePathResult & { readonly session?: RegistrySession };

async function runWritePath(
  context: CheckContext,
  access: WritePathContext,
): Promise<WritePathRun> {
  const { registry, token, signal } = access;
  let session: RegistrySession | undefined;
  const login = await stage(async () => {
    session = await registry.login(token, { account: ACCOUNT }, signal);
  });
  if (session === undefined) return { login, replicas: {} };
  const { namespace } = context.target.health.probe;
  const name = `${PROBE_CANARY}${randomUUID().slice(0, 12)}`;
  const mark = { namespace, owner: ownerOf(context), name, madeBy: context.run };
  await makeProbeStream(context.cluster, mark, signal);
  context.target.at('probe stream made');
  let result: WritePathRun = { login, replicas: {}, session };
  try {
    result = { ...result, ...(await writeAndRead(context, { ...access, session, name })) };
  } finally {
    // With its own signal: the stream is deleted even if the time is up.
    const own = AbortSignal.timeout(CLEAN_UP_WITHIN_MS);
    const deletion = await stage(() => deleteStream(context.cluster, namespace, name, own)).catch(
      (error: unknown) => failedStage(error),
    );
    result = { ...result, delete: deletion };
  }
  return result;
}

async function writeAndRead(
  context: CheckContext,
  {
    session,
    name,
    token,
    signal,
  }: WritePathContext & { readonly session: RegistrySession; readonly name: string },
): Promise<Pick<WritePathResult, 'push' | 'pull' | 'read' | 'replicas'>> {
  const { namespace } = context.target.health.probe;
  const repository = `${namespace}/${name}`;
  const push = await stage(() => pushCanary(session, repository, signal));
  context.target.at('probe pushed');
  if (push.failure !== undefined)
    return { push, read: await readKept(context, session, signal), replicas: {} };
  const pull = await stage(() => pullCanary(session, repository, signal));
  return { push, pull, replicas: await pullApart(context, { repository, token, signal }) };
}

/** What one replica wrote the others must read: they share a storage, or should (openshift-facts.md 7). */
async function pullApart(
  context: CheckContext,
  { repository, token, signal }: { repository: string; token: string; signal: AbortSignal },
): Promise<Readonly<Record<string, Stage>>> {
  const pods = (await context.pods()).filter(({ isReady, isEnding }) => isReady && !isEnding);
  if (pods.length < 2) return {};
  const stages = pods.map(async (pod) => {
    const registry = await context.replica(pod);
    const tried = await stage(async () => {
      const session = await registry.login(token, { account: ACCOUNT }, signal);
      await pullCanary(session, repository, signal);
    });
    return [pod.name, tried] as const;
  });
  return Object.fromEntries(await Promise.all(stages));
}

async function readKept(
  context: CheckContext,
  session: RegistrySession,
  signal: AbortSignal,
): Promise<Stage | 'nothing kept'> {
  const { namespace } = context.target.health.probe;
  const read = await stage(() => pullCanary(session, `${namespace}/${PROBE_KEPT}`, signal));
  return read.failure?.cause === 'not-found' ? 'nothing kept' : read;
}

/** Manifest and blobs; the client compares each with its digest. */
async function pullCanary(
  session: RegistrySession,
  repository: string,
  signal: AbortSignal,
): Promise<void> {
  const { digest } = await session.getManifest(repository, TAG, signal);
  if (digest !== CANARY.manifest.digest) throw new OtherImage(repository, digest);
  await session.getBlob(repository, CANARY.config, signal);
  await session.getBlob(repository, CANARY.layer, signal);
}

/** What came back is a whole image, but not the one that was pushed. */
class OtherImage extends Error {
  constructor(repository: string, digest: string) {
    super(
      `${repository}:${TAG} came back as ${digest} and was pushed as ${CANARY.manifest.digest}`,
    );
    this.name = 'OtherImage';
  }
}

/** Pushes the image that is kept for reading, once. Resolves to whether it is there. */
async function pushReadable(
  context: CheckContext,
  {
    isKept,
    session,
    result,
    signal,
  }: { isKept: boolean; result: WritePathResult; signal: AbortSignal } & {
    session: RegistrySession | undefined;
  },
): Promise<boolean> {
  if (result.read === 'nothing kept') return false;
  if (isKept || session === undefined || verdicts(result).writing !== true) return isKept;
  const repository = `${context.target.health.probe.namespace}/${PROBE_KEPT}`;
  const pushed = await stage(() => pushCanary(session, repository, signal));
  return pushed.failure === undefined;
}

/** Runs and times a stage. Faults of the registry are in the result; everything else is thrown. */
async function stage(act: () => Promise<void>): Promise<Stage> {
  const began = performance.now();
  try {
    await act();
    return { durationMs: performance.now() - began };
  } catch (error) {
    const durationMs = performance.now() - began;
    if (error instanceof RegistryFailure) {
      return { durationMs, failure: { cause: error.failureCause, text: error.message } };
    }
    if (error instanceof OtherImage) {
      return { durationMs, failure: { cause: 'storage', text: error.message } };
    }
    throw error;
  }
}

function failedStage(error: unknown): Stage {
  const text = errorMessage(error);
  return { durationMs: 0, failure: { cause: 'probe', text } };
}

import { appendFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { make } from './fixtures.ts';
import type { Environment } from './environment.ts';

const NAMESPACE = 'log-stage';
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;

/** A pod of the sandbox's stage: its log is a file that the story writes, as a node would. */
export interface StagePod {
  readonly name: string;
  readonly workload: { readonly namespace: string; readonly selector: string };
  /** Writes numbered lines, from and to inclusive. */
  say(from: number, to: number): void;
  /** Writes lines as they are, each with a time of its own. */
  write(lines: readonly string[]): void;
  /** The node rotates the log: what it held can no longer be had. */
  rotate(): void;
  /** The container restarts: what it said is the log of the run before. */
  restart(): Promise<void>;
  /** The pod is deleted. */
  remove(): Promise<void>;
  /** A pod of the same name takes its place. */
  replace(): Promise<void>;
}

/**
 * Puts a pod on the stage; `number` is 1 to 6, one for each story. Its first line is a minute old, or
 * as many milliseconds as are given: each line is one younger, and none should lie ahead.
 */
export async function openStage(
  env: Environment,
  number: 1 | 2 | 3 | 4 | 5 | 6,
  agoMs = 60_000,
): Promise<StagePod> {
  const name = `stage-${number}`;
  const folder = path.join(env.info.dataDir, 'pod-logs');
  const log = path.join(folder, `${name}.log`);
  const before = path.join(folder, `${name}.before.log`);
  let restarts = 0;
  let at = Date.now() - agoMs;
  mkdirSync(folder, { recursive: true });
  await giveStage(env);
  const write = (lines: readonly string[]) => {
    const text = lines.map((line) => `${nextTime()} stdout F ${line}\n`).join('');
    appendFileSync(log, text);
  };
  const nextTime = () => {
    at += 1;
    return `${new Date(at).toISOString().slice(0, -1)}000001Z`;
  };
  const place = async () => {
    for (const file of [log, before]) writeFileSync(file, '');
    restarts = 0;
    await env.admin.send('DELETE', `${PODS}/${name}`, { gracePeriodSeconds: 0 });
    await gone(env, name);
    await makePod(env, name);
    await running(env, name);
  };
  await place();
  return {
    name,
    workload: { namespace: NAMESPACE, selector: `app=${name}` },
    write,
    say: (from, to) =>
      write(Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index} of ${name}`)),
    rotate: () => {
      renameSync(log, `${log}.1`);
      writeFileSync(log, '');
      rmSync(`${log}.1`);
    },
    restart: async () => {
      renameSync(log, before);
      writeFileSync(log, '');
      restarts += 1;
      await setRestarts(env, name, restarts);
    },
    remove: async () => {
      await env.admin.send('DELETE', `${PODS}/${name}`, { gracePeriodSeconds: 0 });
      await gone(env, name);
    },
    replace: place,
  };
}

// Purser may read the stage's logs, as purser.yaml's owner would let it in another namespace.
async function giveStage(env: Environment): Promise<void> {
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${NAMESPACE}`;
  const name = 'purser-logs';
  const ensure = (where: string, body: object) =>
    make(env, where, body).catch((error: unknown) => {
      if (!String(error).includes('409')) throw error;
    });
  await ensure('/api/v1/namespaces', { metadata: { name: NAMESPACE } });
  await ensure(`${rbac}/roles`, {
    metadata: { name },
    rules: [
      { apiGroups: [''], resources: ['pods', 'events'], verbs: ['list'] },
      { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
    ],
  });
  await ensure(`${rbac}/rolebindings`, {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', namespace: 'purser', name: 'purser' }],
  });
}

const podSchema = z.object({
  metadata: z.object({ uid: z.string() }),
  status: z.object({
    phase: z.string().optional(),
    containerStatuses: z.array(z.looseObject({ name: z.string() })).default([]),
  }),
});

async function setRestarts(env: Environment, name: string, restarts: number): Promise<void> {
  const { status, metadata } = podSchema.parse(
    (await env.admin.send('GET', `${PODS}/${name}`)).body,
  );
  const id = (count: number) => `containerd://${metadata.uid}-${count}`;
  const now = new Date().toISOString();
  const containerStatuses = status.containerStatuses.map((each) => ({
    ...each,
    restartCount: restarts,
    containerID: id(restarts),
    state: { running: { startedAt: now } },
    lastState: {
      terminated: { exitCode: 1, containerID: id(restarts - 1), startedAt: now, finishedAt: now },
    },
  }));
  await env.admin.send('PATCH', `${PODS}/${name}/status`, { status: { containerStatuses } });
}

async function makePod(env: Environment, name: string): Promise<void> {
  await make(env, PODS, {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { name, labels: { app: name } },
    spec: { nodeName: 'sandbox-node', containers: [{ name: 'app', image: 'stage' }] },
  });
}

async function running(env: Environment, name: string): Promise<void> {
  await until(async () => {
    const { status: code, body } = await env.admin.send('GET', `${PODS}/${name}`);
    // kwok deletes by name: what it still had to end of the pod before may take the new one.
    if (code === 404) await makePod(env, name);
    // A busy API server may also answer that it is busy.
    const pod = podSchema.safeParse(body);
    if (code !== 200 || pod.data?.status.phase !== 'Running') return false;
    const { status, metadata } = pod.data;
    const containerStatuses = status.containerStatuses.map((each) => ({
      ...each,
      containerID: `containerd://${metadata.uid}-0`,
    }));
    const first = { status: { containerStatuses } };
    return (await env.admin.send('PATCH', `${PODS}/${name}/status`, first)).status === 200;
  });
}

async function gone(env: Environment, name: string): Promise<void> {
  await until(async () => (await env.admin.send('GET', `${PODS}/${name}`)).status === 404);
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await isSo())) {
    if (Date.now() > deadline)
      throw new Error('the stage did not become what it should within 30 s');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

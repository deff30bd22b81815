import type { TestContext } from 'node:test';
import { refusal, startKube } from './kube-server.ts';
import type { Answer } from './kube-server.ts';

export type Environment = Readonly<Record<string, unknown>>;

/** A cluster that has these objects, by path; a whole Answer, or `never`, is given as it is. */
export async function cluster(t: TestContext, env: Environment) {
  const kube = await startKube(t, ({ path }) => {
    const found = env[path];
    if (found === undefined) return refusal(404, 'NotFound', 'not found');
    return isAnswer(found) ? found : { status: 200, body: found };
  });
  return { kube, cluster: await kube.cluster() };
}

function isAnswer(value: unknown): value is Answer {
  if (value === 'never') return true;
  return typeof value === 'object' && value !== null && 'status' in value && 'body' in value;
}

export const FORBIDDEN = refusal(403, 'Forbidden', 'no');

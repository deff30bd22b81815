import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';
import type { SandboxInfo } from '../../../sandbox/info.ts';
import { login } from '../../../sandbox/login.ts';

/** The number of calls of an activity, one after another; without calls it is a no-op. */
export interface Load {
  /** Access reviews of oneself. */
  readonly api: number;
  /** `GET /v2/` with a token. */
  readonly registry: number;
}

/** The floor's one activity: plain requests over kept-alive connections, and nothing else. */
export async function createFloorActivities(info: SandboxInfo) {
  const { cluster, registry } = info;
  const toCluster = new Agent({ connect: { ca: readFileSync(cluster.caFile, 'utf8') } });
  const toRegistry = new Agent({ connect: { ca: readFileSync(registry.ingressCaFile, 'utf8') } });
  const admin = readFileSync(cluster.adminTokenFile, 'utf8').trim();
  const user = await login(info, 'alice');
  const origin = `https://localhost:${registry.routeAddress.split(':').at(-1)}`;
  return {
    async carry(load: Load): Promise<void> {
      for (let left = load.api; left > 0; left--) {
        await expect(
          201,
          `${cluster.server}/apis/authorization.k8s.io/v1/selfsubjectaccessreviews`,
          {
            method: 'POST',
            dispatcher: toCluster,
            headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
            body: REVIEW,
          },
        );
      }
      for (let left = load.registry; left > 0; left--) {
        await expect(200, `${origin}/v2/`, {
          dispatcher: toRegistry,
          headers: { authorization: `Bearer ${user}` },
        });
      }
    },
  };
}

const REVIEW = JSON.stringify({
  apiVersion: 'authorization.k8s.io/v1',
  kind: 'SelfSubjectAccessReview',
  spec: { resourceAttributes: { verb: 'get', resource: 'pods', namespace: 'team-a' } },
});

async function expect(
  status: number,
  url: string,
  options: Parameters<typeof request>[1],
): Promise<void> {
  const answer = await request(url, options);
  await answer.body.dump();
  if (answer.statusCode !== status) {
    throw new Error(`${url} answered ${answer.statusCode}, and ${status} was expected`);
  }
}

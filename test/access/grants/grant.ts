import type { TestContext } from 'node:test';
import type { Grant } from '../../../src/access/grants/bindings.ts';
import { startKube } from '../../kubernetes/kube-server.ts';
import type { Answer, Asked } from '../../kubernetes/kube-server.ts';
import { createStore } from '../../kubernetes/kube-store.ts';

export const RBAC = '/apis/rbac.authorization.k8s.io/v1';
export const IN_TEAM_A = `${RBAC}/namespaces/team-a/rolebindings`;
export const NAME = 'purser:pull:User:alice';

/** A grant as it is made in these tests. */
export const GRANT: Grant = {
  subject: { kind: 'User', name: 'alice' },
  access: { level: 'pull', namespace: 'team-a' },
  roles: 'product',
  madeBy: 'onboard/prod/User/alice/run-1',
  installation: '0123456789abcdef',
  subjectUid: 'u-1',
  reason: 'joins the team',
  requestedBy: 'bob',
};

/** A cluster that keeps objects; `before` may answer in its place. */
export async function start(t: TestContext, before?: (asked: Asked) => Answer | undefined) {
  const store = createStore();
  const kube = await startKube(t, (asked) => before?.(asked) ?? store.respond(asked));
  return { store, kube, cluster: await kube.cluster() };
}

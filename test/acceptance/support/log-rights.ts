import assert from 'node:assert/strict';
import { z } from 'zod';
import { eventually } from '../../sandbox/support/eventually.ts';
import type { Environment } from './environment.ts';

const STAGE = 'log-stage';
const ROLE = `/apis/rbac.authorization.k8s.io/v1/namespaces/${STAGE}/roles/purser-logs`;
const REVIEWS = '/apis/authorization.k8s.io/v1/subjectaccessreviews';

/** Takes from Purser the right to read the log of a pod of the stage; `others` stay open. */
export async function closeLog(
  env: Pick<Environment, 'admin'>,
  pod: string,
  others: readonly string[],
): Promise<void> {
  await setRules(env, { resourceNames: others });
  await eventually('the log to be closed', async () => !(await mayRead(env, pod)));
}

/** Gives the right to all logs of the stage back. */
export async function openLogs(env: Pick<Environment, 'admin'>, pod: string): Promise<void> {
  await setRules(env, {});
  await eventually('the log to be open again', () => mayRead(env, pod));
}

async function setRules(
  { admin }: Pick<Environment, 'admin'>,
  which: { readonly resourceNames?: readonly string[] },
): Promise<void> {
  const rules = [
    { apiGroups: [''], resources: ['pods', 'events'], verbs: ['list'] },
    { apiGroups: [''], resources: ['pods/log'], verbs: ['get'], ...which },
  ];
  const { status, body } = await admin.send('PATCH', ROLE, { rules });
  assert.equal(status, 200, JSON.stringify(body));
}

async function mayRead({ admin }: Pick<Environment, 'admin'>, name: string): Promise<boolean> {
  const asked = { namespace: STAGE, verb: 'get', resource: 'pods', subresource: 'log', name };
  const { body } = await admin.send('POST', REVIEWS, {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user: 'system:serviceaccount:purser:purser', resourceAttributes: asked },
  });
  return z.object({ status: z.object({ allowed: z.boolean() }) }).parse(body).status.allowed;
}

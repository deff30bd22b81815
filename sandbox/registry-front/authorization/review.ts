import { z } from 'zod';
import { statusError, unreachable } from '../cluster.ts';
import type { Cluster, Credentials } from '../cluster.ts';

/** `resource` may hold a literal slash: the registry asks for `imagestreams/layers` in one word. */
export interface Attributes {
  readonly namespace?: string;
  readonly name?: string;
  readonly verb: string;
  readonly resource: string;
  readonly subresource?: string;
}

/** `failed`: the review could not be made. `line` is what the registry logs about it. */
export interface Review {
  readonly outcome: 'allowed' | 'denied' | 'failed';
  readonly line?: string;
}

const API = '/apis/authorization.k8s.io/v1';

/**
 * Whether the holder of these credentials may do it, by a SelfSubjectAccessReview with them. If the API
 * forbids the review itself, as it does to anonymous callers, the registry makes one for system:anonymous
 * (openshift-facts.md 1.6).
 */
export async function review(
  cluster: Cluster,
  attributes: Attributes,
  call: { readonly as: Credentials; readonly signal: AbortSignal },
): Promise<Review> {
  const resourceAttributes = { group: 'image.openshift.io', ...attributes };
  try {
    const answer = await cluster.post(
      `${API}/selfsubjectaccessreviews`,
      { ...body('SelfSubjectAccessReview'), spec: { resourceAttributes } },
      call,
    );
    if (answer.status < 300) {
      return verdictOf(answer.body);
    }
    const line = `OpenShift client error: ${statusError(answer).message}`;
    if (answer.status === 403) {
      return { line, ...(await anonymousReview(cluster, resourceAttributes, call.signal)) };
    }
    return { outcome: answer.status === 401 ? 'denied' : 'failed', line };
  } catch (error) {
    return { outcome: 'failed', line: `OpenShift client error: ${unreachable(error).message}` };
  }
}

async function anonymousReview(
  cluster: Cluster,
  resourceAttributes: Attributes,
  signal: AbortSignal,
): Promise<Pick<Review, 'outcome'>> {
  const spec = {
    user: 'system:anonymous',
    groups: ['system:unauthenticated'],
    resourceAttributes,
  };
  const answer = await cluster.post(
    `${API}/subjectaccessreviews`,
    { ...body('SubjectAccessReview'), spec },
    { as: 'registry', signal },
  );
  if (answer.status >= 300) {
    return { outcome: answer.status === 401 || answer.status === 403 ? 'denied' : 'failed' };
  }
  return { outcome: verdictOf(answer.body).outcome };
}

function body(kind: string) {
  return { apiVersion: 'authorization.k8s.io/v1', kind };
}

const reviewSchema = z.object({
  status: z.object({
    allowed: z.boolean().default(false),
    denied: z.boolean().default(false),
    reason: z.string().default(''),
    evaluationError: z.string().default(''),
  }),
});

function verdictOf(answer: unknown): Review {
  const { status } = reviewSchema.parse(answer);
  if (status.allowed) {
    return { outcome: 'allowed' };
  }
  const word = status.denied ? 'denied' : 'no opinion';
  const reason = status.reason === '' ? '' : ` (${status.reason})`;
  const problem = status.evaluationError === '' ? '' : `: ${status.evaluationError}`;
  return { outcome: 'denied', line: `OpenShift access denied: ${word}${reason}${problem}` };
}

import { readFileSync } from 'node:fs';
import { Agent } from 'undici';
import { z } from 'zod';
import { boundPolicies } from './admission/policies.ts';
import type { BoundPolicy } from './admission/policies.ts';
import { objectSchema } from './rest/object.ts';
import type { KubeObject } from './rest/object.ts';
import { ruleSchema } from './webhooks/scopes.ts';
import type { Rule } from './webhooks/scopes.ts';

const ANSWER_WITHIN_MS = 10_000;
const REMEMBERED_MS = 2_000;
const ADMISSION = '/apis/admissionregistration.k8s.io/v1';

export type Cluster = ReturnType<typeof createCluster>;

export type NamespaceState = 'active' | 'terminating' | 'missing';

export interface Quota {
  readonly name: string;
  readonly hard: Readonly<Record<string, string>>;
}

const clusterRoleSchema = z.object({
  rules: z
    .array(ruleSchema)
    .nullish()
    .transform((rules) => rules ?? []),
});
const namespaceSchema = objectSchema.extend({
  metadata: objectSchema.shape.metadata
    .unwrap()
    .extend({ deletionTimestamp: z.string().optional() }),
});
const quotasSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      spec: z.object({ hard: z.record(z.string(), z.string()).optional() }).default({}),
    }),
  ),
});

/**
 * Reads from kube-apiserver with a static administrator's token. An answer is cached for two seconds if
 * the object exists. A missing object is never cached, because it may be created at any moment.
 */
export function createCluster(address: ApiServerAddress) {
  const { get, close } = createReader(address);
  const remembered = remember(get);

  return {
    /** A ClusterRole's rules; none when there is no such role. */
    async clusterRoleRules(name: string): Promise<readonly Rule[]> {
      const role = await remembered(
        `/apis/rbac.authorization.k8s.io/v1/clusterroles/${encodeURIComponent(name)}`,
      );
      return role === undefined ? [] : clusterRoleSchema.parse(role).rules;
    },

    async namespaceState(name: string): Promise<NamespaceState> {
      const found = await remembered(`/api/v1/namespaces/${encodeURIComponent(name)}`);
      if (found === undefined) {
        return 'missing';
      }
      const { deletionTimestamp } = namespaceSchema.parse(found).metadata;
      return deletionTimestamp === undefined ? 'active' : 'terminating';
    },

    /** The whole Namespace; undefined if there is none. */
    async namespace(name: string): Promise<KubeObject | undefined> {
      const found = await remembered(`/api/v1/namespaces/${encodeURIComponent(name)}`);
      return found === undefined ? undefined : objectSchema.parse(found);
    },

    /**
     * The ValidatingAdmissionPolicies that are bound; a new one takes effect after two seconds at the
     * latest.
     */
    async admissionPolicies(): Promise<readonly BoundPolicy[]> {
      const [policies, bindings] = await Promise.all([
        remembered(`${ADMISSION}/validatingadmissionpolicies`),
        remembered(`${ADMISSION}/validatingadmissionpolicybindings`),
      ]);
      return boundPolicies(policies, bindings);
    },

    async quotas(namespace: string): Promise<readonly Quota[]> {
      const found = await get(`/api/v1/namespaces/${encodeURIComponent(namespace)}/resourcequotas`);
      const { items } = quotasSchema.parse(found);
      return items.map(({ metadata, spec }) => ({ name: metadata.name, hard: spec.hard ?? {} }));
    },

    close,
  };
}

interface ApiServerAddress {
  readonly server: string;
  readonly caFile: string;
  readonly tokenFile: string;
}

/** GETs as JSON; undefined for a 404. */
function createReader(address: ApiServerAddress) {
  let agent: Agent | undefined;
  // Read late: kube-apiserver may write these files only when it starts, after this program.
  const connection = (): Agent => {
    agent ??= new Agent({
      headersTimeout: ANSWER_WITHIN_MS,
      bodyTimeout: ANSWER_WITHIN_MS,
      connect: { ca: readFileSync(address.caFile, 'utf8') },
    });
    return agent;
  };

  const get = async (path: string): Promise<unknown> => {
    const response = await connection().request({
      origin: address.server,
      path,
      method: 'GET',
      headers: { authorization: `Bearer ${readFileSync(address.tokenFile, 'utf8').trim()}` },
    });
    if (response.statusCode === 404) {
      await response.body.dump();
      return undefined;
    }
    if (response.statusCode !== 200) {
      const text = (await response.body.text()).slice(0, 300);
      throw new Error(
        `kube-apiserver at ${address.server} answered ${response.statusCode} to GET ${path}: ${text}`,
      );
    }
    return await response.body.json();
  };
  return { get, close: async (): Promise<void> => await agent?.destroy() };
}

function remember(get: (path: string) => Promise<unknown>) {
  const answers = new Map<string, { readonly until: number; readonly answer: unknown }>();
  return async (path: string): Promise<unknown> => {
    const known = answers.get(path);
    if (known !== undefined && known.until > Date.now()) {
      return known.answer;
    }
    const answer = await get(path);
    answers.delete(path);
    if (answer !== undefined) {
      answers.set(path, { until: Date.now() + REMEMBERED_MS, answer });
    }
    return answer;
  };
}

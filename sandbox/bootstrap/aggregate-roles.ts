import { z } from 'zod';
import type { ClusterClient } from '../api/cluster-client.ts';

/**
 * Writes the rules of view, edit and admin as the controller manager, which does not run here, would: the
 * union of the roles that their labels select. The order matters: edit includes view's rules, and admin
 * includes edit's.
 */
export async function aggregateRoles(client: ClusterClient): Promise<void> {
  for (const name of ['view', 'edit', 'admin']) {
    const { items } = roleList.parse((await client.send('GET', roles)).body);
    const role = items.find(({ metadata }) => metadata.name === name);
    const selectors = role?.aggregationRule?.clusterRoleSelectors ?? [];
    const chosen = items.filter(
      ({ metadata }) =>
        metadata.name !== name &&
        selectors.some(({ matchLabels }) => matches(metadata.labels, matchLabels)),
    );
    const rules = unique(chosen.flatMap((each) => each.rules ?? []));
    const answer = await client.send('PATCH', `${roles}/${name}`, { rules });
    if (answer.status !== 200)
      throw new Error(`Tried to write ClusterRole ${name}; got ${answer.status}`);
  }
}

type Labels = Readonly<Record<string, string>>;

function matches(labels: Labels | undefined, wanted: Labels): boolean {
  return Object.entries(wanted).every(([key, value]) => labels?.[key] === value);
}

function unique(rules: readonly unknown[]): unknown[] {
  const known = new Map(rules.map((rule) => [JSON.stringify(rule), rule]));
  return [...known.values()];
}

const roles = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
const labelMap = z.record(z.string(), z.string());
const roleList = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string(), labels: labelMap.optional() }),
      rules: z.array(z.unknown()).nullish(),
      aggregationRule: z
        .object({ clusterRoleSelectors: z.array(z.object({ matchLabels: labelMap })) })
        .optional(),
    }),
  ),
});

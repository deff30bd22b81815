import type { Rule } from '../../domain/rbac.ts';

// No role of OpenShift's comes near it. Whoever writes one that does is not compared, but refused.
const SINGLE_RIGHTS_AT_MOST = 20_000;

/**
 * The rights that `rules` give and `allowed` do not, as rules; empty where they give as much or less.
 * Judged as Kubernetes judges an escalation (component-helpers, auth/rbac/validation, `Covers`): words
 * are compared exactly, `*` is covered by `*` alone, `x/y` also by `*\/y`, a rule for named objects by
 * one for all, and a rule for all by none for names. A URL may end in `*`.
 */
export function beyond(rules: readonly Rule[], allowed: readonly Rule[]): readonly Rule[] {
  const extra = rules.flatMap((rule) =>
    countOf(rule) > SINGLE_RIGHTS_AT_MOST
      ? [rule]
      : [...beyondInResources(rule, allowed), ...beyondInUrls(rule, allowed)],
  );
  return merge(extra);
}

/** A rule in a line, for people: `get,list secrets`, `get image.openshift.io/images named web`. */
export function describeRule(rule: Rule): string {
  const { apiGroups = [], resources = [], verbs = [], resourceNames = [] } = rule;
  const urls = rule.nonResourceURLs ?? [];
  const groups = apiGroups.filter((group) => group !== '');
  const where = groups.length === 0 ? '' : `${groups.join('|')}/`;
  const named = resourceNames.length === 0 ? '' : ` named ${resourceNames.join(',')}`;
  const what = urls.length > 0 ? urls.join(',') : `${where}${resources.join(',')}${named}`;
  return `${verbs.join(',')} ${what}`;
}

/** One right: what a rule comes down to. `name` undefined: every object. */
interface SingleRule {
  readonly group: string;
  readonly resource: string;
  readonly name: string | undefined;
}

function countOf(rule: Rule): number {
  const { apiGroups = [], resources = [], verbs = [], resourceNames = [] } = rule;
  const objects = apiGroups.length * resources.length * Math.max(resourceNames.length, 1);
  return verbs.length * (objects + (rule.nonResourceURLs ?? []).length);
}

function beyondInResources(rule: Rule, allowed: readonly Rule[]): readonly Rule[] {
  const { apiGroups = [], resources = [], verbs = [], resourceNames = [] } = rule;
  const names = resourceNames.length === 0 ? [undefined] : resourceNames;
  return apiGroups.flatMap((group) =>
    resources.flatMap((resource) =>
      names.flatMap((name) => {
        const single = { group, resource, name };
        const extra = verbs.filter((verb) => !allowed.some((each) => covers(each, single, verb)));
        if (extra.length === 0) return [];
        const named = name === undefined ? {} : { resourceNames: [name] };
        return [{ apiGroups: [group], resources: [resource], verbs: extra, ...named }];
      }),
    ),
  );
}

function beyondInUrls(rule: Rule, allowed: readonly Rule[]): readonly Rule[] {
  const { nonResourceURLs = [], verbs = [] } = rule;
  return nonResourceURLs.flatMap((url) => {
    const extra = verbs.filter(
      (verb) => !allowed.some((each) => holds(each.verbs, verb) && holdsUrl(each, url)),
    );
    return extra.length === 0 ? [] : [{ nonResourceURLs: [url], verbs: extra }];
  });
}

function covers(rule: Rule, { group, resource, name }: SingleRule, verb: string): boolean {
  return (
    holds(rule.verbs, verb) &&
    holds(rule.apiGroups, group) &&
    holdsResource(rule.resources, resource) &&
    holdsName(rule.resourceNames, name)
  );
}

function holds(values: readonly string[] = [], wanted: string): boolean {
  return values.includes('*') || values.includes(wanted);
}

function holdsResource(values: readonly string[] = [], resource: string): boolean {
  const slash = resource.indexOf('/');
  return holds(values, resource) || (slash > 0 && values.includes(`*${resource.slice(slash)}`));
}

function holdsName(values: readonly string[] = [], name: string | undefined): boolean {
  return values.length === 0 || (name !== undefined && values.includes(name));
}

function holdsUrl({ nonResourceURLs = [] }: Rule, url: string): boolean {
  return nonResourceURLs.some(
    (each) => each === url || (each.endsWith('*') && url.startsWith(each.slice(0, -1))),
  );
}

// Rules that differ in the resource alone become one, and so do those that differ in the group alone.
function merge(rules: readonly Rule[]): readonly Rule[] {
  const byResource = join(rules, 'resources', ({ apiGroups, verbs, resourceNames, ...rest }) => [
    apiGroups,
    verbs,
    resourceNames,
    rest.nonResourceURLs,
  ]);
  return join(byResource, 'apiGroups', ({ resources, verbs, resourceNames, ...rest }) => [
    resources,
    verbs,
    resourceNames,
    rest.nonResourceURLs,
  ]);
}

function join(
  rules: readonly Rule[],
  field: 'resources' | 'apiGroups',
  keyOf: (rule: Rule) => unknown,
): readonly Rule[] {
  const joined = new Map<string, Rule>();
  for (const rule of rules) {
    const key = JSON.stringify(keyOf(rule));
    const before = joined.get(key);
    const values = [...new Set([...(before?.[field] ?? []), ...(rule[field] ?? [])])];
    joined.set(key, values.length === 0 ? rule : { ...rule, [field]: values });
  }
  return [...joined.values()];
}

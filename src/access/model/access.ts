import { z } from 'zod';
import type { Rule } from '../../domain/rbac.ts';
import { beyond, describeRule } from './compare-roles.ts';
import { STOCK_ROLES } from './stock-roles.ts';
import type { RoleName } from './stock-roles.ts';
import { namespaceSchema } from '../../domain/subject.ts';

/** The access levels, and the ClusterRole each stands for under `roles: product` and `roles: least`. */
const ROLES = {
  pull: { product: 'registry-viewer', least: 'system:image-puller' },
  push: { product: 'registry-editor', least: 'system:image-builder' },
  admin: { product: 'registry-admin', least: 'registry-admin' },
  metrics: { product: 'prometheus-scraper', least: 'prometheus-scraper' },
} as const satisfies Readonly<Record<string, Readonly<Record<RoleSet, RoleName>>>>;

const FORMS = 'pull:<namespace>, push:<namespace>, admin:<namespace>, pull:* or metrics';

export const ACCESS_LEVELS = ['pull', 'push', 'admin', 'metrics'] as const;
export type AccessLevel = (typeof ACCESS_LEVELS)[number];

/** Which set of roles a target hands out: the product documentation's, or the least that works. */
export type RoleSet = 'product' | 'least';

/**
 * One access: a level in one namespace, or in the whole cluster (`namespace` absent: `pull:*` and
 * `metrics`). There is no cluster-wide push and no cluster-wide admin.
 */
export interface Access {
  readonly level: AccessLevel;
  readonly namespace?: string;
}

/** An access as text: `pull:team-a`, `push:team-b`, `admin:team-c`, `pull:*` or `metrics`. */
export const accessSchema = z.string().superRefine((text, context) => {
  const problem = problemOf(text);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

/** Reads an access that {@link accessSchema} has let through. Throws a RangeError for any other. */
export function parseAccess(text: string): Access {
  const problem = problemOf(text);
  if (problem !== undefined) throw new RangeError(`${JSON.stringify(text)} ${problem}`);
  const [level, namespace] = text.split(':');
  return {
    level: ACCESS_LEVELS.find((known) => known === level) ?? 'pull',
    ...(namespace === undefined || namespace === '*' ? {} : { namespace }),
  };
}

/** The inverse of {@link parseAccess}. */
export function formatAccess({ level, namespace }: Access): string {
  if (namespace !== undefined) return `${level}:${namespace}`;
  return level === 'metrics' ? 'metrics' : `${level}:*`;
}

/** The ClusterRole that gives this access. */
export function roleOf(access: Access, roles: RoleSet): RoleName {
  return ROLES[access.level][roles];
}

/** The ClusterRoles that the access stands for, whatever is configured today. */
export function rolesOf({ level }: Access): readonly string[] {
  return [...new Set(Object.values(ROLES[level]))];
}

/** Whether the access lets its holder write images. */
export function allowsPush({ level }: Access): boolean {
  return level === 'push' || level === 'admin';
}

/**
 * What the holder gets besides the images that were asked for, if anything: said before it is granted.
 * `rules` are those of the role as the cluster has it, by default as OpenShift ships it.
 */
export function extraRights(
  access: Access,
  roles: RoleSet,
  rules: readonly Rule[] = STOCK_ROLES[roleOf(access, roles)],
): string | undefined {
  const role = roleOf(access, roles);
  const extras = beyond(rules, STOCK_ROLES[role]).map(describeRule);
  const secrets = secretsRights(access, rules);
  const told = [
    ...secrets,
    ...(gives(rules, 'rolebindings', WRITE) ? ['hands out roles there'] : []),
    ...(gives(rules, 'projects', ['delete']) ? ['may delete the project'] : []),
    ...(extras.length === 0 ? [] : [`gives more than OpenShift's own: ${extras.join('; ')}`]),
  ];
  if (told.length === 0) return access.level === 'pull' ? everywhere(access, role) : undefined;
  const isAvoidable = secrets.length > 0 && role !== roleOf(access, 'least');
  return `${role} also ${told.join(' and ')}${isAvoidable ? '; "roles: least" avoids it' : ''}`;
}

const READ = ['get', 'list', 'watch'];
const WRITE = ['create', 'update', 'patch', 'delete', 'deletecollection'];

function secretsRights({ namespace }: Access, rules: readonly Rule[]): readonly string[] {
  const does = [
    ...(gives(rules, 'secrets', READ) ? ['reads'] : []),
    ...(gives(rules, 'secrets', WRITE) ? ['writes'] : []),
  ];
  if (does.length === 0) return [];
  // Whoever hands out roles there needs no service account to act as.
  const isMore = gives(rules, 'serviceaccounts', WRITE) && !gives(rules, 'rolebindings', WRITE);
  const what = isMore ? 'Secrets and ServiceAccounts' : 'Secrets';
  return [`${does.join(' and ')} the ${what} of ${namespace ?? 'every namespace'}`];
}

// Unlike rulesAllow, a rule for named objects counts: one Secret is worth a word.
function gives(rules: readonly Rule[], resource: string, verbs: readonly string[]): boolean {
  return rules.some(
    (rule) =>
      [resource, '*'].some((each) => rule.resources?.includes(each)) &&
      [...verbs, '*'].some((each) => rule.verbs?.includes(each)),
  );
}

function everywhere({ namespace }: Access, role: string): string | undefined {
  if (namespace !== undefined) return undefined;
  return `${role}, bound cluster-wide, opens the images of every namespace: of the protected ones, too`;
}

function problemOf(text: string): string | undefined {
  if (text === 'metrics' || text === 'pull:*') return undefined;
  const [, level, namespace] = /^(pull|push|admin):([^:]+)$/.exec(text) ?? [];
  if (level === undefined) return `is not an access; write ${FORMS}`;
  if (namespace === '*')
    return `is not an access: there is no cluster-wide ${level}, name a namespace`;
  const parsed = namespaceSchema.safeParse(namespace);
  return parsed.success
    ? undefined
    : `names no valid namespace: ${parsed.error.issues[0]?.message}`;
}

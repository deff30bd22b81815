import { z } from 'zod';
import { namespaceSchema } from './subject.ts';

/** The access levels, and the ClusterRole each stands for under `roles: product` and `roles: least`. */
const ROLES = {
  pull: { product: 'registry-viewer', least: 'system:image-puller' },
  push: { product: 'registry-editor', least: 'system:image-builder' },
  admin: { product: 'registry-admin', least: 'registry-admin' },
  metrics: { product: 'prometheus-scraper', least: 'prometheus-scraper' },
} as const;

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
export function roleOf(access: Access, roles: RoleSet): string {
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

/** What the holder gets besides images, if anything: said before it is granted. */
export function sideRights(access: Access, roles: RoleSet): string | undefined {
  const role = roleOf(access, roles);
  if (role === 'registry-editor') {
    return `${role} also reads and writes the Secrets and ServiceAccounts of ${access.namespace}; "roles: least" avoids it`;
  }
  if (role === 'registry-admin') {
    return `${role} also reads and writes the Secrets of ${access.namespace} and hands out roles there`;
  }
  return undefined;
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

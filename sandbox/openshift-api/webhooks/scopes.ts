import { z } from 'zod';

/** A rule of a ClusterRole, with every list present. */
export const ruleSchema = z.object({
  verbs: z.array(z.string()).default([]),
  apiGroups: z.array(z.string()).default([]),
  resources: z.array(z.string()).default([]),
  resourceNames: z.array(z.string()).default([]),
  nonResourceURLs: z.array(z.string()).default([]),
});

export type Rule = z.output<typeof ruleSchema>;

/** The parts of `role:<clusterrole>:<namespace|*>[:!]`. */
export interface RoleScope {
  readonly role: string;
  readonly namespace: string;
  readonly escalating: boolean;
}

function rule(verbs: string[], apiGroups: string[], resources: string[], resourceNames?: string[]) {
  return ruleSchema.parse({ verbs, apiGroups, resources, resourceNames });
}

/** What the `user:` scopes allow (library-go, authorization/scope). */
export const USER_SCOPES: Readonly<Record<string, readonly Rule[]>> = {
  'user:full': [
    rule(['*'], ['*'], ['*']),
    ruleSchema.parse({ verbs: ['*'], nonResourceURLs: ['*'] }),
  ],
  'user:info': [rule(['get'], ['user.openshift.io', ''], ['users'], ['~'])],
  'user:check-access': [
    rule(['create'], ['authorization.k8s.io'], ['selfsubjectaccessreviews']),
    rule(['create'], ['authorization.openshift.io', ''], ['selfsubjectrulesreviews']),
  ],
  'user:list-scoped-projects': [
    rule(['list', 'watch'], ['project.openshift.io', ''], ['projects']),
  ],
  'user:list-projects': [
    rule(['list', 'watch'], ['project.openshift.io', ''], ['projects']),
    rule(['get'], [''], ['namespaces']),
  ],
};

/** Every scope may discover the API. */
export const DISCOVERY: Rule = ruleSchema.parse({
  verbs: ['get'],
  nonResourceURLs: [
    '/',
    '/version',
    '/version/*',
    '/api',
    '/api/*',
    '/apis',
    '/apis/*',
    '/openapi/v2',
    '/openapi/v3',
    '/openapi/v3/*',
    '/.well-known',
    '/.well-known/*',
  ],
});

const OPENSHIFT_RBAC = ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'];

/** Resources that a role scope cuts unless it ends in `:!`; upstream's list, which spares rbac.authorization.k8s.io. */
const ESCALATING: Readonly<Record<string, readonly string[]>> = {
  '': [
    'secrets',
    'imagestreams/secrets',
    'oauthauthorizetokens',
    'oauthaccesstokens',
    ...OPENSHIFT_RBAC,
  ],
  'image.openshift.io': ['imagestreams/secrets'],
  'oauth.openshift.io': ['oauthauthorizetokens', 'oauthaccesstokens'],
  'authorization.openshift.io': OPENSHIFT_RBAC,
};

/** Parses a role scope; `undefined` if it is another scope or malformed. A role's name may contain colons. */
export function roleScope(scope: string): RoleScope | undefined {
  const escalating = scope.endsWith(':!');
  const found = /^role:(.+):([^:]+)$/.exec(escalating ? scope.slice(0, -':!'.length) : scope);
  const [, role, namespace] = found ?? [];
  return role === undefined || namespace === undefined
    ? undefined
    : { role, namespace, escalating };
}

/** The part of a ClusterRole's rules that a scope grants. */
export function rulesUnderScope(rules: readonly Rule[], escalating: boolean): Rule[] {
  if (escalating) {
    return [...rules];
  }
  return rules
    .filter(
      ({ verbs, apiGroups, resources }) =>
        !verbs.includes('*') && !apiGroups.includes('*') && !resources.includes('*'),
    )
    .map((one) => {
      const cut = one.apiGroups.flatMap((group) => ESCALATING[group] ?? []);
      return { ...one, resources: one.resources.filter((resource) => !cut.includes(resource)) };
    });
}

/** An OAuthClient's `scopeRestrictions`: each names exact scopes, or roles and namespaces. */
export const scopeRestrictionSchema = z.looseObject({
  literals: z.array(z.string()).nullish(),
  clusterRole: z
    .looseObject({
      roleNames: z.array(z.string()).nullish(),
      namespaces: z.array(z.string()).nullish(),
      allowEscalation: z.boolean().optional(),
    })
    .nullish(),
});

type ScopeRestriction = z.output<typeof scopeRestrictionSchema>;

/** Why a client may not issue a scope, in upstream's words; empty if it may. */
export function scopeFaults(scope: string, restrictions: readonly ScopeRestriction[]): string[] {
  const faults = restrictions.map((restriction) => restrictionFault(scope, restriction));
  if (restrictions.length === 0 || faults.includes('')) {
    return [];
  }
  const messages = faults.filter((fault) => fault !== undefined);
  return messages.length > 0 ? messages : [`${scope} did not match any scope restriction`];
}

/** Empty: this restriction allows the scope; `undefined`: it does not apply to it. */
function restrictionFault(scope: string, restriction: ScopeRestriction): string | undefined {
  const { literals, clusterRole } = restriction;
  if (literals && literals.length > 0) {
    return literals.includes(scope) ? '' : `${scope} not found in [${literals.join(' ')}]`;
  }
  if (!clusterRole || !scope.startsWith('role:')) {
    return undefined;
  }
  const requested = roleScope(scope);
  if (requested === undefined) {
    return `bad format for scope ${scope}`;
  }
  return clusterRoleFault(scope, requested, clusterRole);
}

function clusterRoleFault(
  scope: string,
  { role, namespace, escalating }: RoleScope,
  allowed: NonNullable<ScopeRestriction['clusterRole']>,
): string {
  const admits = (list: readonly string[] | null | undefined, value: string): boolean =>
    list?.some((one) => one === '*' || one === value) === true;
  if (!admits(allowed.roleNames, role)) {
    return `${scope} does not use an approved name`;
  }
  if (!admits(allowed.namespaces, namespace)) {
    return `${scope} does not use an approved namespace`;
  }
  return escalating && allowed.allowEscalation !== true
    ? `${scope} is not allowed to escalate`
    : '';
}

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { ACCESS_LEVELS, roleOf } from '../src/access/model/access.ts';
import { scopesFor } from '../src/access/model/proof/plan.ts';
import { healthPermissions } from '../src/openshift/permissions/health.ts';
import { DEPLOYED_NAMESPACES, isOwnRole } from '../src/openshift/permissions/own-accounts.ts';
import type { Permission } from '../src/openshift/permissions/need.ts';
import { proofPermissions, reviewPermissions } from '../src/openshift/permissions/proof.ts';
import { stepPermissions } from '../src/openshift/permissions/steps.ts';
import { OAUTH_CLIENT } from '../src/openshift/tokens.ts';

const FOLDER = fileURLToPath(new URL('../deploy/rbac/', import.meta.url));

const words = z.array(z.string());
const roleRefSchema = z.object({ kind: z.string(), name: z.string() });
const manifestSchema = z.looseObject({
  kind: z.string(),
  metadata: z.object({ name: z.string(), namespace: z.string().optional() }),
  roleRef: roleRefSchema.optional(),
  subjects: z
    .array(z.object({ kind: z.string(), name: z.string(), namespace: z.string() }))
    .optional(),
  rules: z
    .array(
      z.strictObject({
        apiGroups: words,
        resources: words,
        verbs: words,
        resourceNames: words.optional(),
      }),
    )
    .optional(),
  scopeRestrictions: z
    .array(z.object({ clusterRole: z.object({ roleNames: words, allowEscalation: z.boolean() }) }))
    .optional(),
});
type Manifest = z.infer<typeof manifestSchema>;

const FILES = readdirSync(FOLDER).filter((name) => name !== 'kustomization.yaml');
const MANIFESTS = new Map(FILES.map((file) => [file, read(file)]));
const ALL = [...MANIFESTS.values()].flat();

function read(file: string): readonly Manifest[] {
  return parseAllDocuments(readFileSync(path.join(FOLDER, file), 'utf8')).map((document) => {
    assert.deepEqual(document.errors, []);
    return manifestSchema.parse(document.toJS());
  });
}

/** A right in one line: `create pods/portforward in openshift-image-registry`. */
function line(right: {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
}): string {
  const what = [right.group, right.resource, right.name].filter((part) => part !== undefined);
  return `${right.verb} ${what.join('/')}${right.namespace === undefined ? '' : ` in ${right.namespace}`}`;
}

/** What these manifests give the service account purser/purser. */
function heldBy(manifests: readonly Manifest[]): ReadonlySet<string> {
  const bindings = manifests.filter(({ kind }) => kind.endsWith('RoleBinding'));
  return new Set(bindings.flatMap((binding) => rightsOf(binding, manifests)));
}

function rightsOf({ metadata, roleRef }: Manifest, manifests: readonly Manifest[]): string[] {
  const role = manifests.find(
    (each) =>
      each.kind === roleRef?.kind &&
      each.metadata.name === roleRef.name &&
      (each.kind === 'ClusterRole' || each.metadata.namespace === metadata.namespace),
  );
  assert.ok(role, `${metadata.name} gives a role that no file has`);
  return (role.rules ?? []).flatMap(
    ({ apiGroups, resources, verbs, resourceNames = [undefined] }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          verbs.flatMap((verb) =>
            resourceNames.map((name) =>
              line({ verb, group, resource, name, namespace: metadata.namespace }),
            ),
          ),
        ),
      ),
  );
}

function lines(permissions: readonly Permission[]): readonly string[] {
  return permissions.map(({ right }) => line(right));
}

const handedOut = (['product', 'least'] as const).flatMap((roles) =>
  (['pull', 'push', 'metrics'] as const).map((level) => roleOf({ level }, roles)),
);
const REGISTRY = 'openshift-image-registry';
const REACHES = ['auto', 'service', 'route', 'port-forward'] as const;
function needed(
  optional: { readonly readSecrets?: boolean; readonly provision?: boolean } = {},
): readonly string[] {
  return REACHES.flatMap((reach) => {
    const options = { readSecrets: false, provision: false, ...optional };
    return lines(
      stepPermissions({ roles: handedOut, reach, logNamespaces: [REGISTRY], ...options }),
    );
  });
}
const PROOF = { mintTokens: true, serviceAccountTokens: ['team-a'] };

/** Rights that `doctor` does not ask for, because Purser does without them, each with its reason. */
const BESIDE = {
  // A 403 on these leaves the system's own roots to judge the registry's certificate.
  'get /configmaps/serviceca in openshift-image-registry': "the registry's CA behind its service",
  'get /configmaps/default-ingress-cert in openshift-config-managed': 'the CA behind its route',
};

const BASE = ['purser.yaml', 'registry.yaml'].flatMap((file) => MANIFESTS.get(file) ?? []);

test('the files that are applied by default are those without a dangerous right', () => {
  const { resources } = z
    .object({ resources: words })
    .parse(parse(readFileSync(path.join(FOLDER, 'kustomization.yaml'), 'utf8')));
  assert.deepEqual(resources, ['purser.yaml', 'registry.yaml']);
  const optional = FILES.filter((file) => !resources.includes(file));
  assert.ok(
    optional.every((file) => file.startsWith('option-')),
    optional.join(),
  );
});

test("every right that a target's worker needs is in the files that are applied by default", () => {
  const held = heldBy(BASE);
  assert.deepEqual(
    needed().filter((each) => !held.has(each)),
    [],
  );
});

test('what needs more than the default files names its own file', () => {
  const held = heldBy(BASE);
  const missing = needed({ readSecrets: true }).filter((each) => !held.has(each));
  assert.deepEqual([...new Set(missing)], ['get /secrets in openshift-config']);
  assert.deepEqual(
    [...heldBy(MANIFESTS.get('option-read-secrets.yaml') ?? [])],
    ['get /secrets in openshift-config'],
  );
});

test('making logins beforehand needs what option-provision.yaml gives, no more and no less', () => {
  const base = new Set(needed());
  const beyond = needed({ provision: true }).filter((each) => !base.has(each));
  assert.deepEqual(
    [...heldBy(MANIFESTS.get('option-provision.yaml') ?? [])].sort(),
    [...new Set(beyond)].sort(),
  );
});

const OPTIONS = [
  ['option-mint-tokens.yaml', { ...PROOF, serviceAccountTokens: [] }],
  ['option-service-account-tokens.yaml', { ...PROOF, mintTokens: false }],
] as const;

for (const [file, options] of OPTIONS) {
  test(`${file} gives what its setting needs, no more and no less`, () => {
    const held = [...heldBy(MANIFESTS.get(file) ?? [])].sort();
    assert.deepEqual(held, [...new Set(lines(proofPermissions(options)))].sort());
  });
}

/** Rights that the health checks go without, each with its reason. */
const BESIDE_HEALTH = {
  'create /serviceaccounts/token/purser-probe in purser-probe': 'for a kubeconfig without a token',
  'get /secrets/kubeadmin in kube-system': 'without it, a note says that nobody looked',
};

test('option-health.yaml gives what the health checks need, no more and no less', () => {
  const held = [...heldBy(MANIFESTS.get('option-health.yaml') ?? [])].sort();
  const wanted = lines(healthPermissions({ namespace: 'purser-probe' }));
  assert.deepEqual(held, [...new Set([...wanted, ...Object.keys(BESIDE_HEALTH)])].sort());
});

test('the default files give nothing that no code needs, but for the exceptions', () => {
  const known = new Set([...needed(), ...Object.keys(BESIDE)]);
  assert.deepEqual(
    [...heldBy(BASE)].filter((each) => !known.has(each)),
    [],
  );
});

for (const each of Object.keys(BESIDE)) {
  test(`the exception is still one: ${each}`, () => {
    assert.ok(heldBy(BASE).has(each), 'no file gives it any more; take it out of the list');
    assert.ok(
      !needed({ readSecrets: true, provision: true }).includes(each),
      'doctor asks for it now; take it out of the list',
    );
  });
}

test('no file gives a right by a wildcard, or the right to escalate or impersonate', () => {
  for (const right of heldBy(ALL)) {
    assert.doesNotMatch(right, /\*|escalate|impersonate/);
  }
});

test('`bind` is given on named roles only, and on those that are handed out by default', () => {
  const binds = [...heldBy(ALL)].filter((each) => each.startsWith('bind '));
  assert.deepEqual(
    binds.sort(),
    [...new Set(handedOut)]
      .map((name) => `bind rbac.authorization.k8s.io/clusterroles/${name}`)
      .sort(),
  );
});

const ACCOUNT = 'option-proof-account.yaml';
const HEALTH = 'option-health.yaml';

test("every binding is for a service account of Purser's that the same files make", () => {
  for (const file of FILES) {
    const name = file === ACCOUNT ? 'purser-proof' : 'purser';
    const bindings = (MANIFESTS.get(file) ?? []).filter(({ roleRef }) => roleRef !== undefined);
    assert.ok(bindings.length > 0, file);
    const own = ALL.find(
      ({ kind, metadata }) => kind === 'ServiceAccount' && metadata.name === name,
    );
    assert.deepEqual(own?.metadata, { name, namespace: name });
    // What the probe does for a worker with a client certificate, it does with an account of its own.
    const probe = { kind: 'ServiceAccount', name: 'purser-probe', namespace: 'purser-probe' };
    for (const { subjects = [], metadata } of bindings) {
      const others =
        file === HEALTH ? subjects.filter((each) => !isDeepStrictEqual(each, probe)) : subjects;
      assert.deepEqual(others, [{ kind: 'ServiceAccount', name, namespace: name }], metadata.name);
    }
  }
});

test('the account of its own for the proofs may review and reach, and grant nothing', () => {
  const bindings = (MANIFESTS.get(ACCOUNT) ?? []).filter(({ kind }) => kind.endsWith('Binding'));
  const roles = ALL.filter(({ kind }) => kind.endsWith('Role'));
  const held = heldBy([...bindings, ...roles]);
  const wanted = REACHES.flatMap((reach) => lines(reviewPermissions(reach)));
  assert.deepEqual(
    wanted.filter((each) => !held.has(each)),
    [],
  );
  assert.deepEqual(
    [...held].filter((each) => !wanted.includes(each) && !(each in BESIDE)),
    [],
  );
});

test('the OAuthClient allows the scopes of every proof, and no escalation', () => {
  const client = ALL.find(({ kind }) => kind === 'OAuthClient');
  assert.equal(client?.metadata.name, OAUTH_CLIENT);
  const [restriction, ...rest] = client.scopeRestrictions ?? [];
  assert.deepEqual(rest, []);
  assert.equal(restriction?.clusterRole.allowEscalation, false);
  const acts = [
    { do: 'pull', namespace: 'a' },
    { do: 'push', namespace: 'a' },
    { do: 'metrics' },
  ] as const;
  const used = (['product', 'least'] as const).flatMap((roles) => scopesFor(acts, roles));
  const roles = used.map((scope) => scope.replace(/^role:/, '').replace(/:[^:]+$/, ''));
  const known = [...roles, ...ACCESS_LEVELS.map((level) => roleOf({ level }, 'product'))];
  const allowed = restriction.clusterRole.roleNames;
  assert.deepEqual([...allowed].sort(), [...new Set(known)].sort());
});

test('the guard knows every namespace and every ClusterRole that the files make for Purser', () => {
  const namesOf = (wanted: string) =>
    ALL.filter(({ kind }) => kind === wanted).map(({ metadata }) => metadata.name);
  assert.deepEqual(namesOf('Namespace').sort(), [...DEPLOYED_NAMESPACES].sort());
  assert.deepEqual(
    namesOf('ClusterRole').filter((name) => !isOwnRole(name)),
    [],
  );
  assert.ok(handedOut.every((name) => !isOwnRole(name)));
});

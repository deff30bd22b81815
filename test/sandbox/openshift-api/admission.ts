import assert from 'node:assert/strict';
import test from 'node:test';
import { waitFor } from './harness.ts';
import type { KubeResponse } from './kube-client.ts';
import { cluster } from './the-cluster.ts';
import { BASIC, minted, token, TOKENS } from './tokens-fixture.ts';

const POLICIES = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
const BINDINGS = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings';
const GROUPS = '/apis/user.openshift.io/v1/groups';
const LABEL = 'admission.test/for';

interface Rules {
  readonly validations: readonly object[];
  readonly operations?: readonly string[];
  readonly resources?: readonly string[];
  readonly actions?: readonly string[];
  readonly [field: string]: unknown;
}

/**
 * Creates a policy and its binding; resolves when the stand-in has read them. The policy selects objects
 * by a label with its name, so that it does not affect other tests.
 */
async function waitForPolicy(name: string, rules: Rules): Promise<void> {
  const {
    operations = ['CREATE'],
    resources = ['oauthaccesstokens'],
    actions = ['Deny'],
    ...spec
  } = rules;
  const group = resources.includes('groups') ? 'user.openshift.io' : 'oauth.openshift.io';
  const made = await cluster.admin.create(POLICIES, {
    metadata: { name },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        objectSelector: { matchLabels: { [LABEL]: name } },
        resourceRules: [{ apiGroups: [group], apiVersions: ['v1'], operations, resources }],
      },
      ...spec,
    },
  });
  assert.equal(made.code, 201, made.body.message);
  const binding = { policyName: name, validationActions: actions };
  const bound = await cluster.admin.create(BINDINGS, {
    metadata: { name: `${name}-binding` },
    spec: binding,
  });
  assert.equal(bound.code, 201, bound.body.message);
  // Bound after the first one: when the stand-in has read the second policy, it has read the first.
  const last = `${name}-known`;
  await refuseAll(last);
  await waitFor(`policy ${last} to act`, async () => (await create(last)).code === 422);
}

/** A policy that refuses every group with its label. */
async function refuseAll(name: string): Promise<void> {
  await cluster.admin.create(POLICIES, {
    metadata: { name },
    spec: {
      matchConstraints: {
        objectSelector: { matchLabels: { [LABEL]: name } },
        resourceRules: [
          {
            apiGroups: ['user.openshift.io'],
            apiVersions: ['*'],
            operations: ['*'],
            resources: ['*'],
          },
        ],
      },
      validations: [{ expression: 'false', message: 'it acts' }],
    },
  });
  await cluster.admin.create(BINDINGS, {
    metadata: { name },
    spec: { policyName: name, validationActions: ['Deny'] },
  });
}

async function create(name: string): Promise<KubeResponse> {
  return await cluster.admin.create(`${GROUPS}?dryRun=All`, {
    metadata: { generateName: 'probe-', labels: { [LABEL]: name } },
    users: null,
  });
}

/** A token object that a policy selects, created by the administrator. */
function asked(name: string, more: object = {}) {
  const { body } = token('plain', more);
  return { ...body, metadata: { ...body.metadata, labels: { [LABEL]: name } } };
}

async function post(name: string, more: object = {}): Promise<KubeResponse> {
  return await cluster.admin.create(TOKENS, asked(name, more));
}

test('a policy refuses a token, for cluster-admin too, with the Status of the real server', async () => {
  const name = 'minting';
  await waitForPolicy(name, {
    validations: [
      { expression: "object.clientName == 'purser'", message: 'only the client purser may mint' },
    ],
  });
  const body = asked(name);
  const { code, body: status } = await cluster.admin.create(TOKENS, body);
  const message = `ValidatingAdmissionPolicy '${name}' with binding '${name}-binding' denied request: only the client purser may mint`;
  assert.deepEqual([code, status.reason], [422, 'Invalid']);
  assert.equal(
    status.message,
    `oauthaccesstokens.oauth.openshift.io "${body.metadata.name}" is forbidden: ${message}`,
  );
  assert.deepEqual(status.details, {
    name: body.metadata.name,
    group: 'oauth.openshift.io',
    kind: 'oauthaccesstokens',
    causes: [{ message }],
  });
  assert.equal((await cluster.admin.get(`${TOKENS}/${body.metadata.name}`)).code, 404);
  // It does not apply to the tokens of other tests.
  await minted('plain');
});

test('the first failing rule of several is reported, with its reason and its messageExpression', async () => {
  const name = 'rules';
  await waitForPolicy(name, {
    matchConditions: [{ name: 'not-of-others', expression: "request.userInfo.username != 'bob'" }],
    variables: [
      { name: 'wide', expression: "object.scopes.filter(s, !s.startsWith('role:'))" },
      { name: 'unused', expression: 'object.nothing.at.all' },
    ],
    validations: [
      {
        expression:
          "has(object.expiresIn) && object.expiresIn <= 600 && object.userName in ['plain']",
        messageExpression: "'expiresIn is ' + string(object.?expiresIn.orValue(0))",
        reason: 'Forbidden',
      },
      {
        expression: 'variables.wide.size() == 0',
        messageExpression: "'too wide: ' + variables.wide.join(', ')",
      },
      {
        expression:
          "object.scopes.all(s, s.matches('^role:[a-z:*-]+$')) && !object.scopes.exists(s, s.endsWith(':!'))",
        reason: 'RequestEntityTooLarge',
      },
    ],
  });
  const failing = async (more: object) => {
    const { code, body } = await post(name, more);
    return [code, body.reason, body.message.split('denied request: ')[1]];
  };
  assert.deepEqual(await failing({ expiresIn: 0 }), [403, 'Forbidden', 'expiresIn is 0']);
  assert.deepEqual(await failing({ expiresIn: 601 }), [403, 'Forbidden', 'expiresIn is 601']);
  assert.deepEqual(await failing({ expiresIn: 60 }), [422, 'Invalid', 'too wide: user:full']);
  const escalating = await failing({ expiresIn: 60, scopes: ['role:a:b:!'] });
  assert.deepEqual(escalating.slice(0, 2), [413, 'RequestEntityTooLarge']);
  assert.match(String(escalating[2]), /^failed expression: object\.scopes\.all/);
  const { code, body } = await post(name, { expiresIn: 60, scopes: [BASIC] });
  assert.equal(code, 201, body.message);
});

test('an object that is not valid is refused for that, before any policy is asked', async () => {
  const name = 'after-validation';
  await waitForPolicy(name, { validations: [{ expression: 'false' }] });
  const { code, body } = await post(name, { userUID: undefined });
  assert.equal(code, 422);
  assert.equal(body.details?.causes?.[0]?.field, 'userUID');
});

test('updates and deletions are evaluated with the old object, and so is a dry run', async () => {
  const name = 'kept';
  await waitForPolicy(name, {
    operations: ['UPDATE', 'DELETE'],
    validations: [
      {
        expression:
          "request.operation == 'UPDATE' ? object.metadata.labels == oldObject.metadata.labels : object == null && oldObject.userName != 'plain'",
        message: 'it is kept as it is',
      },
    ],
  });
  const { body: made } = await post(name);
  const path = `${TOKENS}/${made.metadata.name}`;
  for (const answer of [
    await cluster.admin.merge(path, { metadata: { labels: { more: 'x' } } }),
    await cluster.admin.remove(path),
    await cluster.admin.remove(`${path}?dryRun=All`),
  ]) {
    assert.equal(answer.code, 422);
    assert.match(answer.body.message, /it is kept as it is$/);
  }
  const noted = await cluster.admin.merge(path, { metadata: { annotations: { a: 'b' } } });
  assert.equal(noted.code, 200, noted.body.message);
});

for (const [failurePolicy, code] of [
  ['Fail', 422],
  ['Ignore', 201],
] as const) {
  test(`what cannot be evaluated is ${code} under the failurePolicy ${failurePolicy}`, async () => {
    const broken = {
      // The authorizer is Kubernetes' own, and the stand-in has none.
      unsupported: { expression: "authorizer.group('').resource('pods').check('get').allowed()" },
      failing: { expression: "object.nothing == 'x'" },
    };
    for (const [what, validation] of Object.entries(broken)) {
      const name = `${what}-${failurePolicy.toLowerCase()}`;
      await waitForPolicy(name, { failurePolicy, validations: [validation] });
      const answer = await post(name);
      assert.equal(answer.code, code, answer.body.message);
      if (code === 422) {
        assert.match(
          answer.body.message,
          /denied request: (?:expression '.*' resulted in error|compilation error)/,
        );
      }
    }
  });
}

test('a binding that warns allows the request and adds a warning header; one that audits adds none', async () => {
  const name = 'warned';
  await waitForPolicy(name, {
    actions: ['Warn', 'Audit'],
    validations: [{ expression: "object.userName == 'other'", message: 'not the other' }],
  });
  const { code, headers } = await cluster.admin.send('POST', TOKENS, { body: asked(name) });
  assert.equal(code, 201);
  assert.deepEqual([headers['warning']].flat(), [
    `299 - "Validation failed for ValidatingAdmissionPolicy '${name}' with binding '${name}-binding': not the other"`,
  ]);
});

test('the other aggregated resources are evaluated in the same way, namespaces by their labels', async () => {
  const name = 'groups';
  await waitForPolicy(name, {
    resources: ['groups'],
    validations: [{ expression: "!('mallory' in object.users)", message: 'not mallory' }],
  });
  const group = { metadata: { name: 'judged', labels: { [LABEL]: name } } };
  const refused = await cluster.admin.create(GROUPS, { ...group, users: ['mallory'] });
  assert.deepEqual([refused.code, refused.body.reason], [422, 'Invalid']);
  assert.equal((await cluster.admin.create(GROUPS, { ...group, users: ['alice'] })).code, 201);

  const stream = 'streams-in-labelled';
  await cluster.admin.create('/api/v1/namespaces', {
    metadata: { name: 'labelled', labels: { [LABEL]: stream } },
  });
  await cluster.admin.create(POLICIES, {
    metadata: { name: stream },
    spec: {
      matchConstraints: {
        namespaceSelector: { matchExpressions: [{ key: LABEL, operator: 'In', values: [stream] }] },
        resourceRules: [
          {
            apiGroups: ['image.openshift.io'],
            apiVersions: ['v1'],
            operations: ['CREATE'],
            resources: ['imagestreams'],
          },
        ],
      },
      validations: [
        { expression: "object.metadata.name == namespaceObject.metadata.name + '-app'" },
      ],
    },
  });
  await cluster.admin.create(BINDINGS, {
    metadata: { name: stream },
    spec: { policyName: stream, validationActions: ['Deny'] },
  });
  const streams = (namespace: string) =>
    `/apis/image.openshift.io/v1/namespaces/${namespace}/imagestreams?dryRun=All`;
  await waitFor('the policy to act', async () => {
    const { code } = await cluster.admin.create(streams('labelled'), { metadata: { name: 'x' } });
    return code === 422;
  });
  for (const [namespace, named] of [
    ['labelled', 'labelled-app'],
    ['team-a', 'x'],
  ] as const) {
    const { code } = await cluster.admin.create(streams(namespace), { metadata: { name: named } });
    assert.equal(code, 201, namespace);
  }
});

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { describeFinding } from '../../src/domain/finding.ts';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { startOnboard } from '../../src/temporal/starts.ts';
import { WORKFLOWS_QUEUE } from '../../workflows/contract.ts';
import { createNamespace, createUser, fresh, giveRole, grantsIn } from './support/fixtures.ts';
import { assertProven, onboard, openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

const ALICE = { kind: 'User', name: 'alice' } as const;

describe('an onboarding that must not be', () => {
  let env: Environment;
  before(async () => {
    env = await openEnvironment();
  });
  after(() => env.close());

  const badInputs = [
    {
      name: 'an access that is none',
      input: { target: 'sandbox', subject: ALICE, accesses: ['pul:team-a'] },
      message: /accesses\[0\]: "pul:team-a" is not an access; write pull:<namespace>/,
    },
    {
      name: 'no access at all',
      input: { target: 'sandbox', subject: ALICE, accesses: [] },
      message: /accesses: must name at least one access/,
    },
    {
      name: 'a field that nobody knows',
      input: { target: 'sandbox', subject: ALICE, accesses: ['pull:team-a'], prov: 'required' },
      message: /prov/,
    },
    {
      name: 'a subject of an unknown kind',
      input: {
        target: 'sandbox',
        subject: { kind: 'Robot', name: 'r2' },
        accesses: ['pull:team-a'],
      },
      message: /subject/,
    },
    {
      name: 'a member to prove somebody by who is no group',
      input: { target: 'sandbox', subject: ALICE, accesses: ['pull:team-a'], proveAs: 'bob' },
      message: /proveAs: "bob" is for groups/,
    },
    {
      name: 'no input at all',
      input: undefined,
      message: /request: /,
    },
  ];
  for (const { name, input, message } of badInputs) {
    test(`ends at once where it is started with ${name}, naming the field`, async () => {
      const run = env.client.workflow.execute('onboard', {
        taskQueue: WORKFLOWS_QUEUE,
        workflowId: fresh('bad-input'),
        args: input === undefined ? [] : [input],
      });
      await assert.rejects(run, (error: unknown) => {
        assert.ok(
          error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure,
        );
        assert.equal(error.cause.type, 'InvalidRequest');
        assert.match(error.cause.message, message);
        return true;
      });
    });
  }

  const refusedRows = [
    {
      name: 'a protected namespace',
      accesses: ['push:kube-system'],
      subject: ALICE,
      type: 'Forbidden',
      message: /grants\.protectedNamespaces holds kube-\*/,
    },
    {
      name: 'an access level that the target does not hand out',
      accesses: ['admin:team-a'],
      subject: ALICE,
      type: 'Forbidden',
      message: /grants\.accesses: pull, push, metrics/,
    },
    {
      name: 'a cluster-wide pull that nobody allowed',
      accesses: ['pull:*'],
      subject: ALICE,
      type: 'Forbidden',
      message: /add pull:\* there/,
    },
    {
      name: 'a namespace that does not exist',
      accesses: ['pull:no-such-project'],
      subject: ALICE,
      type: 'NamespaceNotFound',
      message: /oc new-project no-such-project/,
    },
    {
      name: 'a service account that does not exist',
      accesses: ['pull:team-a'],
      subject: { kind: 'ServiceAccount', namespace: 'team-a', name: 'nobody' } as const,
      type: 'SubjectNotFound',
      message: /oc create serviceaccount nobody -n team-a/,
    },
    {
      name: 'a group that does not exist',
      accesses: ['pull:team-a'],
      subject: { kind: 'Group', name: 'no-such-group' } as const,
      type: 'SubjectNotFound',
      message: /check the spelling/,
    },
  ];
  for (const { name, accesses, subject, type, message } of refusedRows) {
    test(`is refused for ${name}, and grants nothing`, async () => {
      const before_ = await allGrants(env);
      const { failure, report } = await onboard(env, { subject, accesses });
      assert.equal(failure, type, String(report.failure?.message));
      assert.match(report.failure?.message ?? '', message);
      assert.deepEqual(await allGrants(env), before_);
    });
  }

  test('takes over no binding of another owner under the same name', async () => {
    const person = await createUser(env);
    const namespace = await createNamespace(env);
    const name = `purser:pull:User:${person.name}`;
    await giveRole(env, namespace, 'registry-viewer', person, name);
    const accesses = [`pull:${namespace}`];
    const { failure, report } = await onboard(env, { subject: person, accesses });
    assert.equal(failure, 'Conflict');
    assert.match(
      report.failure?.message ?? '',
      new RegExp(`${name} in ${namespace} is in the way`),
    );
    const path = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings/${name}`;
    assert.ok(await env.admin.get(path), 'the binding of somebody else must still be there');
    assert.deepEqual(await grantsIn(env, namespace), []);
  });

  test('fails clearly if the role does not exist, and undoes the grants before it', async () => {
    const person = await createUser(env);
    const namespace = await createNamespace(env);
    const role = '/apis/rbac.authorization.k8s.io/v1/clusterroles/registry-viewer';
    const kept = await env.admin.get(role);
    assert.ok(kept);
    await env.admin.send('DELETE', role);
    try {
      const { failure, report } = await onboard(env, {
        subject: person,
        accesses: [`push:${namespace}`, `pull:${namespace}`],
      });
      assert.equal(failure, 'RoleNotFound');
      assert.match(report.failure?.message ?? '', /ClusterRole registry-viewer does not exist/);
      assert.deepEqual(await grantsIn(env, namespace), []);
    } finally {
      const { resourceVersion: _old, uid: _gone, ...metadata } = kept.metadata;
      await env.admin.ensure({ ...kept, metadata });
    }
  });

  test('stops if only kubeadmin can log in', async () => {
    const person = await createUser(env);
    await withOAuth(env, { identityProviders: [] }, async () => {
      const { failure, report } = await onboard(env, {
        subject: person,
        accesses: ['pull:team-a'],
      });
      assert.equal(failure, 'IdentityProviderMissing');
      assert.match(report.failure?.message ?? '', /only kubeadmin can log in/);
    });
  });

  test('goes on with findings where a provider lacks a field or its file', async () => {
    const person = await createUser(env);
    const namespace = await createNamespace(env);
    const identityProviders = [
      { name: 'corp', type: 'LDAP', ldap: { url: 'ldap://ldap.example.com' } },
      { name: 'files', type: 'HTPasswd', htpasswd: { fileData: { name: 'no-such-secret' } } },
    ];
    await withOAuth(env, { identityProviders }, async () => {
      const { report } = await onboard(env, { subject: person, accesses: [`pull:${namespace}`] });
      assertProven(report);
      const findings = report.findings.map(describeFinding).join('\n');
      assert.match(findings, /provider corp \(LDAP\): ldap\.attributes\.id is not set/);
      assert.match(
        findings,
        /Secret openshift-config\/no-such-secret \(htpasswd\.fileData\) does not exist/,
      );
    });
  });

  test('is refused while another onboarding of the same subject runs', async () => {
    const person = await createUser(env);
    const held = { target: 'nobody-works-here', subject: person, accesses: ['pull:team-a'] };
    const first = await startOnboard(env.client, { ...held, prove: 'if-possible' });
    try {
      await assert.rejects(startOnboard(env.client, { ...held, prove: 'if-possible' }), {
        name: 'WorkflowExecutionAlreadyStartedError',
      });
    } finally {
      await first.terminate('the story is over');
    }
  });
});

async function allGrants(env: Environment): Promise<readonly string[]> {
  return [...(await grantsIn(env, 'team-a')), ...(await grantsIn(env))];
}

async function withOAuth(env: Environment, spec: object, act: () => Promise<void>): Promise<void> {
  const path = '/apis/config.openshift.io/v1/oauths/cluster';
  const kept = await env.admin.get(path);
  assert.ok(kept);
  await env.admin.replace({ ...kept, spec });
  try {
    await act();
  } finally {
    await env.admin.replace(kept);
  }
}

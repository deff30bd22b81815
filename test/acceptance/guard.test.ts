import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { describeFinding } from '../../src/domain/finding.ts';
import { z } from 'zod';
import { startOnboard } from '../../src/temporal/starts.ts';
import { eventually } from '../sandbox/support/eventually.ts';
import {
  createNamespace,
  createUser,
  fresh,
  grantsIn,
  make,
  newcomer,
} from './support/fixtures.ts';
import { createStranger } from './support/own-calls.ts';
import type { Stranger } from './support/own-calls.ts';
import { onboard, openEnvironment, revoke } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';

describe("whatever a workflow asks for, the target's worker", () => {
  let env: Environment;
  let stranger: Stranger;
  const sharing = fresh('story');
  before(async () => {
    env = await openEnvironment();
    await make(env, '/api/v1/namespaces', { metadata: { name: sharing } });
    await env.serve({
      unprotected: { grants: { protectedNamespaces: [] } },
      sharing: { grants: { systemGroups: [`system:serviceaccounts:${sharing}`] } },
      'every-account': { grants: { systemGroups: ['system:serviceaccounts'] } },
      narrow: { grants: { accesses: ['pull'] } },
    });
    stranger = await createStranger(env);
  });
  after(async () => {
    await stranger.stop();
    await env.close();
  });

  const refusedBy = async (input: Parameters<typeof onboard>[1]) => {
    const { report, failure } = await onboard(env, input);
    assert.equal(failure, 'Forbidden', report.failure?.message ?? report.outcome);
    assert.deepEqual(report.grants, []);
    return report.failure?.message ?? '';
  };

  const grant = (target: string, subject: object, accesses: readonly string[]) => {
    return callBy(stranger, `purser.${target}`, 'grantAccess', {
      subject,
      accesses,
      claimed: {},
    });
  };

  for (const target of ['sandbox', 'unprotected']) {
    for (const namespace of ['purser', 'purser-proof', 'purser-probe']) {
      test(`of the target ${target} hands out nothing in ${namespace}, which is Purser's own`, async () => {
        const subject = await createUser(env);
        for (const level of ['pull', 'push']) {
          const accesses = [`${level}:${namespace}`];
          const message = await refusedBy({ target, subject, accesses });
          assert.match(message, /a namespace of Purser's own .*No setting hands it out/);
        }
        if (namespace === 'purser') assert.deepEqual(await grantsIn(env, namespace), []);
      });
    }
  }

  test('knows an account of the proofs that lives under a name of its own', async () => {
    const namespace = await createNamespace(env);
    const name = fresh('proofs');
    await make(env, `${RBAC}/clusterrolebindings`, {
      metadata: { name },
      roleRef: {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: 'ClusterRole',
        name: 'purser-review',
      },
      subjects: [{ kind: 'ServiceAccount', name: 'prover', namespace }],
    });
    const subject = await createUser(env);
    const accesses = [`push:${namespace}`];
    const message = await refusedBy({ target: 'unprotected', subject, accesses });
    assert.match(
      message,
      new RegExp(`ClusterRoleBinding ${name} gives an account there purser-review`),
    );
    const failure = await grant('unprotected', subject, accesses);
    assert.equal(failure?.type, 'Forbidden');
    await env.admin.send('DELETE', `${RBAC}/clusterrolebindings/${name}`);
    assert.deepEqual(await grantsIn(env, namespace), []);
  });

  const MARKED = [
    ['the label of a run level', { labels: { 'openshift.io/run-level': '1' } }],
    ['the annotation of a run level', { annotations: { 'openshift.io/run-level': '' } }],
    ['the label of cluster monitoring', { labels: { 'openshift.io/cluster-monitoring': 'true' } }],
  ] as const;
  for (const [what, mark] of MARKED) {
    test(`hands out nothing in a namespace that carries ${what}`, async () => {
      const name = fresh('story');
      await make(env, '/api/v1/namespaces', { metadata: { name, ...mark } });
      const subject = await createUser(env);
      const accesses = [`pull:${name}`];
      const message = await refusedBy({ target: 'unprotected', subject, accesses });
      assert.match(
        message,
        new RegExp(`a namespace of the cluster's own \\(${name} carries openshift`),
      );
      assert.equal((await grant('unprotected', subject, accesses))?.type, 'Forbidden');
      assert.deepEqual(await grantsIn(env, name), []);
    });
  }

  test('does hand out in a project that an operator group of OLM has marked', async () => {
    const name = fresh('story');
    const labels = { 'olm.operatorgroup.uid/b3b9f1e0': '' };
    await make(env, '/api/v1/namespaces', { metadata: { name, labels } });
    const subject = await createUser(env);
    const { report } = await onboard(env, { subject, accesses: [`pull:${name}`] });
    assert.equal(report.outcome, 'proven', report.failure?.message ?? '');
  });

  const CLUSTERS_OWN = [
    'system:serviceaccounts',
    'system:serviceaccounts:team-a',
    'system:cluster-admins',
    'system:nodes',
  ];
  for (const name of CLUSTERS_OWN) {
    test(`gives the group ${name} nothing unless the configuration names it`, async () => {
      const namespace = await createNamespace(env);
      const subject = { kind: 'Group', name } as const;
      const accesses = [`pull:${namespace}`];
      for (const target of ['sandbox', 'sharing']) {
        const message = await refusedBy({ target, subject, accesses });
        assert.match(message, new RegExp(`grants\\.systemGroups: .*add ${name} there`));
        assert.equal((await grant(target, subject, accesses))?.type, 'Forbidden');
      }
      assert.deepEqual(await grantsIn(env, namespace), []);
    });
  }

  test('gives the service accounts of a namespace what sharing needs, where it is named', async () => {
    const namespace = await createNamespace(env);
    const subject = { kind: 'Group', name: `system:serviceaccounts:${sharing}` } as const;
    const request = { target: 'sharing', subject, accesses: [`pull:${namespace}`] };
    const { report } = await onboard(env, request);
    assert.equal(report.outcome, 'granted-unproven', report.failure?.message ?? '');
    assert.equal((await grantsIn(env, namespace)).length, 1);
    // By a target whose policy names no group any more.
    const { report: end } = await revoke(env, { ...request, target: 'narrow' });
    assert.match(end.outcome, /^revoked/);
    assert.deepEqual(await grantsIn(env, namespace), []);
  });

  test("gives every account at once pulls only, and says that Purser's own are among them", async () => {
    const namespace = await createNamespace(env);
    const subject = { kind: 'Group', name: 'system:serviceaccounts' } as const;
    const request = { target: 'every-account', subject, accesses: [`push:${namespace}`] };
    assert.match(await refusedBy(request), /contains Purser's own accounts, too, and no setting/);
    assert.equal((await grant('every-account', subject, request.accesses))?.type, 'Forbidden');
    assert.deepEqual(await grantsIn(env, namespace), []);
    const accesses = [`pull:${namespace}`];
    const { report } = await onboard(env, { ...request, accesses });
    assert.match(
      report.findings.map(describeFinding).join(),
      /including those of the platform and of Purser/,
    );
    assert.equal((await grantsIn(env, namespace)).length, 1);
    await revoke(env, { ...request, accesses });
  });

  for (const name of ['system:authenticated', 'system:unauthenticated', 'system:masters']) {
    test(`gives ${name} nothing, whichever workflow asks`, async () => {
      const namespace = await createNamespace(env);
      const subject = { kind: 'Group', name };
      const failure = await grant('sharing', subject, [`push:${namespace}`]);
      assert.equal(failure?.type, 'InvalidRequest');
      assert.deepEqual(await grantsIn(env, namespace), []);
    });
  }

  test('gives a group that has no object nothing, whichever workflow asks', async () => {
    const namespace = await createNamespace(env);
    const subject = { kind: 'Group', name: fresh('nobodys') };
    const failure = await grant('sandbox', subject, [`pull:${namespace}`]);
    assert.equal(failure?.type, 'SubjectNotFound');
    assert.deepEqual(await grantsIn(env, namespace), []);
  });

  test('proves nothing either that its own configuration does not hand out', async () => {
    const subject = await createUser(env);
    for (const [target, access] of [
      ['narrow', 'push:team-a'],
      ['unprotected', 'pull:purser'],
    ] as const) {
      const input = {
        subject,
        accesses: [access],
        prove: 'review',
      };
      const failure = await callBy(stranger, `purser.${target}.proof`, 'proveAccess', input);
      assert.equal(failure?.type, 'Forbidden', String(failure));
    }
  });

  test('says what a role gives besides, in the Web UI, before anything is granted', async () => {
    const [subject, namespace] = [newcomer(), await createNamespace(env)];
    const handle = await startOnboard(env.client, {
      target: 'sandbox',
      subject,
      accesses: [`push:${namespace}`],
      prove: 'if-possible',
      waitForLogin: '1h',
    });
    const details = async () => {
      const metadata: unknown = await handle.query('__temporal_workflow_metadata');
      return z.object({ currentDetails: z.string() }).parse(metadata).currentDetails;
    };
    await eventually('it to wait', async () => (await details()).includes('Waiting for'));
    assert.match(
      await details(),
      new RegExp(
        `push:${namespace}: RoleBinding ${namespace}/purser:push:User:${subject.name} to registry-editor\\. ` +
          `\\*\\*registry-editor also reads and writes the Secrets and ServiceAccounts of ${namespace}`,
      ),
    );
    assert.deepEqual(await grantsIn(env, namespace), []);
    await handle.cancel();
    await assert.rejects(handle.result());
  });

  test('says no at once, and not when the first login has been waited for', async () => {
    const request = { subject: newcomer(), accesses: ['push:purser'], waitForLogin: '7d' };
    await refusedBy(request);
  });
});

/** Calls one activity from a workflow of somebody's own; resolves to its failure. */
async function callBy(stranger: Stranger, taskQueue: string, activity: string, input: object) {
  return (await stranger.call([{ taskQueue, activity, input }])).failure;
}

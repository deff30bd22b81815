import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { describeFinding } from '../../src/domain/finding.ts';
import { TypedSearchAttributes } from '@temporalio/common';
import { z } from 'zod';
import { bindingName } from '../../src/access/grants/binding-name.ts';
import { onboardId, SEARCH_ATTRIBUTES } from '../../workflows/contract.ts';
import { startOpenId } from '../identity/support/openid-server.ts';
import { ca } from '../identity/support/provider-check.ts';
import { createNamespace, fresh, grantsIn, make } from './support/fixtures.ts';
import { onboard, openEnvironment, outcomes, revoke } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

const AUTHENTICATION = '/apis/config.openshift.io/v1/authentications/cluster';
const subjectsSchema = z.object({
  subjects: z.array(z.object({ kind: z.string(), name: z.string() })),
});

describe('with an external issuer', () => {
  let env: Environment;
  let issuer: string;
  let close: () => Promise<void>;
  let configured: ReturnType<typeof configuration>;
  const set = async (spec: object) => {
    const answer = await env.admin.send('PATCH', AUTHENTICATION, { spec });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
  };
  before(async () => {
    env = await openEnvironment();
    const server = await startOpenId('https://issuer.test', await ca.leaf(['127.0.0.1']));
    issuer = `https://127.0.0.1:${server.port}`;
    const name = fresh('issuer');
    const data = { 'ca-bundle.crt': ca.cert };
    await make(env, '/api/v1/namespaces/openshift-config/configmaps', {
      kind: 'ConfigMap',
      metadata: { name },
      data,
    });
    configured = configuration(issuer, name);
    await set(configured);
    close = async () => {
      await set({ type: '', oidcProviders: null });
      await server.close();
    };
  });
  after(async () => {
    await close();
    await env.close();
  });

  async function boundIn(namespace: string, binding: string) {
    const path = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings/${encodeURIComponent(binding)}`;
    return subjectsSchema
      .parse(await env.admin.get(path))
      .subjects.map(({ kind, name }) => `${kind} ${name}`);
  }

  test('people are granted, reviewed and revoked by the name that the cluster knows', async () => {
    const name = fresh('erin');
    const namespace = await createNamespace(env);
    const accesses = [`pull:${namespace}`];
    const subject = { kind: 'User', name } as const;
    const { report } = await onboard(env, { subject, accesses });
    assert.equal(report.outcome, 'granted-unproven', report.failure?.message ?? '');
    const known = `${issuer}#${name}`;
    const binding = bindingName({ kind: 'User', name: known }, { level: 'pull', namespace });
    assert.deepEqual(await grantsIn(env, namespace), [binding]);
    assert.deepEqual(await boundIn(namespace, binding), [`User ${known}`]);
    assert.equal(outcomes(report)['review'], 'passed');
    assert.equal(outcomes(report)['reach'], 'passed');
    const found = report.findings.map(describeFinding).join('\n');
    assert.ok(found.includes(`the cluster knows ${name} as ${known}`), found);
    assert.match(found, /names another issuer: "https:\/\/issuer\.test"/);
    assert.match(report.next.join(), /there are no OAuth tokens/);

    const again = await onboard(env, { subject: { kind: 'User', name: known }, accesses });
    assert.deepEqual(
      again.report.grants.map(({ binding: same, made }) => [same, made]),
      [[binding, 'before']],
    );

    const { report: end } = await revoke(env, { subject, accesses });
    assert.equal(end.outcome, 'revoked-unproven', end.failure?.message ?? '');
    assert.deepEqual(await grantsIn(env, namespace), []);
  });

  /** Has the API server name people in another way from now on. */
  const namePeople = async (username: object) => {
    const oidcProviders = configured.oidcProviders.map((provider) => ({
      ...provider,
      claimMappings: { ...provider.claimMappings, username },
    }));
    await set({ ...configured, oidcProviders });
  };
  const withPrefix = (prefixString: string) => ({
    claim: 'sub',
    prefixPolicy: 'Prefix',
    prefix: { prefixString },
  });
  const WITHOUT = { claim: 'sub', prefixPolicy: 'NoPrefix' };

  for (const { what, before: first, later } of [
    { what: 'a prefix that was configured since', before: WITHOUT, later: withPrefix('corp:') },
    { what: 'a prefix that is gone since', before: withPrefix('corp:'), later: WITHOUT },
    { what: 'another prefix since', before: withPrefix('old:'), later: withPrefix('new:') },
  ]) {
    test(`${what} hides no older grant from a revocation`, async () => {
      const subject = { kind: 'User', name: fresh('erin') } as const;
      const namespace = await createNamespace(env);
      const accesses = [`pull:${namespace}`];
      await namePeople(first);
      await onboard(env, { subject, accesses });
      assert.equal((await grantsIn(env, namespace)).length, 1);
      await namePeople(later);
      const { report, failure } = await revoke(env, { subject, accesses });
      await set(configured);
      assert.equal(failure, undefined, report.failure?.message ?? '');
      assert.deepEqual(await grantsIn(env, namespace), []);
    });
  }

  test('a revocation by the name that the list shows stops the onboarding, too', async () => {
    const subject = { kind: 'User', name: fresh('erin') } as const;
    const accesses = [`pull:${await createNamespace(env)}`];
    const open = await env.client.workflow.start('onboard', {
      taskQueue: fresh('nobody'),
      workflowId: onboardId('sandbox', subject),
      args: [{ target: 'sandbox', subject, accesses }],
      // It never ends, since nobody works for it; a revocation does not wait for one that says so.
      typedSearchAttributes: new TypedSearchAttributes([
        { key: SEARCH_ATTRIBUTES.access, value: accesses },
        { key: SEARCH_ATTRIBUTES.state, value: 'undo-overdue' },
      ]),
    });
    const known = { kind: 'User', name: `${issuer}#${subject.name}` } as const;
    const { report } = await revoke(env, { subject: known, accesses });
    const { raw } = await open.describe();
    await open.terminate();
    assert.equal(raw.workflowExtendedInfo?.cancelRequested, true, JSON.stringify(report.steps));
  });

  test('groups get their own prefix, and need no object', async () => {
    const namespace = await createNamespace(env);
    const subject = { kind: 'Group', name: fresh('devs') } as const;
    const { report } = await onboard(env, { subject, accesses: [`pull:${namespace}`] });
    const [binding = ''] = await grantsIn(env, namespace);
    assert.deepEqual(await boundIn(namespace, binding), [`Group corp:${subject.name}`]);
    const told = `Group/corp:${subject.name} cannot be verified: sandbox keeps no Group objects`;
    assert.ok(
      report.findings.some(({ text }) => text.startsWith(told)),
      report.findings.map(describeFinding).join('\n'),
    );
  });

  test("the cluster's own groups are no groups of the issuer, and get nothing", async () => {
    const namespace = await createNamespace(env);
    for (const name of ['system:serviceaccounts', 'system:cluster-admins']) {
      const subject = { kind: 'Group', name } as const;
      const request = { subject, accesses: [`pull:${namespace}`] };
      const { report, failure } = await onboard(env, request);
      assert.equal(failure, 'Forbidden', report.outcome);
      assert.match(report.failure?.message ?? '', /grants\.systemGroups: none/);
    }
    assert.deepEqual(await grantsIn(env, namespace), []);
  });

  test('a failed onboarding is undone under that name, too', async () => {
    const namespace = await createNamespace(env);
    const subject = { kind: 'User', name: fresh('erin') } as const;
    const { report } = await onboard(env, {
      subject,
      accesses: [`pull:${namespace}`],
      prove: 'required',
    });
    assert.equal(report.outcome, 'failed');
    assert.match(report.failure?.undone ?? '', /everything that this run made is gone/);
    assert.deepEqual(await grantsIn(env, namespace), []);
  });
});

function configuration(issuerURL: string, name: string) {
  const issuer = {
    issuerURL,
    audiences: ['openshift'],
    issuerCertificateAuthority: { name },
  };
  const claimMappings = {
    username: { claim: 'sub' },
    groups: { claim: 'groups', prefix: 'corp:' },
  };
  return { type: 'OIDC', oidcProviders: [{ name: 'corp', issuer, claimMappings }] };
}

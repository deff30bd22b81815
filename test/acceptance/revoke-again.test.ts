import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { describeFinding } from '../../src/domain/finding.ts';
import { WorkflowFailedError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { z } from 'zod';
import { openApiProxy } from './support/api-proxy.ts';
import type { ApiProxy } from './support/api-proxy.ts';
import { retried } from './support/attempts.ts';
import {
  bindingAt,
  copyBinding,
  createGroup,
  createNamespace,
  createUser,
  editBinding,
  fresh,
  giveRole,
  grantsIn,
} from './support/fixtures.ts';
import { eventually } from '../sandbox/support/eventually.ts';
import { startRevoke } from '../../src/temporal/starts.ts';
import { progressQuery, reportQuery, SEARCH_ATTRIBUTES } from '../../workflows/contract.ts';
import {
  assertProven,
  endOf,
  onboard,
  openEnvironment,
  outcomes,
  revoke,
} from './support/environment.ts';
import type { Environment } from './support/environment.ts';

describe('a revocation can be relied on:', () => {
  let env: Environment;
  let proxy: ApiProxy;
  before(async () => {
    env = await openEnvironment();
    proxy = await openApiProxy(env);
    await env.serve({
      'other-roles': { roles: 'least', grants: { accesses: [] } },
      'behind-proxy': { kubeconfig: proxy.kubeconfig },
    });
  });
  after(async () => {
    await env.close();
    await proxy.close();
  });

  /** A person who was brought on board with these levels, in a namespace of their own. */
  const granted = async (...levels: readonly string[]) => {
    const [subject, namespace] = [await createUser(env), await createNamespace(env)];
    const accesses = levels.map((level) => `${level}:${namespace}`);
    assertProven((await onboard(env, { subject, accesses })).report);
    return { subject, namespace, accesses };
  };
  const detailsOf = async (handle: WorkflowHandle) =>
    z
      .object({ currentDetails: z.string() })
      .parse(await handle.query('__temporal_workflow_metadata')).currentDetails;
  const detailOf = ({ steps }: Awaited<ReturnType<typeof revoke>>['report'], name: string) =>
    steps.find((step) => step.name === name)?.detail ?? '';

  const overdue = (handle: WorkflowHandle) =>
    eventually(
      'it to say that it is overdue',
      async () => {
        const { typedSearchAttributes } = await handle.describe();
        return typedSearchAttributes.get(SEARCH_ATTRIBUTES.state) === 'revocation-overdue';
      },
      90_000,
    );

  test('one that was interrupted can be repeated, as often as needed', async () => {
    const { subject, namespace, accesses } = await granted('pull', 'push');
    const name = `purser:push:User:${subject.name}`;
    await env.admin.send('DELETE', bindingAt(namespace, name));
    const { report } = await revoke(env, { subject, accesses });
    assert.equal(report.outcome, 'revoked', JSON.stringify(report.failure ?? report.next));
    assert.deepEqual(await grantsIn(env, namespace), []);
    assert.match(
      detailOf(report, `revoke push:${namespace}`),
      /is gone already: the report .*reports\/onboard\/sandbox\/User\/.*\.json of 20/,
    );
    const again = await revoke(env, { subject, accesses });
    assert.equal(again.report.outcome, 'revoked', JSON.stringify(again.report.failure));
  });

  test('an access that was never granted fails, and does not stop the revocation of the others', async () => {
    const { subject, namespace, accesses } = await granted('pull');
    const { report, failure } = await revoke(env, {
      subject,
      accesses: [`push:${namespace}`, ...accesses],
    });
    assert.equal(failure, 'GrantNotFound');
    assert.match(
      report.failure?.message ?? '',
      new RegExp(`granted no push:${namespace} to .* no archived report shows`),
    );
    assert.deepEqual(await grantsIn(env, namespace), []);
    assert.equal(outcomes(report)[`pull ${namespace} refused`], 'passed');
    assert.equal(
      report.failure?.undone,
      `revoked: pull:${namespace}; not revoked: push:${namespace}; ` +
        `deleted, and it stays so: RoleBinding ${namespace}/purser:pull:User:${subject.name}`,
    );
  });

  test('a misspelled name is a failure, unless the request ignores it', async () => {
    const [subject, namespace] = [
      { kind: 'User' as const, name: fresh('alcie') },
      await createNamespace(env),
    ];
    const accesses = [`pull:${namespace}`];
    const { report, failure } = await revoke(env, { subject, accesses });
    assert.equal(failure, 'GrantNotFound');
    assert.match(report.failure?.undone ?? '', /nothing was deleted$/);
    const request = { target: 'sandbox', subject, accesses, ignoreNotFound: true };
    const handle = await startRevoke(env.client, request);
    const ignored = await handle.result();
    assert.equal(ignored.report.outcome, 'nothing-to-revoke');
    const { typedSearchAttributes: shown } = await handle.describe();
    assert.equal(shown.get(SEARCH_ATTRIBUTES.state), 'nothing-to-revoke');
    assert.match(await detailsOf(handle), new RegExp(`nothing to revoke of ${accesses.join()}`));
    // What shows in the archive that an access was taken back is a step that passed.
    assert.equal(outcomes(ignored.report)[`revoke ${accesses.join()}`], 'not-applicable');
    // The refusal is tried all the same.
    assert.equal(outcomes(ignored.report)['review'], 'passed');
    // Its report is kept, and is no evidence that the access ever was there.
    assert.ok(ignored.location !== undefined, ignored.report.findings.map(describeFinding).join());
    const again = await revoke(env, { subject, accesses });
    assert.equal(again.failure, 'GrantNotFound', again.report.outcome);
  });

  test('of several accesses, the report names the one that was never granted, in the Web UI too', async () => {
    const { subject, namespace, accesses } = await granted('pull');
    const never = `push:${namespace}`;
    const handle = await startRevoke(env.client, {
      target: 'sandbox',
      subject,
      accesses: [never, ...accesses],
      ignoreNotFound: true,
    });
    const { report } = await endOf(handle.result());
    assert.equal(report.outcome, 'revoked', JSON.stringify(report.failure ?? report.next));
    const said = new RegExp(`nothing to revoke of ${never}: .* never granted to ${subject.name}`);
    assert.match(report.findings.map(describeFinding).join(), said);
    assert.match(await detailsOf(handle), said);
    assert.equal(outcomes(report)[`push ${namespace} refused`], 'passed');
    assert.deepEqual(await grantsIn(env, namespace), []);
  });

  test('an access that only another binding gives is not reported as revoked', async () => {
    const [subject, namespace] = [await createUser(env), await createNamespace(env)];
    const other = await giveRole(env, namespace, 'registry-viewer', subject);
    const accesses = [`pull:${namespace}`];
    const { report } = await revoke(env, { subject, accesses, ignoreNotFound: true });
    assert.equal(report.outcome, 'nothing-to-revoke', JSON.stringify(report.failure));
    assert.equal(outcomes(report)['review'], 'not-applicable');
    assert.match(report.next.join(), new RegExp(`RoleBinding ${namespace}/${other}`));
  });

  test("another owner's binding is a conflict, and does not stop the revocation of the others", async () => {
    const { subject, namespace, accesses } = await granted('pull');
    const name = `purser:push:User:${subject.name}`;
    await giveRole(env, namespace, 'registry-editor', subject, name);
    const { report, failure } = await revoke(env, {
      subject,
      accesses: [`push:${namespace}`, ...accesses],
    });
    assert.equal(failure, 'Conflict');
    assert.match(
      report.failure?.message ?? '',
      new RegExp(`RoleBinding ${namespace}/${name} gives`),
    );
    assert.deepEqual(await grantsIn(env, namespace), []);
    const there = await env.admin.send('GET', bindingAt(namespace, name));
    assert.equal(there.status, 200);
  });

  test("today's roles and limits do not decide about an older grant", async () => {
    const { subject, namespace, accesses } = await granted('pull', 'push');
    const { report, failure } = await revoke(env, { target: 'other-roles', subject, accesses });
    assert.equal(failure, undefined, report.failure?.message ?? '');
    assert.deepEqual(await grantsIn(env, namespace), []);
  });

  test('it needs no user.openshift.io: if a subject cannot be looked up, the refusal stays unproven', async () => {
    const { subject, namespace, accesses } = await granted('pull');
    proxy.refuseOnly(403, /user\.openshift\.io/);
    const { report } = await revoke(env, { target: 'behind-proxy', subject, accesses });
    proxy.refuse(undefined);
    assert.equal(report.outcome, 'revoked-unproven', report.failure?.message ?? '');
    assert.match(report.next.join(), /the proof could not be tried: .*user\.openshift\.io/);
    assert.deepEqual(await grantsIn(env, namespace), []);
  });

  test('it goes on for as long as the cluster refuses, also with 403, and says what it waits for', async () => {
    const { subject, namespace, accesses } = await granted('pull');
    proxy.refuseOnly(403, /rolebindings\/purser/);
    const request = { target: 'behind-proxy', subject, accesses };
    const handle = await startRevoke(env.client, request);
    await eventually('it to have tried a few times', async () => {
      const { raw } = await handle.describe();
      const [pending] = raw.pendingActivities ?? [];
      return (pending?.attempt ?? 0) > 2 && pending?.lastFailure?.message?.includes('403') === true;
    });
    assert.equal((await handle.query(progressQuery)).running, `revoke pull:${namespace}`);
    proxy.refuse(undefined);
    const { report } = await endOf(handle.result());
    assert.equal(report.outcome, 'revoked', JSON.stringify(report.failure ?? report.next));
    assert.deepEqual(await grantsIn(env, namespace), []);
  });

  test('a binding that a finalizer keeps is not called deleted; the wait is shown after a minute', async () => {
    const { subject, namespace, accesses } = await granted('pull');
    const name = `purser:pull:User:${subject.name}`;
    await editBinding(env, namespace, name, { metadata: { finalizers: ['story.test/keep'] } });
    const handle = await startRevoke(env.client, { target: 'sandbox', subject, accesses });
    await overdue(handle);
    const { waiting } = await handle.query(progressQuery);
    assert.match(waiting?.for ?? '', new RegExp(`delete the bindings of pull:${namespace}`));
    const { raw } = await handle.describe();
    assert.match(
      raw.pendingActivities?.[0]?.lastFailure?.message ?? '',
      /finalizers keep it \(story/,
    );
    await editBinding(env, namespace, name, { metadata: { finalizers: null } });
    const { report } = await endOf(handle.result());
    assert.equal(report.outcome, 'revoked', JSON.stringify(report.failure ?? report.next));
    assert.deepEqual(await grantsIn(env, namespace), []);
  });

  for (const [when, waiting] of [
    ['while a copy of it is tried', (handle: WorkflowHandle) => retried(handle)],
    ['once a copy of it is overdue', overdue],
  ] as const) {
    test(`a deleted binding is reported if the revocation is cancelled ${when}`, async () => {
      const { subject, namespace, accesses } = await granted('pull');
      const name = `purser:pull:User:${subject.name}`;
      const copy = { name: 'a-copy', finalizers: ['story.test/keep'] };
      await copyBinding(env, namespace, name, copy);
      const handle = await startRevoke(env.client, { target: 'sandbox', subject, accesses });
      await waiting(handle);
      await handle.cancel();
      await assert.rejects(handle.result(), (error) => {
        assert.ok(error instanceof WorkflowFailedError);
        assert.ok(error.cause instanceof CancelledFailure, String(error.cause));
        return true;
      });
      const { report } = await handle.query(reportQuery);
      assert.equal(
        report.failure?.undone,
        `not revoked: ${accesses.join()}; deleted, and it stays so: RoleBinding ${namespace}/${name}`,
      );
      assert.match(
        detailOf(report, `revoke ${accesses.join()}`),
        new RegExp(`${name} is gone; the workflow was cancelled`),
      );
      assert.deepEqual(await grantsIn(env, namespace), ['a-copy']);
      await editBinding(env, namespace, 'a-copy', { metadata: { finalizers: null } });
    });
  }

  test('if another binding still gives one of two accesses, both stay unproven', async () => {
    const { subject, namespace, accesses } = await granted('pull', 'push');
    const other = await giveRole(env, namespace, 'registry-viewer', subject);
    const { report } = await revoke(env, { subject, accesses });
    assert.equal(report.outcome, 'revoked-unproven');
    assert.match(report.next.join(), new RegExp(`RoleBinding ${namespace}/${other}`));
  });

  test('the refusal of a group is proven by the member that is named', async () => {
    const member = await createUser(env);
    const [subject, namespace] = [
      await createGroup(env, [member.name]),
      await createNamespace(env),
    ];
    const accesses = [`pull:${namespace}`];
    assertProven((await onboard(env, { subject, accesses, proveAs: member.name })).report);
    const { report } = await revoke(env, { subject, accesses, proveAs: member.name });
    assert.equal(report.outcome, 'revoked', JSON.stringify(report.failure ?? report.next));
    assert.equal(outcomes(report)[`pull ${namespace} refused`], 'passed');
  });
});

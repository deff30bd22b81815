// With real time: the deadlines are seconds, which leaves the wait to be seen and to be answered.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import { ActivityFailure, ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { OnboardRequest } from '../../../src/access/model/request.ts';
import { confirmLogin } from '../../../src/temporal/starts.ts';
import { progressQuery } from '../../../workflows/contract.ts';
import { eventually } from '../../sandbox/support/eventually.ts';
import { endOfRun, inputOf, stateOf } from '../../support/run-end.ts';
import {
  failure,
  lastUntilCancelled,
  openWorkflowEnvironment,
} from '../../support/workflow-environment.ts';
import type { Stubs, WorkflowEnvironment } from '../../support/workflow-environment.ts';
import { ahead, ALICE, foundSubject, GOOD, LOGIN, namesOf, startOnboarding } from './stubs.ts';

let env: WorkflowEnvironment;
before(async () => {
  env = await openWorkflowEnvironment();
});
after(() => env?.close());

function awaiting(grant: 'after-login' | 'before-login', more: Stubs = {}): Stubs {
  return {
    ...GOOD,
    findSubject: ({ subject }) => foundSubject(subject, { login: ahead(grant) }),
    awaitLogin: lastUntilCancelled,
    ...more,
  };
}
beforeEach(() => env.stub(awaiting('after-login')));

function start(more: Partial<OnboardRequest> = {}) {
  return startOnboarding(env, { waitForLogin: '30d', ...more });
}
function called() {
  return namesOf(env.calls);
}

async function startAndWait(): Promise<WorkflowHandle> {
  const handle = await start();
  await eventually('the wait', async () => called().includes('awaitLogin'), 20_000);
  return handle;
}

/** What an update has failed with. */
async function refusalOf(update: Promise<unknown>): Promise<ApplicationFailure> {
  const error: unknown = await update.then(
    () => assert.fail('the update succeeded'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof WorkflowUpdateFailedError, String(error));
  const cause = error.cause instanceof ActivityFailure ? error.cause.cause : error.cause;
  assert.ok(cause instanceof ApplicationFailure, String(cause));
  return cause;
}

function wrongProvider(): never {
  throw failure('WrongProvider', 'alice is known through ldap, and local was expected');
}

describe('an onboarding that waits for a first login', () => {
  test('grants after the login, for the uid that has logged in', async () => {
    env.stub(awaiting('after-login', { awaitLogin: () => LOGIN }));
    const { report } = await endOfRun(await start());
    assert.deepEqual(called(), [
      'requireIdentityProvider',
      'findSubject',
      'awaitLogin',
      'grantAccess',
      'proveAccess',
      'markGrants',
      'archiveReport',
    ]);
    assert.equal(report.outcome, 'proven');
    assert.deepEqual(inputOf(env, 'awaitLogin'), { user: 'alice', providers: ['local'] });
    assert.equal(Reflect.get(Object(inputOf(env, 'grantAccess')), 'expectUid'), 'u-1');
    assert.equal(Reflect.get(Object(inputOf(env, 'proveAccess')), 'expectUid'), 'u-1');
    const step = report.steps.find(({ name }) => name === 'first login');
    assert.equal(step?.outcome, 'passed');
    assert.match(step.detail, /alice has a User \(uid u-1\) with an Identity of local/);
  });

  test('grants before the login if the target says so, and proves after it', async () => {
    env.stub(awaiting('before-login', { awaitLogin: () => LOGIN }));
    const { report } = await endOfRun(await start());
    assert.deepEqual(called().slice(2, 5), ['grantAccess', 'awaitLogin', 'proveAccess']);
    assert.equal(report.outcome, 'proven');
  });

  test('shows what it waits for, and until when', async () => {
    const handle = await startAndWait();
    assert.equal(await stateOf(handle), 'awaiting-first-login');
    const { waiting, running } = await handle.query(progressQuery);
    assert.equal(running, 'first login');
    assert.match(waiting?.for ?? '', /alice's first login/);
    const ms = Date.parse(waiting?.until ?? '') - Date.parse(waiting?.since ?? '');
    assert.equal(ms, 30 * 86_400_000);
    await handle.cancel();
    const { report, error } = await endOfRun(handle);
    assert.ok(error instanceof CancelledFailure, String(error));
    assert.equal(report.undone?.state, 'nothing-made');
    assert.ok(!called().includes('grantAccess'));
  });

  test('does not wait for somebody who is known already', async () => {
    env.stub(awaiting('after-login', { findSubject: ({ subject }) => foundSubject(subject) }));
    const { report } = await endOfRun(await start());
    assert.ok(!called().includes('awaitLogin'));
    const step = report.steps.find(({ name }) => name === 'first login');
    assert.equal(step?.outcome, 'not-applicable');
  });

  test('ends if the login came through a provider that was not expected', async () => {
    env.stub(awaiting('before-login', { awaitLogin: wrongProvider }));
    const { report } = await endOfRun(await start());
    assert.equal(report.failure?.type, 'WrongProvider');
    assert.equal(report.undone?.state, 'undone', 'what was granted before the login is gone');
    assert.ok(!called().includes('proveAccess'));
  });

  test('ends at its deadline, and takes back what it granted before the login', async () => {
    env.stub(awaiting('before-login'));
    const handle = await start({ waitForLogin: '1s' });
    const { report, error } = await endOfRun(handle);
    assert.equal(report.failure?.type, 'LoginTimedOut');
    assert.match(report.failure.message, /has not logged in within 1s/);
    assert.ok(error instanceof ApplicationFailure);
    assert.deepEqual(called().slice(2), [
      'grantAccess',
      'awaitLogin',
      'undoGrants',
      'archiveReport',
    ]);
    assert.equal(report.undone?.state, 'undone');
    assert.equal(await stateOf(handle), 'failed');
  });
});

describe('the update confirmLogin', () => {
  const confirm = () => confirmLogin(env.client, 'prod', ALICE);

  test('looks at once; if the person has not logged in, the wait goes on', async () => {
    env.stub(awaiting('after-login', { checkLogin: () => ({}) }));
    const handle = await startAndWait();
    const { hasLoggedIn, detail } = await confirm();
    assert.equal(hasLoggedIn, false);
    assert.match(detail, /has not logged in yet/);
    assert.equal(await stateOf(handle), 'awaiting-first-login');
    assert.deepEqual(inputOf(env, 'checkLogin'), { user: 'alice', providers: ['local'] });
    await handle.cancel();
    await endOfRun(handle);
  });

  test('ends the wait with the login that it found, and the poll is cancelled', async () => {
    env.stub(awaiting('after-login', { checkLogin: () => ({ login: LOGIN }) }));
    const handle = await startAndWait();
    const { hasLoggedIn } = await confirm();
    assert.equal(hasLoggedIn, true);
    const { report } = await endOfRun(handle);
    assert.equal(report.outcome, 'proven');
    assert.equal(Reflect.get(Object(inputOf(env, 'grantAccess')), 'expectUid'), 'u-1');
  });

  test('ends the onboarding if it found an unexpected provider', async () => {
    env.stub(awaiting('after-login', { checkLogin: wrongProvider }));
    const handle = await startAndWait();
    assert.equal((await refusalOf(confirm())).type, 'WrongProvider');
    const { report } = await endOfRun(handle);
    assert.equal(report.failure?.type, 'WrongProvider');
    assert.ok(!called().includes('grantAccess'));
  });

  test('that could not look fails, and the wait goes on', async () => {
    env.stub(
      awaiting('after-login', {
        checkLogin: () => {
          throw failure('Unreachable', 'the cluster does not answer');
        },
      }),
    );
    const handle = await startAndWait();
    assert.equal((await refusalOf(confirm())).type, 'Unreachable');
    assert.equal(await stateOf(handle), 'awaiting-first-login');
    await handle.cancel();
    await endOfRun(handle);
  });

  test('is refused by an onboarding that does not wait, before any look', async () => {
    env.stub({ ...GOOD, findSubject: lastUntilCancelled });
    const handle = await start();
    await eventually('the first step', async () => called().includes('findSubject'), 20_000);
    assert.equal((await refusalOf(confirm())).type, 'NotWaiting');
    assert.ok(!called().includes('checkLogin'));
    await handle.cancel();
    await endOfRun(handle);
  });
});

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import type { RevokeRequest } from '../../../src/access/model/request.ts';
import { startRevoke } from '../../../src/temporal/starts.ts';
import { progressQuery } from '../../../workflows/contract.ts';
import { eventually } from '../../sandbox/support/eventually.ts';
import { endOfRun, inputOf, stateOf } from '../../support/run-end.ts';
import { lastUntilCancelled, openWorkflowEnvironment } from '../../support/workflow-environment.ts';
import type { Stubs, WorkflowEnvironment } from '../../support/workflow-environment.ts';
import {
  ALICE,
  GOOD,
  grantOf,
  nameOf,
  namesOf,
  PULL,
  PUSH,
  revocable,
  startOnboarding,
  textsOf,
} from './stubs.ts';

let env: WorkflowEnvironment;
before(async () => {
  // A revocation is overdue after a minute, which passes in a moment.
  env = await openWorkflowEnvironment('fast-timers.ts');
});
after(() => env?.close());
beforeEach(() => env.stub(GOOD));

function called() {
  return namesOf(env.calls);
}
function start(more: Partial<RevokeRequest> = {}) {
  return startRevoke(env.client, { target: 'prod', subject: ALICE, accesses: [PULL], ...more });
}
function hasBegun(activity: string) {
  return eventually(activity, () => called().includes(activity), 20_000);
}
const nothing = { grants: [], foreign: [], alike: [], findings: [] };

describe('a revocation while an onboarding of the same subject is open', () => {
  interface Open {
    readonly workflowId: string;
    readonly runId: string;
    readonly accesses: readonly string[];
    readonly handle: WorkflowHandle;
  }

  /** An onboarding that proves until it is cancelled. */
  async function openOnboarding(accesses: string[]): Promise<Open> {
    env.stub({ ...GOOD, proveAccess: lastUntilCancelled });
    const handle = await startOnboarding(env, { accesses });
    await hasBegun('proveAccess');
    const { workflowId, runId } = await handle.describe();
    return { workflowId, runId, accesses, handle };
  }
  const stopping = ({ workflowId, runId, accesses, handle }: Open): Stubs => ({
    ...GOOD,
    listOpenOnboardings: () => ({ open: [{ workflowId, runId, accesses }] }),
    awaitOnboardingEnd: async () => {
      await handle.result().catch(() => undefined);
      return { hasEnded: true };
    },
  });

  test('cancels it, waits for its end, then looks for the bindings', async () => {
    const open = await openOnboarding([PULL]);
    env.stub(stopping(open));
    const { report } = await endOfRun(await start());
    assert.equal((await open.handle.describe()).status.name, 'CANCELLED');
    const { workflowId, runId } = open;
    assert.deepEqual(inputOf(env, 'awaitOnboardingEnd'), { workflowId, runId });
    const names = called();
    assert.ok(names.indexOf('awaitOnboardingEnd') < names.indexOf('findGrants'));
    assert.equal(names.filter((name) => name === 'awaitOnboardingEnd').length, 1, 'once a run');
    assert.equal(report.outcome, 'revoked');
    assert.match(
      report.steps.find(({ name }) => name === 'stop onboarding')?.detail ?? '',
      /was cancelled and has ended/,
    );
  });

  test('says which other accesses the onboarding will not give either', async () => {
    const open = await openOnboarding([PULL, PUSH]);
    env.stub(stopping(open));
    const { report } = await endOfRun(await start());
    assert.match(textsOf(report.findings), new RegExp(`it will not grant ${PUSH} either`));
  });

  test('counts an access that is not there as gone, if the onboarding would have given it', async () => {
    const open = await openOnboarding([PULL]);
    env.stub({ ...stopping(open), findGrants: () => nothing });
    const { report } = await endOfRun(await start());
    assert.equal(report.outcome, 'revoked');
    assert.match(report.steps.map(({ detail }) => detail).join(), /which would have granted it/);
  });

  test('leaves an onboarding of other accesses alone', async () => {
    const open = await openOnboarding([PUSH]);
    env.stub(stopping(open));
    const { report } = await endOfRun(await start());
    assert.equal(report.outcome, 'revoked');
    assert.equal((await open.handle.describe()).status.name, 'RUNNING');
    assert.ok(!called().includes('awaitOnboardingEnd'));
    await open.handle.cancel();
    await open.handle.result().catch(() => undefined);
  });

  test('does not wait for one that is undone for long: it deletes what comes late, and is unproven', async () => {
    const open = await openOnboarding([PULL]);
    let looks = 0;
    env.stub({
      ...stopping(open),
      awaitOnboardingEnd: () => ({ hasEnded: false }),
      findGrants: ({ access }) => {
        looks += 1;
        return looks === 1 ? nothing : { ...nothing, grants: [revocable(access)] };
      },
    });
    const { report } = await endOfRun(await start());
    assert.equal(report.outcome, 'revoked-unproven');
    assert.match(report.next.join(), /is still being undone\. When it has ended, revoke again/);
    const again = report.steps.find(({ name }) => name === 'look again');
    assert.match(again?.detail ?? '', /was written late, and is deleted/);
    const names = called();
    assert.ok(names.lastIndexOf('revokeGrant') > names.indexOf('proveRefusal'));
    await open.handle.result().catch(() => undefined);
  });
});

describe('a revocation that takes long', () => {
  test('is overdue, says for what it waits, and ends when the cluster lets go', async () => {
    const released = Promise.withResolvers<void>();
    env.stub({
      ...GOOD,
      revokeGrant: async () => {
        await released.promise;
        return { is: 'deleted' };
      },
    });
    const handle = await start();
    await eventually('overdue', async () => (await stateOf(handle)) === 'revocation-overdue');
    const { waiting } = await handle.query(progressQuery);
    assert.equal(waiting?.for, `the cluster to delete the bindings of ${PULL}`);
    released.resolve();
    assert.equal((await endOfRun(handle)).report.outcome, 'revoked');
  });
});

describe('a revocation that is cancelled', () => {
  test('before anything was deleted says that nothing was', async () => {
    env.stub({ ...GOOD, findSubjectNames: lastUntilCancelled });
    const handle = await start();
    await hasBegun('findSubjectNames');
    await handle.cancel();
    const { report, error } = await endOfRun(handle);
    assert.ok(error instanceof CancelledFailure, String(error));
    assert.equal(report.failure?.type, 'Cancelled');
    assert.match(report.failure.undone, new RegExp(`not begun: ${PULL}; nothing was deleted`));
    assert.ok(!called().includes('findGrants'));
    assert.equal(called().at(-1), 'archiveReport');
  });

  test('while it deletes says what is deleted, and what is not', async () => {
    env.stub({
      ...GOOD,
      revokeGrant: ({ access }) => (access === PUSH ? lastUntilCancelled() : { is: 'deleted' }),
    });
    const handle = await start({ accesses: [PUSH, PULL] });
    await eventually('both', () => called().filter((n) => n === 'revokeGrant').length === 2);
    await eventually('one', async () => {
      const { steps } = await handle.query(progressQuery);
      return steps.some(({ name }) => name === `revoke ${PULL}`);
    });
    await handle.cancel();
    const { report } = await endOfRun(handle);
    assert.equal(report.failure?.type, 'Cancelled');
    assert.match(report.failure.undone, new RegExp(`revoked: ${PULL}`));
    assert.ok(report.failure.undone.endsWith(`it stays so: ${nameOf(grantOf(PULL))}`));
    assert.ok(!called().includes('proveRefusal'));
  });

  test('while it proves cleans up after the proof: what was deleted stays deleted', async () => {
    env.stub({ ...GOOD, proveRefusal: lastUntilCancelled });
    const handle = await start();
    await hasBegun('proveRefusal');
    await handle.cancel();
    const { report, error } = await endOfRun(handle);
    assert.ok(error instanceof CancelledFailure, String(error));
    assert.match(report.failure?.undone ?? '', new RegExp(`revoked: ${PULL}`));
    assert.deepEqual(called().slice(-3), ['proveRefusal', 'undoProof', 'archiveReport']);
    assert.equal(await stateOf(handle), 'failed');
  });
});

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import { createFinding } from '../../../src/domain/finding.ts';
import type { RevokeRequest } from '../../../src/access/model/request.ts';
import { startRevoke } from '../../../src/temporal/starts.ts';
import { onboardId } from '../../../workflows/contract.ts';
import { endOfRun, inputOf } from '../../support/run-end.ts';
import { failure, openWorkflowEnvironment } from '../../support/workflow-environment.ts';
import type { WorkflowEnvironment } from '../../support/workflow-environment.ts';
import { ALICE, GOOD, grantOf, namesOf, PULL, PUSH, revocable, stepOf, textsOf } from './stubs.ts';

let env: WorkflowEnvironment;
before(async () => {
  env = await openWorkflowEnvironment();
});
after(() => env?.close());
beforeEach(() => env.stub(GOOD));

function start(more: Partial<RevokeRequest> = {}) {
  return startRevoke(env.client, { target: 'prod', subject: ALICE, accesses: [PULL], ...more });
}
async function run(more: Partial<RevokeRequest> = {}) {
  return endOfRun(await start(more));
}
function called() {
  return namesOf(env.calls);
}
const nothing = { grants: [], foreign: [], alike: [], findings: [] };

describe('a revocation', () => {
  test('asks for onboardings, finds, deletes, proves the refusal and keeps its report, in that order', async () => {
    const { report } = await run();
    assert.deepEqual(called(), [
      'listOpenOnboardings',
      'findSubjectNames',
      'listOpenOnboardings',
      'findGrants',
      'revokeGrant',
      'findSubject',
      'proveRefusal',
      'archiveReport',
    ]);
    assert.equal(report.outcome, 'revoked');
    assert.deepEqual(report.grants, [grantOf(PULL, 'before')]);
    assert.deepEqual(
      env.meters.filter(({ name }) => name === 'purser_revocations_total').map((m) => m.labels),
      [{ target: 'prod', outcome: 'revoked' }],
    );
  });

  test('deletes the binding as it was found, and no other', async () => {
    await run();
    assert.deepEqual(inputOf(env, 'revokeGrant'), {
      access: PULL,
      decided: revocable(PULL).decided,
    });
  });

  test('looks for the grants of every name that the subject may go by', async () => {
    const names = [ALICE, { kind: 'User', name: 'corp:alice' } as const];
    const aPrefix = createFinding('warning', 'configuration', 'a prefix');
    env.stub({ ...GOOD, findSubjectNames: () => ({ names, findings: [aPrefix] }) });
    const { report } = await run();
    assert.deepEqual(inputOf(env, 'findGrants'), { names, access: PULL });
    const asked = env.calls.filter(({ name }) => name === 'listOpenOnboardings');
    assert.deepEqual(
      asked.map(({ input }) => Reflect.get(Object(input), 'workflowIds')),
      [[onboardId('prod', ALICE)], names.map((name) => onboardId('prod', name))],
    );
    assert.deepEqual(report.findings, [aPrefix]);
  });

  test('takes each access for itself: one that the cluster does not let go keeps none of the others', async () => {
    env.stub({
      ...GOOD,
      revokeGrant: ({ access }) => {
        if (access === PUSH) throw failure('Forbidden', 'Purser may not delete rolebindings');
        return { is: 'deleted' };
      },
    });
    const { report, error } = await run({ accesses: [PUSH, PULL] });
    assert.ok(error instanceof ApplicationFailure);
    assert.equal(error.type, 'Forbidden');
    assert.match(report.failure?.undone ?? '', new RegExp(`revoked: ${PULL}`));
    assert.match(report.failure?.undone ?? '', new RegExp(`not revoked: ${PUSH}`));
    assert.match(report.failure?.undone ?? '', /deleted, and it stays so: RoleBinding team-a/);
    const proven = inputOf(env, 'proveRefusal');
    assert.deepEqual(Reflect.get(Object(proven), 'accesses'), [PULL], 'only what was taken');
  });

  test('of what Purser never granted fails, and asks the archive before', async () => {
    env.stub({ ...GOOD, findGrants: () => ({ ...nothing, alike: ['corp:alice'] }) });
    const { report } = await run();
    assert.equal(report.failure?.type, 'GrantNotFound');
    assert.match(report.failure.message, /It has granted it to corp:alice/);
    assert.ok(called().includes('findGrantEvidence'));
    assert.ok(!called().includes('proveRefusal'), 'nothing was taken');
  });

  test('of what Purser never granted may be no failure, and nothing is proven then', async () => {
    env.stub({ ...GOOD, findGrants: () => nothing });
    const { report } = await run({ ignoreNotFound: true });
    assert.equal(report.outcome, 'nothing-to-revoke');
    assert.match(textsOf(report.findings), /it was never granted to alice/);
  });

  test('of what is gone already, by an archived report, proves the refusal all the same', async () => {
    const report = { place: 'reports/1.json', endedAt: '2026-11-01T00:00:00.000Z' };
    env.stub({
      ...GOOD,
      findGrants: () => nothing,
      findGrantEvidence: () => ({ report, bindings: [] }),
    });
    const end = await run();
    assert.equal(end.report.outcome, 'revoked');
    assert.match(end.report.steps.map(({ detail }) => detail).join(), /is gone already/);
    assert.ok(called().includes('proveRefusal'));
  });

  test('looks again for the bindings that only an archived report names', async () => {
    const named = ['purser-alice-1'];
    env.stub({
      ...GOOD,
      findGrants: ({ access, bindings }) =>
        bindings === undefined ? nothing : { ...nothing, grants: [revocable(access)] },
      findGrantEvidence: () => ({ bindings: named }),
    });
    const { report } = await run();
    assert.equal(report.outcome, 'revoked');
    const looks = env.calls.filter(({ name }) => name === 'findGrants');
    assert.deepEqual(looks[1]?.input, { names: [ALICE], access: PULL, bindings: named });
  });

  test('with an archive that cannot be asked does not say that nothing was ever granted', async () => {
    env.stub({
      ...GOOD,
      findGrants: () => nothing,
      findGrantEvidence: () => {
        throw failure('Forbidden', 'no rights on the bucket');
      },
    });
    const { report } = await run({ accesses: [PULL], ignoreNotFound: true });
    assert.doesNotMatch(textsOf(report.findings), /was never granted/);
    assert.match(report.next.join(), /could not read from the archive whether .* was ever granted/);
  });

  test('leaves alone what somebody has changed, unless it is told to take it all', async () => {
    const changed = { ...nothing, grants: [revocable(PULL, { differs: 'also binds bob' })] };
    env.stub({ ...GOOD, findGrants: () => changed });
    const left = await run();
    assert.equal(left.report.failure?.type, 'Conflict');
    assert.match(left.report.failure.message, /also binds bob; it was left as it is/);
    assert.ok(!called().includes('revokeGrant'));

    env.stub({ ...GOOD, findGrants: () => changed });
    const taken = await run({ withOthers: true });
    assert.equal(taken.report.outcome, 'revoked');
    assert.match(textsOf(taken.report.findings), /was deleted although it also binds bob/);
  });

  test("never deletes what is in the place and none of Purser's", async () => {
    const foreign = ["RoleBinding team-a/x is not Purser's"];
    env.stub({ ...GOOD, findGrants: () => ({ ...nothing, foreign }) });
    const { report } = await run();
    assert.equal(report.failure?.type, 'Conflict');
    assert.match(report.failure.message, /Purser revokes only what it granted/);
    assert.ok(!called().includes('revokeGrant'));
  });

  test("says of a binding that is not Purser's any more that it stays", async () => {
    env.stub({
      ...GOOD,
      revokeGrant: () => ({ is: 'not-ours-any-more', left: 'it binds bob now' }),
    });
    const { report } = await run();
    assert.equal(report.failure?.type, 'Conflict');
    assert.match(report.failure.message, /stays: it binds bob now/);
  });
});

describe('the refusal', () => {
  test('that the registry lets through fails the revocation: what was deleted stays deleted', async () => {
    const through = stepOf('pull refused', { outcome: 'failed', cause: 'configuration' });
    env.stub({
      ...GOOD,
      proveRefusal: () => ({ verdict: 'failed', steps: [through], findings: [] }),
    });
    const { report } = await run();
    assert.equal(report.failure?.type, 'ProofFailed');
    assert.match(report.failure.undone, /revoked: pull:team-a/);
  });

  test('that cannot be tried leaves the access revoked and unproven, and cleans up', async () => {
    env.stub({
      ...GOOD,
      proveRefusal: () => {
        throw failure('Unreachable', 'the registry does not answer');
      },
    });
    const { report } = await run();
    assert.equal(report.outcome, 'revoked-unproven');
    assert.deepEqual(report.next, ['the proof could not be tried: the registry does not answer']);
    const names = called();
    assert.ok(names.indexOf('undoProof') > names.indexOf('proveRefusal'));
  });

  test('by the rights of another binding leaves it unproven, and says by which', async () => {
    const moot = stepOf('pull refused', { outcome: 'not-applicable', detail: 'by RoleBinding x' });
    env.stub({
      ...GOOD,
      proveRefusal: () => ({ verdict: 'unproven', steps: [moot], findings: [] }),
    });
    const { report } = await run();
    assert.equal(report.outcome, 'revoked-unproven');
    assert.deepEqual(report.next, ['pull refused: by RoleBinding x']);
  });
});

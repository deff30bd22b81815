import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { OnboardRequest } from '../../../src/access/model/request.ts';
import { onboardId, reportQuery } from '../../../workflows/contract.ts';
import { failure, openWorkflowEnvironment } from '../../support/workflow-environment.ts';
import type { WorkflowEnvironment } from '../../support/workflow-environment.ts';
import { endOfRun, inputOf } from '../../support/run-end.ts';
import {
  ALICE,
  foundSubject,
  GOOD,
  grantOf,
  labelsOf,
  nameOf,
  namesOf,
  PULL,
  runOnboarding,
  startOnboarding,
  stepOf,
  textsOf,
} from './stubs.ts';

let env: WorkflowEnvironment;
before(async () => {
  // A step that was cancelled may have written: its undo waits for 90 s, which pass in a moment.
  env = await openWorkflowEnvironment('fast-timers.ts');
});
after(() => env?.close());
beforeEach(() => env.stub(GOOD));

describe('an onboarding that succeeds', () => {
  test('checks, finds, grants, proves, marks and keeps its report, in that order', async () => {
    const { report, location } = await runOnboarding(env);
    assert.deepEqual(namesOf(env.calls), [
      'requireIdentityProvider',
      'findSubject',
      'grantAccess',
      'proveAccess',
      'markGrants',
      'archiveReport',
    ]);
    assert.equal(report.outcome, 'proven');
    assert.deepEqual(report.grants, [grantOf(PULL)]);
    assert.equal(location, `archive/${onboardId('prod', ALICE)}.json`);
  });

  test('is what its report and its search attributes say', async () => {
    const handle = await startOnboarding(env, { reason: 'a new colleague', requestedBy: 'bob' });
    const { report } = await endOfRun(handle);
    assert.deepEqual(report.claimed, { reason: 'a new colleague', requestedBy: 'bob' });
    assert.deepEqual(
      report.steps.map(({ name }) => name),
      ['identity provider', 'subject', `grant ${PULL}`, 'pull'],
    );
    const { searchAttributes } = await handle.describe();
    assert.deepEqual(searchAttributes['PurserTarget'], ['prod']);
    assert.deepEqual(searchAttributes['PurserSubject'], ['alice']);
    assert.deepEqual(searchAttributes['PurserAccess'], [PULL]);
    assert.deepEqual(searchAttributes['PurserState'], ['proven']);
    assert.deepEqual((await handle.query(reportQuery)).report, report);
  });

  test('is counted once, by its outcome, and no undo is', async () => {
    await runOnboarding(env);
    assert.deepEqual(labelsOf(env, 'purser_onboardings_total'), [
      { target: 'prod', outcome: 'proven' },
    ]);
    assert.deepEqual(labelsOf(env, 'purser_onboarding_duration'), [
      { target: 'prod', outcome: 'proven' },
    ]);
    assert.deepEqual(labelsOf(env, 'purser_undos_total'), []);
    assert.deepEqual(labelsOf(env, 'purser_failures_total'), []);
  });

  test('goes by the name that the cluster knows, and tells the later steps whom it has found', async () => {
    const known = { kind: 'User', name: 'corp:alice' } as const;
    env.stub({ ...GOOD, findSubject: () => foundSubject(known) });
    await runOnboarding(env);
    const expected = { subject: known, accesses: [PULL], expectUid: 'uid-of-corp:alice' };
    assert.deepEqual(inputOf(env, 'grantAccess'), { ...expected, claimed: {} });
    assert.deepEqual(inputOf(env, 'proveAccess'), { ...expected, prove: 'if-possible' });
    assert.deepEqual(inputOf(env, 'markGrants'), {
      subject: known,
      accesses: [PULL],
      state: 'proven',
    });
  });

  test("of a group looks up the member by whom it is proven, by the cluster's name", async () => {
    env.stub({
      ...GOOD,
      findSubject: ({ subject }) =>
        subject.kind === 'Group'
          ? foundSubject(subject)
          : foundSubject({ kind: 'User', name: 'corp:carol' }),
    });
    await runOnboarding(env, { subject: { kind: 'Group', name: 'devs' }, proveAs: 'carol' });
    const asked = env.calls.filter(({ name }) => name === 'findSubject');
    assert.equal(asked.length, 2);
    assert.deepEqual(asked[1]?.input, {
      subject: { kind: 'User', name: 'carol' },
      accesses: [PULL],
      isAwaited: true,
    });
    assert.equal(Reflect.get(Object(inputOf(env, 'proveAccess')), 'by'), 'corp:carol');
  });

  test('that could not be proven keeps the grant, and says what would make it proven', async () => {
    const untried = stepOf('pull', { outcome: 'not-tried', detail: 'no tokens are minted' });
    env.stub({
      ...GOOD,
      proveAccess: () => ({ verdict: 'unproven', steps: [untried], findings: [] }),
    });
    const { report } = await runOnboarding(env);
    assert.equal(report.outcome, 'granted-unproven');
    assert.ok(report.next.length > 0);
    assert.equal(Reflect.get(Object(inputOf(env, 'markGrants')), 'state'), 'unproven');
    assert.ok(!namesOf(env.calls).includes('undoGrants'));
  });

  test('is proven although its bindings could not be marked: a finding says so', async () => {
    env.stub({
      ...GOOD,
      markGrants: () => {
        throw failure('Forbidden', 'Purser may not patch rolebindings');
      },
    });
    const { report } = await runOnboarding(env);
    assert.equal(report.outcome, 'proven');
    assert.match(
      textsOf(report.findings),
      /could not mark the bindings as proven: Purser may not patch/,
    );
  });

  test('is proven although the archive takes no report: its result has it all the same', async () => {
    env.stub({
      ...GOOD,
      archiveReport: () => {
        throw failure('Unreachable', 'the folder is read-only');
      },
    });
    const { report, location } = await runOnboarding(env);
    assert.equal(report.outcome, 'proven');
    assert.equal(location, undefined);
    assert.match(textsOf(report.findings), /could not be archived/);
  });
});

describe('a login that is provisioned', () => {
  const NEW: Partial<OnboardRequest> = { provision: true, provider: 'corp', providerUser: 'a1' };
  const provisioned = {
    ...GOOD,
    provisionUser: () => ({ step: stepOf('provision'), findings: [], unanswered: false }),
    undoProvisioning: () => ({ removed: ['User alice'], attempt: 1 }),
  };

  test('is made after the plan has been accepted, and before the subject is looked up', async () => {
    env.stub(provisioned);
    await runOnboarding(env, NEW);
    assert.deepEqual(namesOf(env.calls).slice(0, 4), [
      'requireIdentityProvider',
      'planAccess',
      'provisionUser',
      'findSubject',
    ]);
    const login = { user: 'alice', provider: 'corp', providerUser: 'a1' };
    assert.deepEqual(inputOf(env, 'provisionUser'), login);
  });

  test('is not made where the guard refuses the access', async () => {
    env.stub({
      ...provisioned,
      planAccess: () => {
        throw failure('Forbidden', 'team-a is protected');
      },
    });
    const { report } = await runOnboarding(env, NEW);
    assert.equal(report.failure?.type, 'Forbidden');
    assert.deepEqual(namesOf(env.calls), [
      'requireIdentityProvider',
      'planAccess',
      'archiveReport',
    ]);
  });

  test('is taken back together with the grants where the proof fails', async () => {
    env.stub({
      ...provisioned,
      proveAccess: () => ({
        verdict: 'failed',
        steps: [stepOf('pull', { outcome: 'failed', cause: 'configuration' })],
        findings: [],
      }),
    });
    const { report } = await runOnboarding(env, NEW);
    assert.equal(report.undone?.state, 'undone');
    const gone = report.steps.filter(({ name }) => name.startsWith('take back'));
    assert.deepEqual(gone.map(({ name, detail }) => `${name}: ${detail}`).toSorted(), [
      `take back the grants: gone: ${nameOf(grantOf(PULL))}`,
      'take back the login: gone: User alice',
    ]);
  });
});

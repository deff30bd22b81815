import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CancelledFailure } from '@temporalio/common';
import { WorkflowFailedError, WorkflowUpdateFailedError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { z } from 'zod';
import { PurserError } from '../../src/domain/errors.ts';
import { workflowBundle } from '../../src/temporal/bundle.ts';
import { createLogger } from '../../src/temporal/logging.ts';
import { confirmLogin, startOnboard } from '../../src/temporal/starts.ts';
import { progressQuery, SEARCH_ATTRIBUTES } from '../../workflows/contract.ts';
import { eventually } from '../sandbox/support/eventually.ts';
import { createNamespace, fresh, grantsIn, logIn, newcomer } from './support/fixtures.ts';
import {
  assertProven,
  configWith,
  endOf,
  onboard,
  openEnvironment,
  outcomes,
} from './support/environment.ts';
import type { Environment } from './support/environment.ts';

const DOOMED = fileURLToPath(new URL('./support/crash-worker.ts', import.meta.url));
const PURSER = fileURLToPath(new URL('../../bin/purser', import.meta.url));
const metadataSchema = z.object({ currentDetails: z.string() });
const bindingSchema = z.object({
  metadata: z.object({ annotations: z.record(z.string(), z.string()) }),
});

// Most of each story is a wait; side by side they wait together.
describe('an onboarding that waits for the first login', { concurrency: 4 }, () => {
  let env: Environment;
  before(async () => {
    env = await openEnvironment();
    await env.serve({ 'grants-first': { grant: 'before-login' } });
  });
  after(async () => {
    for (const command of commands) command.kill();
    await env.close();
  });

  /** Starts one, and waits until it waits. */
  const begin = async (target = 'sandbox', waitForLogin = '1h') => {
    const [subject, namespace] = [newcomer(), await createNamespace(env)];
    const accesses = [`pull:${namespace}`];
    const request = { target, subject, accesses, waitForLogin, prove: 'required' as const };
    const handle = await startOnboard(env.client, request);
    return { handle, namespace, user: subject.name, subject, target };
  };
  const waiting = async (target?: string) => {
    const begun = await begin(target);
    await isWaiting(begun.handle);
    return begun;
  };
  /** A target whose own looks never see anything: what is seen there is seen by the update. */
  const serveBlind = async () => {
    const target = fresh('blind');
    await env.serve({ [target]: { grant: 'before-login' } }, undefined, {
      at: (point) => {
        if (point === 'looked for a login') throw new PurserError('NotLoggedIn', 'blind');
      },
    });
    return target;
  };
  const uidNoted = async (namespace: string, user: string) => {
    const at = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings/purser:pull:User:${user}`;
    const { metadata } = bindingSchema.parse(await env.admin.get(at));
    return metadata.annotations['purser.dev/subject-uid'];
  };
  const uidOf = async (user: string) =>
    (await env.admin.get(`/apis/user.openshift.io/v1/users/${user}`))?.metadata['uid'];

  test('grants nothing before it, and then grants to that very User and proves it', async () => {
    const { handle, namespace, user } = await waiting();
    assert.deepEqual(await grantsIn(env, namespace), []);
    await logIn(env, user);
    const { report } = await endOf(handle.result());
    assertProven(report);
    assert.deepEqual(Object.keys(outcomes(report)).slice(0, 4), [
      'identity provider',
      'subject',
      'first login',
      `grant pull:${namespace}`,
    ]);
    const step = report.steps.find(({ name }) => name === 'first login');
    const uid = await uidOf(user);
    assert.match(
      step?.detail ?? '',
      new RegExp(`has a User \\(uid ${String(uid)}\\) with an Identity of local`),
    );
    assert.equal(await uidNoted(namespace, user), uid);
    assert.doesNotMatch(JSON.stringify(report.findings), /no User object/);
  });

  test('grants first if the target says so, to a name without a uid, and proves afterwards', async () => {
    const { handle, namespace, user } = await waiting('grants-first');
    assert.deepEqual(await grantsIn(env, namespace), [`purser:pull:User:${user}`]);
    assert.equal(await uidNoted(namespace, user), undefined);
    await logIn(env, user);
    const { report } = await endOf(handle.result());
    assertProven(report);
    assert.deepEqual(Object.keys(outcomes(report)).slice(2, 5), [
      `grant pull:${namespace}`,
      'first login',
      'review',
    ]);
  });

  test('checks at once on request, goes on only if the login is there, and replays', async () => {
    const target = await serveBlind();
    const { handle, user, subject } = await waiting(target);
    const early = await confirmLogin(env.client, target, subject);
    assert.equal(early.hasLoggedIn, false);
    assert.match(early.detail, /has not logged in yet/);
    await logIn(env, user);
    const late = await confirmLogin(env.client, target, subject);
    assert.equal(late.hasLoggedIn, true);
    assertProven((await endOf(handle.result())).report);
    await assert.rejects(confirmLogin(env.client, target, subject), { name: 'SubjectNotFound' });
    const codePath = await workflowBundle(createLogger('error'));
    const history = await handle.fetchHistory();
    await Worker.runReplayHistory({ workflowBundle: { codePath } }, history, handle.workflowId);
  });

  test('also fails for a stranger if a check is requested', async () => {
    const target = await serveBlind();
    const { handle, namespace, user, subject } = await waiting(target);
    await logIn(env, user, { name: 'stranger' });
    await assert.rejects(confirmLogin(env.client, target, subject), WorkflowUpdateFailedError);
    assert.equal((await endOf(handle.result())).failure, 'WrongProvider');
    assert.deepEqual(await grantsIn(env, namespace), []);
  });

  for (const { target, undone } of [
    { target: 'sandbox', undone: 'nothing had been granted yet' },
    { target: 'grants-first', undone: 'everything that this run made is gone' },
  ]) {
    test(`on ${target} ends at its deadline, with ${undone}`, async () => {
      const { handle, namespace, user } = await begin(target, '1s');
      const { report, failure } = await endOf(handle.result());
      assert.equal(failure, 'LoginTimedOut');
      assert.equal(report.outcome, 'failed');
      assert.match(
        report.failure?.message ?? '',
        new RegExp(`${user} has not logged in within 1s`),
      );
      assert.equal(report.failure?.undone, undone);
      assert.deepEqual(await grantsIn(env, namespace), []);
    });
  }

  test('is undone when it is cancelled', async () => {
    const { handle, namespace } = await waiting('grants-first');
    await handle.cancel();
    await assert.rejects(handle.result(), (error: unknown) => {
      return error instanceof WorkflowFailedError && error.cause instanceof CancelledFailure;
    });
    assert.deepEqual(await grantsIn(env, namespace), []);
    assert.equal((await handle.describe()).status.name, 'CANCELLED');
  });

  for (const target of ['sandbox', 'grants-first']) {
    test(`on ${target} fails when a provider vouches that was not there when it began`, async () => {
      const { handle, namespace, user } = await waiting(target);
      await logIn(env, user, { name: 'stranger' });
      const { report, failure } = await endOf(handle.result());
      assert.equal(failure, 'WrongProvider');
      assert.match(report.failure?.message ?? '', /through the provider stranger, and local was/);
      assert.deepEqual(await grantsIn(env, namespace), []);
    });
  }

  test('goes on where it was when its worker is killed', async () => {
    const target = fresh('crash');
    const config = configWith(env, target);
    const args = ['--disable-warning=ExperimentalWarning', DOOMED, config, target];
    const doomed = spawn(process.execPath, [...args, 'looked for a login'], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const exit = once(doomed, 'exit');
    const { handle, user } = await begin(target);
    assert.equal((await exit)[1], 'SIGKILL');
    await logIn(env, user);
    await env.serve({ [target]: {} });
    assertProven((await endOf(handle.result())).report);
  });

  test('shows in the Web UI what it waits for, since and until when', async () => {
    const { handle, user } = await waiting();
    const attributes = (await handle.describe()).typedSearchAttributes;
    assert.equal(attributes.get(SEARCH_ATTRIBUTES.state), 'awaiting-first-login');
    const metadata: unknown = await handle.query('__temporal_workflow_metadata');
    const { currentDetails } = metadataSchema.parse(metadata);
    const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;
    assert.match(currentDetails, /\| first login \| running \|/);
    assert.match(
      currentDetails,
      new RegExp(`Waiting for \\*\\*${user}'s first login\\*\\* since ${time}, until ${time}\\.`),
    );
    assert.match(currentDetails, new RegExp(`\`purser ready ${user}\` checks at once`));
    const { raw } = await handle.describe();
    assert.equal(raw.pendingActivities?.[0]?.activityType?.name, 'awaitLogin');
    await logIn(env, user);
    await endOf(handle.result());
    assert.equal((await handle.query(progressQuery)).waiting, undefined);
  });

  test('has nothing to wait for if the person has logged in already, and says so', async () => {
    const [subject, namespace] = [newcomer(), await createNamespace(env)];
    await logIn(env, subject.name);
    const accesses = [`pull:${namespace}`];
    const { report } = await onboard(env, { subject, accesses, waitForLogin: '1h' });
    assertProven(report);
    assert.equal(outcomes(report)['first login'], 'not-applicable');
    const step = report.steps.find(({ name }) => name === 'first login');
    // An Identity may have been made beforehand: nothing more was seen.
    assert.match(
      step?.detail ?? '',
      /is mapped already .*Purser cannot see whether they have logged in before/,
    );
  });

  test('waits for a login, not for a User that an administrator makes', async () => {
    const { handle, user, subject } = await waiting();
    await env.admin.send('POST', '/apis/user.openshift.io/v1/users', {
      apiVersion: 'user.openshift.io/v1',
      kind: 'User',
      metadata: { name: user },
    });
    assert.equal((await confirmLogin(env.client, 'sandbox', subject)).hasLoggedIn, false);
    await logIn(env, user);
    assertProven((await endOf(handle.result())).report);
  });

  test('works from two terminals: one waits, the other requests the check', async () => {
    const [{ name }, namespace] = [newcomer(), await createNamespace(env)];
    const accesses = ['--access', `pull:${namespace}`, '--wait-for-login', '1h'];
    const first = purser(env, 'onboard', name, ...accesses, '--prove', 'required');
    await eventually('the first terminal to say what it waits for', () => {
      return first.out().includes(`waiting for ${name}'s first login, until `);
    });
    const second = await purser(env, 'ready', name).ended;
    assert.equal(second.code, 3, second.err);
    assert.match(second.out, new RegExp(`^${name} has not logged in yet; .* goes on waiting\n$`));
    await logIn(env, name);
    const { code, out } = await first.ended;
    assert.equal(code, 0, out);
    assert.match(out, /✔ first login .* with an Identity of local/);
    assert.doesNotMatch(out, /trying again/, 'a look that finds nobody is no failure');
    const late = await purser(env, 'ready', name).ended;
    assert.equal(late.code, 1);
    assert.match(late.err, new RegExp(`no onboarding of ${name} is running on sandbox`));
  });

  test('says so if a check is requested for a login that no onboarding waits for', async () => {
    const target = 'nobody-works-there';
    const [subject, namespace] = [newcomer(), await createNamespace(env)];
    const request = { target, subject, accesses: [`pull:${namespace}`], prove: 'review' as const };
    const handle = await startOnboard(env.client, request);
    await eventually('it to run', async () => {
      return (await handle.query(progressQuery)).running === 'identity provider';
    });
    await assert.rejects(confirmLogin(env.client, target, subject), (error: unknown) => {
      assert.ok(error instanceof WorkflowUpdateFailedError);
      assert.match(String(error.cause?.message), /is not waiting for a first login/);
      return true;
    });
    await handle.cancel();
    await assert.rejects(handle.result(), WorkflowFailedError);
  });
});

// One that waits for an hour must not outlive a test that has failed.
const commands: ChildProcess[] = [];

/** Runs a command; `out` is what it has written so far. */
function purser(env: Environment, ...args: readonly string[]) {
  const config = path.join(env.info.dataDir, 'purser.yaml');
  const child = spawn(PURSER, [...args, '--config', config], { stdio: ['ignore', 'pipe', 'pipe'] });
  commands.push(child);
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (err += text));
  const ended = once(child, 'close').then(([code]) => ({ code: Number(code), out, err }));
  return { out: () => out, ended };
}

async function isWaiting(handle: WorkflowHandle): Promise<void> {
  await eventually('it to wait for the login', async () => {
    return (await handle.query(progressQuery)).waiting !== undefined;
  });
}

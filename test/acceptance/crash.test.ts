import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { Report } from '../../src/access/model/report/report.ts';
import { startOnboard } from '../../src/temporal/starts.ts';
import { createNamespace, createUser, fresh, grantsIn, leftBehind } from './support/fixtures.ts';
import { configWith, endOf, openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

const { TimeoutType } = proto.temporal.api.enums.v1;
const DOOMED = fileURLToPath(new URL('./support/crash-worker.ts', import.meta.url));
// Each case waits for a heartbeat that stays away; side by side they wait together.
describe('a worker that is killed with SIGKILL', { concurrency: 4 }, () => {
  let env: Environment;
  before(async () => {
    env = await openEnvironment();
  });
  after(() => env.close());

  const points = [
    'granted pull:NAMESPACE',
    'granted push:NAMESPACE',
    'reached',
    'token borrowed',
    'logged in',
    'canary pushed',
    'push NAMESPACE',
    'pull default refused',
  ];
  for (const point of points) {
    test(`at "${point}" changes nothing in how the onboarding ends`, async () => {
      const namespace = await createNamespace(env);
      const target = fresh('crash');
      const config = configWith(env, target);
      const doomed = startWorker(config, target, point.replace('NAMESPACE', namespace));
      const handle = await startOnboard(env.client, {
        target,
        subject: await createUser(env),
        accesses: [`pull:${namespace}`, `push:${namespace}`],
        prove: 'required',
      });
      const [, signal] = await once(doomed, 'exit');
      assert.equal(signal, 'SIGKILL', 'the worker must have died at the point');
      await env.serve({ [target]: {} });
      const { report } = await endOf(handle.result());
      assert.equal(report.outcome, 'proven', JSON.stringify(report.failure));
      assert.deepEqual(await deaths(handle), [
        { noticedBy: 'TIMEOUT_TYPE_HEARTBEAT', afterSeconds: 15 },
      ]);
      assert.deepEqual(
        steps(report),
        EXPECTED.map((name) => name.replace('NAMESPACE', namespace)),
      );
      assert.equal((await grantsIn(env, namespace)).length, 2, 'each binding must exist once');
      assert.deepEqual(
        report.grants.map(({ made }) => made),
        ['by-this-run', 'by-this-run'],
      );
      assert.deepEqual(await leftBehind(env, [namespace], report.runId), []);
    });
  }
});

const EXPECTED = [
  'identity provider',
  'subject',
  'grant pull:NAMESPACE',
  'grant push:NAMESPACE',
  'review',
  'reach',
  'login',
  'push NAMESPACE',
  'pull default refused',
];

/** The activities that were lost with a worker: what told of it, and after how long at most. */
async function deaths(handle: WorkflowHandle) {
  const { events } = await handle.fetchHistory();
  return (events ?? []).flatMap(({ activityTaskStartedEventAttributes: started }) => {
    const lost = started?.lastFailure?.timeoutFailureInfo?.timeoutType;
    if (lost === undefined || lost === null) return [];
    const scheduled = events?.find(({ eventId }) =>
      eventId?.equals(started?.scheduledEventId ?? 0),
    );
    return [{ noticedBy: TimeoutType[lost], afterSeconds: heartbeatSeconds(scheduled) }];
  });
}

type HistoryEvent = NonNullable<
  Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']
>[number];

function heartbeatSeconds(scheduled: HistoryEvent | undefined): number {
  return Number(scheduled?.activityTaskScheduledEventAttributes?.heartbeatTimeout?.seconds);
}

function steps(report: Report): readonly string[] {
  return report.steps
    .filter(({ outcome }) => outcome === 'passed' || outcome === 'not-applicable')
    .map(({ name }) => name);
}

function startWorker(config: string, target: string, point: string): ChildProcess {
  const args = ['--disable-warning=ExperimentalWarning', DOOMED, config, target, point];
  return spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
}

import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { describeFinding } from '../../src/domain/finding.ts';
import { cancelled, heartbeat } from '@temporalio/activity';
import { TypedSearchAttributes } from '@temporalio/common';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { SearchedGrants } from '../../activities/access/grants/revocations.ts';
import type {
  DeletionOrder,
  RevocableGrant,
  SoughtGrant,
} from '../../src/access/model/grants/revocation.ts';
import type { Report } from '../../src/access/model/report/report.ts';
import { startRevoke } from '../../src/temporal/starts.ts';
import {
  onboardId,
  proofQueue,
  reportQuery,
  SEARCH_ATTRIBUTES,
  targetQueue,
} from '../../workflows/contract.ts';
import { eventually } from '../sandbox/support/eventually.ts';
import { goApart } from './support/namespace.ts';
import type { Apart } from './support/namespace.ts';
import { openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

const subject = { kind: 'User' as const, name: 'alice' };
const target = 'played';

/** The cluster is played: what is tried is what a revocation says of what it has met. */
describe('a revocation', () => {
  let env: Environment;
  let apart: Apart;
  let stop: () => Promise<void>;
  let cluster: Cluster;

  before(async () => {
    env = await openEnvironment();
    apart = await goApart(env, {});
    stop = await apart.work(['workflows']);
    cluster = await playCluster(env, apart);
  });
  after(async () => {
    await stop();
    await cluster.stop();
    await env.close();
  });

  test('that is cancelled during its second check reports the result for each access', async () => {
    // An onboarding whose undo is overdue: it writes the bindings late.
    const onboarding = await apart.client.workflow.start('onboard', {
      taskQueue: 'nobody',
      workflowId: onboardId(target, subject),
      typedSearchAttributes: new TypedSearchAttributes([
        { key: SEARCH_ATTRIBUTES.access, value: ['pull:a', 'pull:b'] },
        { key: SEARCH_ATTRIBUTES.state, value: 'undo-overdue' },
      ]),
    });
    cluster.comesLate = true;
    const accesses = ['pull:a', 'pull:b'];
    const handle = await startRevoke(apart.client, { target, subject, accesses });
    await eventually('the late binding of pull:b to be held', () => cluster.isHeld());
    await handle.cancel();
    await assert.rejects(handle.result());
    const { report } = await handle.query(reportQuery);
    const undone = report.failure?.undone ?? '';
    assert.match(undone, /^revoked: pull:a; not revoked: pull:b; /);
    assert.match(undone, /deleted, and it stays so: RoleBinding a\/purser-a/);
    const again = report.steps.find(({ name }) => name === 'look again');
    assert.equal(again?.outcome, 'failed', JSON.stringify(report.steps));
    await onboarding.terminate();
  });

  test('that can read neither cluster nor archive does not claim that the access was never granted', async () => {
    const folder = path.join(mkdtempSync(path.join(os.tmpdir(), 'purser-no-archive-')), 'file');
    writeFileSync(folder, 'no folder');
    await stop();
    stop = await apart.work(['workflows'], { archive: { folder } });
    cluster.comesLate = false;
    const handle = await startRevoke(apart.client, {
      target,
      subject,
      accesses: ['pull:a'],
      ignoreNotFound: true,
    });
    const { report }: { readonly report: Report } = await handle.result();
    assert.equal(report.outcome, 'revoked-unproven');
    assert.doesNotMatch(report.findings.map(describeFinding).join(), /never granted/);
    assert.match(
      report.next.join(),
      /could not read from the archive whether .*pull:a was ever granted/,
    );
  });
});

interface Cluster {
  /** Whether bindings are there at the second look only. */
  comesLate: boolean;
  /** Whether the API server holds the deletion of pull:b, as for a finalizer. */
  isHeld(): boolean;
  stop(): Promise<void>;
}

async function playCluster(env: Environment, apart: Apart): Promise<Cluster> {
  const looks = new Map<string, number>();
  let isHeld = false;
  const activities = {
    findSubjectNames: async () => ({ names: [subject], findings: [] }),
    findGrants: async ({ access }: SoughtGrant): Promise<SearchedGrants> => {
      const looked = looks.get(access) ?? 0;
      looks.set(access, looked + 1);
      const grants = played.comesLate && looked > 0 ? [bindingOf(access)] : [];
      return { grants, foreign: [], alike: [], findings: [] };
    },
    revokeGrant: async ({ access }: DeletionOrder) => {
      if (access === 'pull:a') return { is: 'deleted' };
      isHeld = true;
      const beat = setInterval(() => heartbeat(), 300);
      return cancelled().finally(() => clearInterval(beat));
    },
    findSubject: async () => ({ subject }),
    proveRefusal: async () => ({ verdict: 'proven', steps: [], findings: [] }),
    undoProof: async () => ({ notes: [] }),
  };
  const connection = await NativeConnection.connect({ address: env.info.temporal.address });
  const workers = await Promise.all(
    [targetQueue(target), proofQueue(target)].map((taskQueue) =>
      Worker.create({
        connection,
        namespace: apart.client.options.namespace,
        taskQueue,
        activities,
        maxHeartbeatThrottleInterval: '500ms',
      }),
    ),
  );
  const ended = Promise.all(workers.map((worker) => worker.run()));
  const played: Cluster = {
    comesLate: false,
    isHeld: () => isHeld,
    stop: async () => {
      for (const worker of workers) worker.shutdown();
      await ended;
      await connection.close();
    },
  };
  return played;
}

function bindingOf(access: string): RevocableGrant {
  const namespace = access.replace('pull:', '');
  const binding = `purser-${namespace}`;
  return {
    record: { access, role: 'registry-viewer', binding, namespace, made: 'before' },
    decided: { binding, namespace, uid: 'u-1', stands: 'as it was' },
    recordedFor: 'alice',
  };
}

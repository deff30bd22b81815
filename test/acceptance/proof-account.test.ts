import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { objectSchema } from '../../src/kubernetes/api/objects.ts';
import { proofIdOf } from '../../src/access/model/proof/id.ts';
import { kubeconfig } from '../../sandbox/launch/kubeconfig.ts';
import { startOnboard } from '../../src/temporal/starts.ts';
import { proofQueue } from '../../workflows/contract.ts';
import {
  createGroup,
  createNamespace,
  createServiceAccount,
  createUser,
  fresh,
} from './support/fixtures.ts';
import { createStranger, installationOf } from './support/own-calls.ts';
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

describe('the worker of the proofs', () => {
  let env: Environment;
  const folder = mkdtempSync(path.join(os.tmpdir(), 'purser-proof-'));
  before(async () => {
    env = await openEnvironment();
  });
  after(async () => {
    await env.close();
    rmSync(folder, { recursive: true });
  });

  test('has in an account of its own the rights to look up everybody whom it is to try', async () => {
    const target = fresh('apart');
    await env.serve({ [target]: {} }, ['steps']);
    const none = { mintTokens: false, serviceAccountTokens: [], canary: false };
    const own = { kubeconfig: await proofKubeconfig(env, folder), proof: none };
    await env.serve({ [target]: own }, ['proof']);
    const namespace = await createNamespace(env);
    const person = await createUser(env);
    const subjects = [
      person,
      await createServiceAccount(env, namespace),
      await createGroup(env, [person.name]),
    ];
    for (const subject of subjects) {
      const proveAs = subject.kind === 'Group' ? { proveAs: person.name } : {};
      const accesses = [`pull:${namespace}`];
      const { report } = await onboard(env, { target, subject, accesses, ...proveAs });
      assert.equal(report.outcome, 'granted-unproven', JSON.stringify(report.failure));
      assert.equal(outcomes(report)['review'], 'passed');
    }
    const stranger = await createStranger(env);
    const call = { activity: 'checkProofRights', taskQueue: proofQueue(target) };
    const { answers } = await stranger.call([call]);
    await stranger.stop();
    assert.match(JSON.stringify(answers), /\{"name":"[^"]*","seen":"all \d+ are held/);
  });

  test('marks what it makes before it uses it, so that a crash leaves nothing without an owner', async () => {
    const [namespace, subject] = [await createNamespace(env), await createUser(env)];
    const target = fresh('marking');
    const args = [configWith(env, target), target, 'canary pushed'];
    const doomed = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', DOOMED, ...args],
      {
        stdio: ['ignore', 'inherit', 'inherit'],
      },
    );
    const exit = once(doomed, 'exit');
    const accesses = [`push:${namespace}`];
    const request = { target, subject, accesses, prove: 'required' as const };
    const handle = await startOnboard(env.client, request);
    assert.equal((await exit)[1], 'SIGKILL');
    const { runId } = await handle.describe();
    const proof = proofIdOf(runId);
    const mark = {
      labels: {
        'purser.dev/proof': proof,
        'purser.dev/installation': await installationOf(env),
      },
      annotations: { 'purser.dev/made-by': `${handle.workflowId}/${runId}` },
    };
    const places = [
      '/apis/oauth.openshift.io/v1/oauthaccesstokens',
      `/apis/image.openshift.io/v1/namespaces/${namespace}/imagestreams`,
    ];
    for (const place of places) {
      const [left, ...more] = await listed(
        env,
        `${place}?labelSelector=purser.dev/proof%3D${proof}`,
      );
      assert.deepEqual(more, [], place);
      assert.deepEqual(left?.metadata.labels, mark.labels, place);
      const madeBy = left.metadata.annotations?.['purser.dev/made-by'];
      assert.equal(madeBy, mark.annotations['purser.dev/made-by'], place);
    }
    await env.serve({ [target]: {} });
    assertProven((await endOf(handle.result())).report);
    for (const place of places) {
      assert.deepEqual(await listed(env, `${place}?labelSelector=purser.dev/proof%3D${proof}`), []);
    }
  });
});

async function listed(env: Environment, at: string) {
  const { body } = await env.admin.send('GET', at);
  return z.object({ items: z.array(objectSchema) }).parse(body).items;
}

/** A kubeconfig of the account that deploy/rbac/option-proof-account.yaml makes. */
async function proofKubeconfig({ info, admin }: Environment, folder: string): Promise<string> {
  const at = '/api/v1/namespaces/purser-proof/serviceaccounts/purser-proof/token';
  const { body } = await admin.send('POST', at, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: 3_600 },
  });
  const { token } = z.object({ status: z.object({ token: z.string() }) }).parse(body).status;
  const { server, caFile } = info.cluster;
  const file = path.join(folder, 'kubeconfig');
  writeFileSync(
    file,
    JSON.stringify(kubeconfig({ server, caFile, namespace: 'purser-proof', token })),
    {
      mode: 0o600,
    },
  );
  return file;
}

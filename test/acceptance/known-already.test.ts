import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { describeFinding } from '../../src/domain/finding.ts';
import { z } from 'zod';
import { startOnboard } from '../../src/temporal/starts.ts';
import { onboardId, progressQuery } from '../../workflows/contract.ts';
import { eventually } from '../sandbox/support/eventually.ts';
import { createNamespace, logIn, newcomer } from './support/fixtures.ts';
import { openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

const PURSER = fileURLToPath(new URL('../../bin/purser', import.meta.url));
const metadataSchema = z.object({ currentDetails: z.string() });

describe('an obstacle to a first login is shown when the wait for it begins', () => {
  let env: Environment;
  before(async () => {
    env = await openEnvironment();
  });
  after(() => env.close());

  /** Somebody whose login is refused: their User is gone, their Identity is not. */
  async function refusedPerson() {
    const subject = newcomer();
    await logIn(env, subject.name);
    await env.admin.send('DELETE', `/apis/user.openshift.io/v1/users/${subject.name}`);
    return { subject, namespace: await createNamespace(env) };
  }

  test("in the Web UI's details and in the progress", async () => {
    const { subject, namespace } = await refusedPerson();
    const accesses = [`pull:${namespace}`];
    const request = { target: 'sandbox', subject, accesses, prove: 'if-possible' } as const;
    const handle = await startOnboard(env.client, { ...request, waitForLogin: '7d' });
    await eventually('it to wait', async () => {
      return (await handle.query(progressQuery)).waiting !== undefined;
    });
    const { waiting } = await handle.query(progressQuery);
    assert.match(
      waiting?.findings?.map(describeFinding).join('\n') ?? '',
      /left behind.*oc delete identity/,
    );
    const metadata: unknown = await handle.query('__temporal_workflow_metadata');
    assert.match(
      metadataSchema.parse(metadata).currentDetails,
      /Known already:\n\n- .*left behind.*oc delete identity/s,
    );
    await handle.cancel();
    await assert.rejects(handle.result());
  });

  test('on the terminal', async () => {
    const { subject, namespace } = await refusedPerson();
    const config = path.join(env.info.dataDir, 'purser.yaml');
    const access = ['--access', `pull:${namespace}`, '--wait-for-login', '7d', '--config', config];
    const child = spawn(PURSER, ['onboard', subject.name, ...access], { stdio: 'pipe' });
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => void (out += text));
    try {
      await eventually('the terminal to say it', () => /left behind.*oc delete identity/.test(out));
      assert.match(out, /waiting for .*'s first login, until/);
    } finally {
      child.kill();
      const id = onboardId('sandbox', subject);
      await env.client.workflow.getHandle(id).cancel();
    }
  });
});

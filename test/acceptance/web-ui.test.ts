import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Worker } from '@temporalio/worker';
import { z } from 'zod';
import { startOnboard } from '../../src/temporal/starts.ts';
import { workflowBundle } from '../../src/temporal/bundle.ts';
import { createLogger } from '../../src/temporal/logging.ts';
import { SEARCH_ATTRIBUTES } from '../../workflows/contract.ts';
import { createNamespace, createUser } from './support/fixtures.ts';
import { endOf, openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

const metadataSchema = z.object({ currentDetails: z.string() });

describe('what the Temporal Web UI shows of an onboarding', () => {
  let env: Environment;
  before(async () => {
    env = await openEnvironment();
  });
  after(() => env.close());

  const start = async () => {
    const person = await createUser(env);
    const namespace = await createNamespace(env);
    const accesses = [`pull:${namespace}`];
    const request = { target: 'sandbox', subject: person, accesses, prove: 'required' as const };
    const handle = await startOnboard(env.client, request);
    const { report } = await endOf(handle.result());
    return { handle, report, person, accesses };
  };

  test('is enough to find it: who, what, on which target, and how it ended', async () => {
    const { handle, person, accesses } = await start();
    const description = await handle.describe();
    const found = description.typedSearchAttributes;
    assert.equal(found.get(SEARCH_ATTRIBUTES.target), 'sandbox');
    assert.equal(found.get(SEARCH_ATTRIBUTES.subject), person.name);
    assert.deepEqual(found.get(SEARCH_ATTRIBUTES.access), accesses);
    assert.equal(found.get(SEARCH_ATTRIBUTES.state), 'proven');
    assert.equal(
      await description.staticSummary(),
      `Onboard ${person.name}: ${accesses[0]} on sandbox`,
    );
  });

  test('is a table of its steps', async () => {
    const { handle, report } = await start();
    const metadata: unknown = await handle.query('__temporal_workflow_metadata');
    const { currentDetails } = metadataSchema.parse(metadata);
    for (const { name } of report.steps)
      assert.ok(currentDetails.includes(`| ${name} | passed |`), name);
  });

  test('is a summary on each of its activities, at most six of them', async () => {
    const { handle } = await start();
    const { events } = await handle.fetchHistory();
    const scheduled = (events ?? []).filter((event) => event.activityTaskScheduledEventAttributes);
    // Identity provider, subject, grant, proof, the word about it on the binding, report.
    assert.ok(scheduled.length <= 6, `${scheduled.length} activities`);
    const summaries = scheduled.map(({ userMetadata }) =>
      Buffer.from(userMetadata?.summary?.data ?? []).toString(),
    );
    assert.ok(
      summaries.every((summary) => summary.length > 5),
      summaries.join(),
    );
  });

  test('replays: its history fits the workflow code as it is now', async () => {
    const { handle } = await start();
    const codePath = await workflowBundle(createLogger('error'));
    const history = await handle.fetchHistory();
    await Worker.runReplayHistory({ workflowBundle: { codePath } }, history, handle.workflowId);
  });
});

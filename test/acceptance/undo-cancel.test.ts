import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { startOnboard } from '../../src/temporal/starts.ts';
import { progressQuery } from '../../workflows/contract.ts';
import { eventually } from '../sandbox/support/eventually.ts';
import { createNamespace, fresh, grantsIn, newcomer } from './support/fixtures.ts';
import { configWith, openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

const PURSER = fileURLToPath(new URL('../../bin/purser', import.meta.url));
const reportSchema = z.object({
  undone: z.object({ state: z.string(), left: z.array(z.never()) }),
});

describe('`purser cancel`', () => {
  let env: Environment;
  const [early, late] = [fresh('before-login'), fresh('after-login')];
  before(async () => {
    env = await openEnvironment();
    await env.serve({ [early]: { grant: 'before-login' }, [late]: {} });
  });
  after(() => env.close());

  const waiting = async (target: string) => {
    const [subject, namespace] = [newcomer(), await createNamespace(env)];
    const handle = await startOnboard(env.client, {
      target,
      subject,
      accesses: [`pull:${namespace}`],
      prove: 'if-possible',
      waitForLogin: '1h',
    });
    await eventually('it to wait', async () => {
      return (await handle.query(progressQuery)).waiting !== undefined;
    });
    return { subject, namespace, handle };
  };

  test("waits for the end of a person's onboarding, and says that what it made is gone", async () => {
    const { subject, namespace, handle } = await waiting(early);
    const { code, out } = await purser(env, early, 'cancel', subject.name);
    assert.equal(code, 0, out);
    assert.match(
      out,
      /\ncancelled {2}.*\n {2}Cancelled: .*\n {2}everything that this run made is gone\n/,
    );
    assert.match(out, new RegExp(`take back the grants .*gone: RoleBinding ${namespace}/`));
    assert.deepEqual(await grantsIn(env, namespace), []);
    assert.equal((await handle.describe()).status.name, 'CANCELLED');
  });

  test('does not report as gone what never existed', async () => {
    const { handle } = await waiting(late);
    const { code, out } = await purser(env, late, 'cancel', handle.workflowId);
    assert.equal(code, 0, out);
    assert.match(out, /\n {2}nothing had been granted yet\n/);
    assert.doesNotMatch(out, /everything that this run made/);
  });

  test('gives machines the report', async () => {
    const { subject } = await waiting(early);
    const { out } = await purser(env, early, 'cancel', subject.name, '--output', 'json');
    assert.deepEqual(reportSchema.parse(JSON.parse(out)).undone, { state: 'undone', left: [] });
  });

  test('twice at once ends with one undo, and both report its result', async () => {
    const { subject, namespace } = await waiting(early);
    const ends = await Promise.all([1, 2].map(() => purser(env, early, 'cancel', subject.name)));
    const done = ends.filter(({ code }) => code === 0);
    assert.ok(done.length >= 1, JSON.stringify(ends));
    for (const { out } of done) assert.match(out, /everything that this run made is gone/);
    for (const { err, code } of ends)
      if (code !== 0) assert.match(err, /no workflow .* is running/);
    assert.deepEqual(await grantsIn(env, namespace), []);
  });

  test('of one that has ended shows its last report, with its exit code', async () => {
    const { subject, handle } = await waiting(early);
    await purser(env, early, 'cancel', '--no-wait', subject.name);
    await assert.rejects(handle.result());
    const { code, out, err } = await purser(env, early, 'cancel', subject.name);
    assert.equal(code, 0, err);
    assert.match(out, /\ncancelled {2}.*\n.*\n {2}everything that this run made is gone\n/);
    assert.match(err, /has ended already/);
  });

  test('says so if nothing runs', async () => {
    const { code, err } = await purser(env, early, 'cancel', fresh('nobody'));
    assert.equal(code, 2);
    assert.match(err, /NotConfigured: no workflow onboard\/.* is running/);
  });
});

async function purser(env: Environment, target: string, ...args: readonly string[]) {
  const child = spawn(PURSER, [...args, '--config', configWith(env, target)]);
  const [out, err, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once('exit', resolve)),
  ]);
  return { out, err, code };
}

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { WorkflowFailedError } from '@temporalio/client';
import type { Alert } from '../../src/alerts/model/alert.ts';
import { parseMetrics } from '../../src/registry/metrics-text.ts';
import { runTestNotifiers } from '../../src/temporal/starts.ts';
import { addAlertSignal, notifyId, WORKFLOWS_QUEUE } from '../../workflows/contract.ts';
import type * as workflows from '../../workflows/index.ts';
import { alert, file } from '../alerts/entries.ts';
import { answer, cut, startReceiver } from '../alerts/receiver.ts';
import type { Receiver } from '../alerts/receiver.ts';
import { eventually } from '../sandbox/support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { goApart } from './support/namespace.ts';
import type { Apart } from './support/namespace.ts';
import { openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

const SECRET = 'hush-hush-of-24-characters-and-more';

describe('an alert', () => {
  let env: Environment;
  let apart: Apart;
  let hook: Receiver;
  let chat: Receiver;
  let metrics: string;
  let stop: () => Promise<void>;
  const closing: (() => Promise<void> | void)[] = [];
  const later = { after: (close: () => Promise<void> | void) => void closing.unshift(close) };

  before(async () => {
    env = await openEnvironment();
    [hook, chat] = [await startReceiver(later), await startReceiver(later)];
    metrics = `127.0.0.1:${await freePort()}`;
    apart = await goApart(env, {
      worker: { metrics: { address: metrics } },
      notify: [
        {
          name: 'hook',
          type: 'webhook',
          url: hook.origin,
          ca: file(later, hook.ca),
          secret: { file: file(later, SECRET) },
        },
        {
          name: 'chat',
          type: 'slack',
          url: { file: file(later, `${chat.origin}/services/${SECRET}`) },
          ca: file(later, chat.ca),
          targets: ['prod*'],
          severity: 'critical',
        },
      ],
    });
    stop = await apart.work(['workflows']);
  });
  after(async () => {
    await stop();
    for (const close of closing) await close();
    await env.close();
  });

  const raise = async (first: Alert) =>
    apart.client.workflow.start<typeof workflows.notify>('notify', {
      taskQueue: WORKFLOWS_QUEUE,
      workflowId: notifyId(first.target, first.check),
      args: [{ alerts: [first] }],
    });
  const titlesOf = (receiver: Receiver) =>
    receiver.received.map(({ body }) => {
      const { text, data } = JSON.parse(body);
      return String(data?.title ?? text);
    });

  test('goes to each notifier that matches, and is sent again only to one that failed', async () => {
    hook.behave(answer(500), answer(503), answer(200));
    const told = await (await raise(alert({ target: 'prod-1' }))).result();
    assert.deepEqual(Object.fromEntries(told.map(({ notifier, outcome }) => [notifier, outcome])), {
      chat: 'delivered',
      hook: 'delivered',
    });
    assert.equal(chat.received.length, 1);
    const keys = hook.received.map(({ headers }) => headers['idempotency-key']);
    assert.equal(keys.length, 3);
    assert.equal(new Set(keys).size, 1);
  });

  test('goes to no notifier that does not match', async () => {
    const [chats, hooks] = [chat.received.length, hook.received.length];
    const mild = { severity: 'warning', worst: 'warning' } as const;
    for (const [given, each] of [
      [{ target: 'test-1' }, 'another target'],
      [{ target: 'prod-2', ...mild }, 'a mild one'],
    ] as const) {
      const told = await (await raise(alert(given))).result();
      assert.deepEqual(
        told.map(({ notifier }) => notifier),
        ['hook'],
        each,
      );
    }
    assert.deepEqual([chat.received.length, hook.received.length], [chats, hooks + 2]);
  });

  test('waits for a notifier that is down, over a restart of the worker, and keeps its order', async () => {
    const [chats, hooks] = [chat.received.length, hook.received.length];
    hook.behave(cut);
    const target = 'prod-3';
    const handle = await raise(alert({ target }));
    await eventually('a first try', () => hook.received.length > hooks);
    const remind = (at: string) =>
      handle.signal(addAlertSignal, alert({ target, state: 'reminder', at }));
    await remind('2026-11-24T10:38:00.000Z');
    await remind('2026-11-24T14:38:00.000Z');
    await handle.signal(
      addAlertSignal,
      alert({ target, state: 'resolved', at: '2026-11-24T14:50:00.000Z' }),
    );
    // The other notifier is not kept waiting by the one that is down.
    await eventually(
      'the chat is told',
      () => titlesOf(chat).at(-1)?.includes('resolved') === true,
    );
    await stop();
    const lost = hook.received.length;
    hook.behave(answer(200));
    stop = await apart.work(['workflows']);
    const told = await handle.result();

    assert.ok(told.every(({ outcome }) => outcome !== 'gave up'));
    const late = told.filter(({ notifier }) => notifier === 'hook');
    assert.deepEqual(
      late.map(({ outcome }) => outcome),
      ['delivered', 'overtaken', 'overtaken', 'delivered'],
    );
    assert.deepEqual(titlesOf(hook).slice(lost), [
      `${target}: write-path fails (storage)`,
      `${target}: write-path resolved after 8 h`,
    ]);
    assert.match(titlesOf(chat)[chats] ?? '', /fails/);
  });

  test('that is invalid ends its workflow at once, and says what is wrong', async () => {
    const bad = { ...alert({ target: 'prod-5' }), severity: 'awful' };
    const handle = await apart.client.workflow.start('notify', {
      taskQueue: WORKFLOWS_QUEUE,
      workflowId: notifyId('prod-5', 'write-path'),
      args: [{ alerts: [bad] }],
    });
    await assert.rejects(handle.result(), (error) => {
      assert.ok(error instanceof WorkflowFailedError);
      assert.match(String(error.cause?.message), /severity/);
      return true;
    });
  });

  test("is counted, by notifier and outcome, on the worker's metrics", async () => {
    const count = async (notifier: string, outcome: string) => {
      const text = await (await fetch(`http://${metrics}/metrics`)).text();
      const { samples } = parseMetrics(text);
      return samples
        .filter(({ name }) => name === 'purser_notifications_total')
        .filter(({ labels }) => labels['notifier'] === notifier && labels['outcome'] === outcome)
        .reduce((sum, { value }) => sum + value, 0);
    };
    const earlier = [await count('hook', 'failed'), await count('hook', 'delivered')];
    hook.behave(answer(500), answer(200));
    await (await raise(alert({ target: 'prod-6' }))).result();
    const now = [await count('hook', 'failed'), await count('hook', 'delivered')];
    assert.deepEqual(now, [(earlier[0] ?? 0) + 1, (earlier[1] ?? 0) + 1]);
    assert.ok((await count('chat', 'delivered')) > 0);
  });

  test('is tried out by a test, which says of each notifier what came back', async () => {
    hook.behave(answer(500));
    const tried = await runTestNotifiers(apart.client, { target: 'prod-7' });
    hook.behave(answer(200));
    assert.deepEqual(
      tried.map(({ notifier, ok }) => [notifier, ok]),
      [
        ['hook', false],
        ['chat', true],
      ],
    );
    assert.match(tried[0]?.detail ?? '', /was answered 500/);
    assert.match(titlesOf(chat).at(-1) ?? '', /a test by Purser, nothing is wrong/);
    const one = await runTestNotifiers(apart.client, { target: 'prod-7', notifier: 'hook' });
    assert.deepEqual(
      one.map(({ notifier, ok }) => [notifier, ok]),
      [['hook', true]],
    );
  });

  test('leaves no secret in any history', async () => {
    let seen = 0;
    for await (const { workflowId, runId } of apart.client.workflow.list()) {
      seen++;
      const history = await apart.client.workflow.getHandle(workflowId, runId).fetchHistory();
      assert.ok(!textOf(history).includes(SECRET), workflowId);
    }
    assert.ok(seen >= 5, `only ${seen} were looked at`);
    assert.ok(textOf({ a: [Buffer.from(`x${SECRET}`)] }).includes(SECRET), 'it would be seen');
  });
});

/** Every string in an object, however deep, and every run of bytes as text: payloads are bytes. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  if (typeof value !== 'object' || value === null) return '';
  return Object.values(value).map(textOf).join('\n');
}

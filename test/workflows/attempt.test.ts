import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mock, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { attempt, limitOf, toFailure } from '../../activities/attempt.ts';
import { RUN_WITHIN_MS } from '../../activities/health/examine.ts';
import { ClusterFailure, fromApiResponse } from '../../src/kubernetes/api/failure.ts';
import { CAUSES } from '../../src/domain/cause.ts';
import { FAILURES, PurserError } from '../../src/domain/errors.ts';
import type { FailureType } from '../../src/domain/errors.ts';
import { STEP } from '../../workflows/activities.ts';

const OF_CAUSE: Readonly<Record<(typeof CAUSES)[number], FailureType>> = {
  dns: 'Unreachable',
  tcp: 'Unreachable',
  tls: 'Unreachable',
  timeout: 'Unreachable',
  'rate-limited': 'RateLimited',
  unauthorized: 'Unauthorized',
  forbidden: 'Forbidden',
  'not-found': 'NotConfigured',
  configuration: 'NotConfigured',
  quota: 'QuotaExceeded',
  storage: 'ServerError',
  slow: 'ServerError',
  'not-ready': 'ServerError',
  'crash-loop': 'ServerError',
  'out-of-memory': 'ServerError',
  'server-error': 'ServerError',
  probe: 'ServerError',
};

function failureOf(error: unknown): ApplicationFailure {
  const failure = toFailure(error);
  assert.ok(failure instanceof ApplicationFailure);
  return failure;
}

for (const cause of CAUSES) {
  test(`a cluster's failure of cause ${cause} is ${OF_CAUSE[cause]}`, () => {
    const failure = failureOf(new ClusterFailure('GET /x: no', { failureCause: cause }));
    assert.equal(failure.type, OF_CAUSE[cause]);
    assert.equal(failure.message, 'GET /x: no');
    assert.equal(failure.nonRetryable, !FAILURES[OF_CAUSE[cause]].retryable);
  });
}

const ANSWERS = [
  // A race with another writer: the next attempt reads what is there now.
  [409, 'ServerError', true],
  [410, 'ServerError', true],
  [429, 'RateLimited', true],
  [503, 'ServerError', true],
  // Whoever renews credentials does it while steps are under way.
  [401, 'Unauthorized', true],
  [403, 'Forbidden', false],
  [404, 'NotConfigured', false],
  [422, 'NotConfigured', false],
] as const;

for (const [status, type, isRetried] of ANSWERS) {
  test(`an answer of ${status} is ${type}, and ${isRetried ? 'is' : 'is not'} tried again`, () => {
    const failure = failureOf(fromApiResponse('GET /x', status, { message: 'no' }, undefined));
    assert.equal(failure.type, type);
    assert.equal(failure.nonRetryable, !isRetried);
  });
}

test('what the server asked for is kept', () => {
  assert.equal(failureOf(fromApiResponse('GET /x', 429, {}, '7')).nextRetryDelay, 7_000);
  const own = new PurserError('RateLimited', 'x', { retryAfterMs: 250 });
  assert.equal(failureOf(own).nextRetryDelay, 250);
  assert.equal(failureOf(fromApiResponse('GET /x', 429, {}, undefined)).nextRetryDelay, undefined);
});

test('an error of ours keeps its type, and is for good where its type is', () => {
  for (const [type, { retryable }] of Object.entries(FAILURES)) {
    const failure = failureOf(new PurserError(type as FailureType, 'told'));
    assert.equal(failure.type, type);
    assert.equal(failure.message, 'told');
    assert.equal(failure.nonRetryable, !retryable);
  }
});

test('a bug stays what it is, so that Temporal shows its stack and tries again', () => {
  const bug = new TypeError('x is not a function');
  assert.equal(toFailure(bug), bug);
});

test('an attempt gives back what its act gives, and knows its number', async () => {
  const environment = new MockActivityEnvironment({ attempt: 3 });
  assert.equal(await environment.run(() => attempt(async ({ number }) => number)), 3);
});

test("an attempt throws the failure that its act's error means", async () => {
  const environment = new MockActivityEnvironment();
  const act = () =>
    attempt(async () => {
      throw new PurserError('Conflict', 'in the way');
    });
  await assert.rejects(environment.run(act), { name: 'ApplicationFailure', type: 'Conflict' });
});

test('an attempt beats while it lasts, with the last progress shown, and no longer', async () => {
  mock.timers.enable({ apis: ['setInterval'] });
  try {
    const environment = new MockActivityEnvironment();
    const beats: unknown[] = [];
    environment.on('heartbeat', (details) => beats.push(details));
    await environment.run(() =>
      attempt(async ({ show }) => {
        mock.timers.tick(4_000);
        show('one');
        mock.timers.tick(15_000);
      }),
    );
    assert.deepEqual(beats, [undefined, 'one', 'one', 'one', 'one']);
    mock.timers.tick(60_000);
    assert.equal(beats.length, 5);
  } finally {
    mock.timers.reset();
  }
});

for (const [what, turnedInto] of [
  ['passed on', (reason: unknown) => reason],
  ['turned into a failure of the cluster', () => new ClusterFailure('x', { failureCause: 'tcp' })],
] as const) {
  test(`a cancellation that is ${what} ends the attempt as cancelled`, async () => {
    const environment = new MockActivityEnvironment();
    const running = environment.run(() =>
      attempt(async ({ signal }) => {
        const { promise, reject } = Promise.withResolvers<never>();
        signal.addEventListener('abort', () => reject(turnedInto(signal.reason)));
        environment.cancel();
        return promise;
      }),
    );
    await assert.rejects(running, (error) => error instanceof CancelledFailure);
  });
}

const HOUR = 3_600_000;

interface Tries {
  readonly attempt?: number;
  /** How long ago the activity was first scheduled. */
  readonly since?: number;
  readonly patience?: number | 'for-ever';
}

async function thrownBy(error: Error, { attempt: number = 1, since = 0, patience }: Tries) {
  const scheduledTimestampMs = Date.now() - since;
  const environment = new MockActivityEnvironment({ attempt: number, scheduledTimestampMs });
  const options = patience === undefined ? {} : { patience };
  const act = () => attempt(() => Promise.reject(error), options);
  return environment.run(act).then(
    () => assert.fail('it threw nothing'),
    (thrown: unknown) => thrown,
  );
}

async function failedBy(error: Error, tries: Tries): Promise<ApplicationFailure> {
  const thrown = await thrownBy(error, tries);
  assert.ok(thrown instanceof ApplicationFailure, String(thrown));
  return thrown;
}

test('a Retry-After lengthens the pause between two attempts and never shortens it', async () => {
  const overrun = (header: string) => fromApiResponse('GET /x', 429, {}, header);
  assert.equal((await failedBy(overrun('1'), { attempt: 4 })).nextRetryDelay, 8_000);
  assert.equal((await failedBy(overrun('1'), { attempt: 40 })).nextRetryDelay, 15_000);
  assert.equal((await failedBy(overrun('60'), { attempt: 4 })).nextRetryDelay, 60_000);
  assert.equal((await failedBy(overrun('99999999999'), {})).nextRetryDelay, 300_000);
  assert.equal((await failedBy(overrun('soon'), {})).nextRetryDelay, undefined);
});

test('a failure that may pass is tried again for as long as patience lasts, then it is final and says so', async () => {
  const overrun = fromApiResponse('GET /x', 429, { message: 'no' }, '1');
  const before = await failedBy(overrun, { attempt: 60, since: 14 * 60_000 });
  assert.equal(before.nonRetryable, false);
  assert.equal(before.message, 'GET /x: 429 no');
  const over = await failedBy(overrun, { attempt: 66, since: 15 * 60_000 });
  assert.equal(over.nonRetryable, true);
  assert.equal(over.type, 'RateLimited');
  assert.match(over.message, /^GET \/x: 429 no; given up after 15m, at attempt 66 \(patience/);
});

test("a target's own patience is kept to", async () => {
  const error = new PurserError('Unreachable', 'x');
  const tries = { attempt: 66, since: HOUR };
  assert.equal((await failedBy(error, { ...tries, patience: 2 * HOUR })).nonRetryable, false);
  assert.equal((await failedBy(error, { ...tries, patience: HOUR / 2 })).nonRetryable, true);
});

test('a bug is tried again as it is, and is final when patience has ended', async () => {
  const bug = new TypeError('x is not a function');
  assert.equal(await thrownBy(bug, {}), bug);
  const over = await failedBy(bug, { attempt: 66, since: HOUR });
  assert.equal(over.type, 'TypeError');
  assert.equal(over.nonRetryable, true);
});

test('patience for ever tries everything again but a request that cannot be read', async () => {
  const tries = { attempt: 6_000, since: 900 * HOUR, patience: 'for-ever' } as const;
  for (const type of Object.keys(FAILURES) as FailureType[]) {
    const { nonRetryable } = await failedBy(new PurserError(type, 'x'), tries);
    assert.equal(nonRetryable, type === 'InvalidRequest', type);
  }
});

test('whoever runs an attempt can ask whether patience has ended', async () => {
  const ask = (attemptNumber: number, since: number) =>
    new MockActivityEnvironment({
      attempt: attemptNumber,
      scheduledTimestampMs: Date.now() - since,
    }).run(() => attempt(async ({ hasPatience }) => hasPatience()));
  assert.equal(await ask(1, 0), true);
  assert.equal(await ask(66, HOUR), false);
});

test('a Retry-After lasts no longer than the patience that is left', async () => {
  const overrun = fromApiResponse('GET /x', 429, {}, '300');
  const early = await failedBy(overrun, { patience: 20_000 });
  assert.ok(Number(early.nextRetryDelay) <= 20_000, String(early.nextRetryDelay));
  const late = await failedBy(overrun, { attempt: 30, since: 14 * 60_000 });
  assert.ok(Number(late.nextRetryDelay) <= 60_000, String(late.nextRetryDelay));
});

test('patience has ended when it has lasted, however few attempts a Retry-After left room for', async () => {
  const begin = Date.now();
  const begunOf = (activityId: string, attemptNumber: number) =>
    new MockActivityEnvironment({ activityId, attempt: attemptNumber, scheduledTimestampMs: begin })
      .run(() =>
        attempt(() => Promise.reject(new PurserError('Unreachable', 'x')), { patience: 10 }),
      )
      .then(
        () => assert.fail('it threw nothing'),
        (error: unknown) => error instanceof ApplicationFailure && error.nonRetryable,
      );
  await begunOf('few', 1);
  mock.timers.enable({ apis: ['Date'], now: begin + 1_000 });
  try {
    assert.equal(await begunOf('few', 2), true);
  } finally {
    mock.timers.reset();
  }
});

for (const [what, late, isFinal] of [
  ['while there is patience is tried again', {}, false],
  ['when patience has ended is over', { attempt: 66, scheduledTimestampMs: 0 }, true],
] as const) {
  test(`an attempt that would outlast its time ${what}`, async () => {
    const environment = new MockActivityEnvironment({ startToCloseTimeoutMs: 2_000, ...late });
    const running = environment.run(() =>
      attempt(async ({ signal }) => {
        await once(signal, 'abort');
        throw new ClusterFailure('GET /x: no answer', { failureCause: 'tcp' });
      }),
    );
    await assert.rejects(running, {
      type: 'Unreachable',
      nonRetryable: isFinal,
      message: /^not done within 2s, which one attempt may take/,
    });
  });
}

test('a run of health checks ends before its attempt is ended, which would tell nothing of it', () => {
  assert.equal(STEP.startToCloseTimeout, '2 minutes');
  assert.ok(RUN_WITHIN_MS + 5_000 < limitOf(120_000));
});

test("an attempt that may take longer than a timer can is left to Temporal's own limit", async () => {
  const month = { startToCloseTimeoutMs: 30 * 86_400_000 };
  const done = await new MockActivityEnvironment(month).run(() =>
    attempt(async ({ signal }) => {
      await sleep(50, undefined, { signal });
      return 'done';
    }),
  );
  assert.equal(done, 'done');
});

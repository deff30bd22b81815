import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { PurserError } from '../../src/domain/errors.ts';
import type { Notifier } from '../../src/alerts/notifier.ts';
import { createCa } from '../registry/certificates.ts';
import { file, message, notifier, patience } from './entries.ts';
import { answer, cut, hang, startReceiver } from './receiver.ts';
import type { Behaviour, Receiver } from './receiver.ts';

// What the three that post by HTTP have in common: each row is tried with all of them. Each holds a
// secret of its own; wherever one comes out again, the test fails.
const SECRET = 'T024BE7LD-hush-hush-2147483705';

type Make = (t: TestContext, receiver: Pick<Receiver, 'origin'>, ca: string) => Notifier;

const MAKERS: Readonly<Record<string, Make>> = {
  alertmanager: (t, { origin }, ca) =>
    notifier({
      type: 'alertmanager',
      url: origin,
      ca: file(t, ca),
      token: { file: file(t, `${SECRET}\n`) },
    }),
  webhook: (t, { origin }, ca) =>
    notifier({
      type: 'webhook',
      url: `${origin}/${SECRET}`,
      ca: file(t, ca),
      secret: { file: file(t, SECRET) },
    }),
  slack: (t, { origin }, ca) =>
    notifier({
      type: 'slack',
      url: { file: file(t, `${origin}/services/${SECRET}\n`) },
      ca: file(t, ca),
    }),
};

// Many servers repeat in an answer what they were asked.
function echo(status: number): Behaviour {
  return (response, { path, headers }) =>
    void response.writeHead(status).end(`cannot POST ${path} with ${headers.authorization}`);
}

const FAILURES: readonly {
  readonly says: string;
  readonly does: Behaviour;
  readonly type: string;
  readonly message: RegExp;
  readonly retryAfterMs?: number;
}[] = [
  {
    says: '500',
    does: echo(500),
    type: 'ServerError',
    message: /answered 500.*log of that server/,
  },
  { says: '408', does: answer(408), type: 'ServerError', message: /answered 408/ },
  { says: '404', does: echo(404), type: 'NotConfigured', message: /answered 404.*URL/ },
  { says: '401', does: echo(401), type: 'Forbidden', message: /answered 401.*secret/ },
  {
    says: '429 and when to come back',
    does: answer(429, '', { 'retry-after': '7' }),
    type: 'RateLimited',
    message: /answered 429/,
    retryAfterMs: 7_000,
  },
  { says: 'nothing and hangs up', does: cut, type: 'Unreachable', message: /failed/ },
];

for (const [type, make] of Object.entries(MAKERS)) {
  test(`${type}: a 200 is a delivery, and says so`, async (t) => {
    const receiver = await startReceiver(t);
    receiver.behave(answer(200, '[]'));
    const said = await make(t, receiver, receiver.ca).deliver(message(), patience());
    assert.match(said, /^200/);
    assert.equal(receiver.received.filter(({ method }) => method === 'POST').length, 1);
  });

  for (const failure of FAILURES) {
    test(`${type}: a server that says ${failure.says} is a ${failure.type} that shows no secret`, async (t) => {
      const receiver = await startReceiver(t);
      receiver.behave(failure.does);
      const error = await failureOf(make(t, receiver, receiver.ca));
      assert.equal(error.type, failure.type);
      assert.match(error.message, failure.message);
      assert.match(error.message, new RegExp(`^notifier oncall: POST to ${receiver.origin} `));
      assert.equal(error.retryAfterMs, failure.retryAfterMs);
      assert.ok(!everythingOf(error).includes(SECRET), everythingOf(error));
    });
  }

  test(`${type}: a redirect is not followed, and only its host is named`, async (t) => {
    const [receiver, elsewhere] = [await startReceiver(t), await startReceiver(t)];
    const location = `${elsewhere.origin}/${SECRET}`;
    receiver.behave(answer(307, '', { location }));
    const error = await failureOf(make(t, receiver, receiver.ca));
    assert.equal(error.type, 'NotConfigured');
    assert.match(
      error.message,
      new RegExp(`a redirect to ${elsewhere.origin}, which is not followed`),
    );
    assert.ok(!everythingOf(error).includes(SECRET), everythingOf(error));
    assert.deepEqual(elsewhere.received, []);
  });

  test(`${type}: a certificate of an unknown issuer is refused before anything is sent`, async (t) => {
    const [receiver, other] = [await startReceiver(t), await startReceiver(t)];
    const error = await failureOf(make(t, receiver, other.ca));
    assert.equal(error.type, 'Unreachable');
    assert.match(error.message, /certificate/);
    assert.deepEqual(receiver.received, []);
  });

  test(`${type}: a certificate for another name is refused before anything is sent`, async (t) => {
    const receiver = await startReceiver(t, ['elsewhere.example']);
    const error = await failureOf(make(t, receiver, receiver.ca));
    assert.equal(error.type, 'Unreachable');
    assert.match(error.message, /ERR_TLS_CERT_ALTNAME_INVALID/);
    assert.deepEqual(receiver.received, []);
  });

  test(`${type}: a cancelled delivery ends with the cancellation`, async (t) => {
    const receiver = await startReceiver(t);
    const cancelling = new AbortController();
    receiver.behave(() => cancelling.abort(new Error('cancelled by a test')));
    const delivery = make(t, receiver, receiver.ca).deliver(message(), cancelling.signal);
    await assert.rejects(delivery, /cancelled by a test/);
  });
}

test('a server that is not an Alertmanager is reported as such', async (t) => {
  const receiver = await startReceiver(t);
  receiver.behave(answer(200, `<html>${SECRET}</html>`));
  const error = await failureOf(notifierOf('alertmanager', t, receiver));
  assert.equal(error.type, 'NotConfigured');
  assert.match(error.message, /the server is not an Alertmanager/);
  assert.ok(!everythingOf(error).includes(SECRET), everythingOf(error));
});

test('what is broken in the file of its CA is passed over', async (t) => {
  const receiver = await startReceiver(t);
  const broken = '-----BEGIN CERTIFICATE-----\nbm90aGluZw==\n-----END CERTIFICATE-----\n';
  const webhook = notifierOf('webhook', t, { ...receiver, ca: `${broken}${receiver.ca}` });
  assert.match(await webhook.deliver(message(), patience()), /^200/);
});

test('a server that never answers is given up on', async (t) => {
  const receiver = await startReceiver(t);
  receiver.behave(hang);
  const error = await failureOf(notifierOf('slack', t, receiver));
  assert.equal(error.type, 'Unreachable');
  assert.match(error.message, /no answer within/);
});

test('a port that is closed is Unreachable, and named', async (t) => {
  const gone = await startReceiver(t);
  const error = await failureOf(notifierOf('slack', t, { ...gone, origin: 'https://127.0.0.1:9' }));
  assert.equal(error.type, 'Unreachable');
  assert.match(error.message, /127\.0\.0\.1:9 failed: .*ECONNREFUSED/);
});

test('a secret is read anew for each delivery', async (t) => {
  const [first, second] = [await startReceiver(t), await startReceiver(t)];
  process.env['PURSER_TEST_SLACK'] = `${first.origin}/one`;
  t.after(() => void delete process.env['PURSER_TEST_SLACK']);
  const slack = notifier({
    type: 'slack',
    url: { env: 'PURSER_TEST_SLACK' },
    ca: file(t, `${first.ca}\n${second.ca}`),
  });
  await slack.deliver(message(), patience());
  process.env['PURSER_TEST_SLACK'] = `${second.origin}/two`;
  await slack.deliver(message(), patience());
  assert.deepEqual(
    [first, second].map(({ received }) => received.map(({ path }) => path)),
    [['/one'], ['/two']],
  );
});

for (const text of [`${SECRET}\nx`, `${SECRET}\rx`]) {
  test(`a secret with a line break in it is told by its file, and not sent: ${JSON.stringify(text.slice(SECRET.length))}`, async (t) => {
    const receiver = await startReceiver(t);
    const token = { file: file(t, text) };
    const entry = { type: 'alertmanager', url: receiver.origin, ca: file(t, receiver.ca), token };
    const error = await failureOf(notifier({ ...entry, type: 'alertmanager' }));
    assert.equal(error.type, 'NotConfigured');
    assert.match(error.message, /its token has a line break in it: check the file \S+$/);
    assert.ok(!everythingOf(error).includes(SECRET), everythingOf(error));
    assert.deepEqual(receiver.received, []);
  });
}

const UNREADABLE: readonly (readonly [string, object, RegExp])[] = [
  ['a file that is not there', { file: '/nowhere/at/all' }, /its URL cannot be read: ENOENT/],
  ['a variable that is not set', { env: 'PURSER_NOT_SET' }, /check the variable PURSER_NOT_SET/],
];

for (const [what, url, says] of UNREADABLE) {
  test(`${what} in place of a secret is NotConfigured`, async () => {
    const error = await failureOf(notifier({ type: 'slack', url }));
    assert.equal(error.type, 'NotConfigured');
    assert.match(error.message, says);
  });
}

test('a URL with a password in it is refused, as that would never be sent', async (t) => {
  const receiver = await startReceiver(t);
  const url = receiver.origin.replace('//', `//me:${SECRET}@`);
  const error = await failureOf(
    notifier({ type: 'slack', url: { file: file(t, url) }, ca: file(t, receiver.ca) }),
  );
  assert.equal(error.type, 'NotConfigured');
  assert.match(error.message, /its URL holds a user name or a password, which is not sent/);
  assert.ok(!everythingOf(error).includes(SECRET), everythingOf(error));
  assert.deepEqual(receiver.received, []);
});

test('an Alertmanager behind basic authentication gets user and password', async (t) => {
  const receiver = await startReceiver(t);
  receiver.behave(answer(200), answer(200, '[]'));
  const one = notifier({
    type: 'alertmanager',
    url: receiver.origin,
    ca: file(t, receiver.ca),
    user: 'me',
    password: { file: file(t, SECRET) },
  });
  await one.deliver(message(), patience());
  const wanted = `Basic ${Buffer.from(`me:${SECRET}`).toString('base64')}`;
  assert.equal(receiver.received.length, 2);
  for (const { headers } of receiver.received) assert.equal(headers.authorization, wanted);
});

test('a CA that is no root vouches for a server', async (t) => {
  const issuing = await (await createCa('root')).below('issuing');
  const receiver = await startReceiver(t, ['127.0.0.1'], issuing);
  const url = { file: file(t, `${receiver.origin}/x`) };
  await notifier({ type: 'slack', url, ca: file(t, issuing.cert) }).deliver(message(), patience());
  assert.equal(receiver.received.length, 1);
});

test('a secret that is no URL is not shown', async (t) => {
  const error = await failureOf(notifier({ type: 'slack', url: { file: file(t, SECRET) } }));
  assert.equal(error.type, 'NotConfigured');
  assert.ok(!everythingOf(error).includes(SECRET), everythingOf(error));
});

function notifierOf(type: string, t: TestContext, receiver: Receiver): Notifier {
  const make = MAKERS[type];
  assert.ok(make);
  return make(t, receiver, receiver.ca);
}

async function failureOf(one: Notifier): Promise<PurserError> {
  try {
    await one.deliver(message(), patience());
  } catch (error) {
    assert.ok(error instanceof PurserError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: 'the delivery should have failed' });
}

/** The message, and whatever else of an error may get into a log. */
function everythingOf(error: PurserError): string {
  return `${error.message} ${JSON.stringify(error)} ${String(error.cause)} ${error.stack}`;
}

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { failureOf, PASSWORD, startMailbox } from './mailbox.ts';

test('a password that the server sends back as it was sent is not shown', async (t) => {
  const sent = Buffer.from(`\0purser\0${PASSWORD}`).toString('base64');
  for (const echo of [sent, Buffer.from(PASSWORD).toString('base64'), PASSWORD]) {
    const mailbox = await startMailbox(t, {
      onAuth: (_auth, _session, done) => done(new Error(`cannot read AUTH PLAIN ${echo} as it is`)),
    });
    const error = await failureOf(t, mailbox);
    assert.equal(error.type, 'Forbidden');
    assert.match(error.message, /cannot read AUTH PLAIN .* as it is/);
    assert.ok(!`${error.message}${error.stack}`.includes(echo), error.message);
  }
});

test('a password that cannot be looked at just now is tried again', async (t) => {
  const mailbox = await startMailbox(t, {
    onAuth: (_auth, _session, done) =>
      done(Object.assign(new Error('4.7.0 later'), { responseCode: 454 })),
  });
  assert.equal((await failureOf(t, mailbox)).type, 'ServerError');
});

for (const [code, type] of [
  [550, 'NotConfigured'],
  [450, 'ServerError'],
] as const) {
  for (const [who, to] of [
    ['the only one', ['oncall@example.com']],
    ['everybody', ['oncall@example.com', 'registry@example.com']],
  ] as const) {
    test(`a server that refuses ${who} with ${code} is ${type}`, async (t) => {
      const mailbox = await startMailbox(t, {
        onRcptTo: (_address, _session, done) =>
          done(Object.assign(new Error('not here'), { responseCode: code })),
      });
      assert.equal((await failureOf(t, mailbox, { to })).type, type);
    });
  }
}

test('a mail that is refused for what it is, is not tried again', async (t) => {
  const mailbox = await startMailbox(t, {
    onData: (stream, _session, done) => {
      stream
        .resume()
        .on('end', () => done(Object.assign(new Error('it is spam'), { responseCode: 554 })));
    },
  });
  const error = await failureOf(t, mailbox);
  assert.equal(error.type, 'NotConfigured');
  assert.match(error.message, /it is spam/);
});

for (const [first, second] of [
  [550, 450],
  [450, 550],
] as const) {
  test(`everybody is named who is refused, with ${first} and with ${second}, and tried again for one of them`, async (t) => {
    const mailbox = await startMailbox(t, {
      onRcptTo: ({ address }, _session, done) => {
        const code = address.startsWith('oncall') ? first : second;
        done(Object.assign(new Error(`${code} no`), { responseCode: code }));
      },
    });
    const error = await failureOf(t, mailbox);
    assert.equal(error.type, 'ServerError');
    assert.match(
      error.message,
      /refused for oncall@example\.com \(\d+ .*\), registry@example\.com \(\d+ .*\), and accepted for no recipient; check from and to$/,
    );
  });
}

test('a server that asks for no password gets no mail where one is set', async (t) => {
  const mailbox = await startMailbox(t, { disabledCommands: ['AUTH'], authOptional: true });
  const error = await failureOf(t, mailbox);
  assert.equal(error.type, 'Forbidden');
  assert.match(
    error.message,
    /check user and password, and whether the server supports authentication$/,
  );
  assert.deepEqual(mailbox.mails, []);
});

test('an entry with nobody in it is a mistake, which no time mends', async (t) => {
  const mailbox = await startMailbox(t);
  const error = await failureOf(t, mailbox, { to: ['undisclosed@example.com: ;'] });
  assert.equal(error.type, 'NotConfigured');
});

for (const [code, type] of [
  [454, 'ServerError'],
  [502, 'NotConfigured'],
] as const) {
  test(`a server that answers STARTTLS with ${code} is ${type}, and gets no password`, async (t) => {
    const server = await startPlain(t, code);
    assert.equal((await failureOf(t, { ...server, ca: '' }, { ca: undefined })).type, type);
    assert.deepEqual(server.asked, ['EHLO', 'STARTTLS']);
  });
}

/** A mail server that offers STARTTLS and then answers it with a code. */
async function startPlain(t: TestContext, code: number) {
  const asked: string[] = [];
  const server = createServer((socket) => {
    socket.write('220 here\r\n');
    socket.on('error', () => {});
    socket.on('data', (data) => {
      const [verb = ''] = data.toString('latin1').split(/\s/);
      asked.push(verb);
      socket.write(verb === 'EHLO' ? '250-here\r\n250 STARTTLS\r\n' : `${code} no\r\n`);
    });
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  t.after(() => server.close());
  const address = server.address();
  return { asked, port: typeof address === 'object' ? (address?.port ?? 0) : 0 };
}

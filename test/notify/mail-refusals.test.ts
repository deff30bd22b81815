import assert from 'node:assert/strict';
import { test } from 'node:test';
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

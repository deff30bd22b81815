import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PurserError } from '../../src/domain/errors.ts';
import { createCa } from '../registry/certificates.ts';
import { file, message, patience } from './entries.ts';
import { failureOf, mailer, startMailbox } from './mailbox.ts';

/** The mail's headers by their names in small letters, unfolded. */
function headersOf(mail: string): ReadonlyMap<string, string> {
  const [head = ''] = mail.split('\r\n\r\n');
  const lines = head.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n');
  return new Map(
    lines.map((line) => {
      const at = line.indexOf(':');
      return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
    }),
  );
}

test("a mail goes by STARTTLS, with the user's name, to everybody", async (t) => {
  const mailbox = await startMailbox(t);
  const said = await mailer(t, mailbox).deliver(message(), patience());
  assert.match(said, /^250 /);
  assert.deepEqual(mailbox.sessions, [{ secure: true, user: 'purser' }]);
  const [mail = ''] = mailbox.mails;
  const headers = headersOf(mail);
  assert.equal(headers.get('subject'), '[critical] prod: write-path fails (storage)');
  assert.equal(headers.get('to'), 'oncall@example.com, registry@example.com');
  assert.equal(headers.get('auto-submitted'), 'auto-generated');
  assert.match(mail, /a push is answered 500\r\n/);
  assert.match(mail, /Details: purser health status --target prod/);
});

test('a mail goes by TLS from the first byte where it is set so', async (t) => {
  const mailbox = await startMailbox(t, { secure: true });
  await mailer(t, mailbox, { tls: 'implicit' }).deliver(message(), patience());
  assert.deepEqual(mailbox.sessions, [{ secure: true, user: 'purser' }]);
});

test('a second try has the same Message-ID, and all messages of one failure are one thread', async (t) => {
  const mailbox = await startMailbox(t);
  const mail = mailer(t, mailbox);
  await mail.deliver(message(), patience());
  await mail.deliver(message(), patience());
  const over = { state: 'resolved', at: '2026-11-24T06:50:00.000Z' } as const;
  await mail.deliver(message(over), patience());
  const [first, second, resolved] = mailbox.mails.map(headersOf);
  assert.match(first?.get('message-id') ?? '', /^<purser-[0-9a-f]{32}@example\.com>$/);
  assert.equal(first?.get('message-id'), second?.get('message-id'));
  assert.notEqual(second?.get('message-id'), resolved?.get('message-id'));
  assert.equal(first?.get('references'), resolved?.get('references'));
  assert.equal(resolved?.get('subject'), '[resolved] prod: write-path resolved after 12 min');
});

test('a server without STARTTLS gets neither mail nor password', async (t) => {
  const asked: string[] = [];
  const mailbox = await startMailbox(t, {
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: ({ username }, _session, done) => {
      asked.push(username ?? '');
      done(null, { user: username });
    },
  });
  const error = await failureOf(t, mailbox);
  assert.match(error.message, /TLS/);
  assert.deepEqual([asked, mailbox.mails], [[], []]);
});

test('a certificate of an unknown issuer is refused', async (t) => {
  const [mailbox, other] = [await startMailbox(t), await startMailbox(t)];
  const error = await failureOf(t, { ...mailbox, ca: other.ca });
  assert.match(error.message, /unknown issuer: name the CA that signed it as ca: of the notifier/);
  assert.deepEqual(mailbox.mails, []);
});

test('a wrong password is Forbidden, and not shown', async (t) => {
  const mailbox = await startMailbox(t);
  const error = await failureOf(t, mailbox, { password: { file: file(t, 'wrong-hush-hush') } });
  assert.equal(error.type, 'Forbidden');
  assert.match(error.message, /credentials invalid.*check user and password/);
  assert.ok(!`${error.message}${error.stack}`.includes('hush'), error.message);
});

test('a server that is full says so, and gets the mail at the next try', async (t) => {
  let isFull = true;
  const mailbox = await startMailbox(t, {
    onMailFrom: (_address, _session, done) => {
      if (isFull) done(Object.assign(new Error('452 4.3.1 disk full'), { responseCode: 452 }));
      else done();
    },
  });
  const error = await failureOf(t, mailbox);
  assert.equal(error.type, 'ServerError');
  assert.match(error.message, /disk full/);
  isFull = false;
  await mailer(t, mailbox).deliver(message(), patience());
  assert.equal(mailbox.mails.length, 1);
});

for (const [code, type] of [
  [550, 'NotConfigured'],
  [450, 'ServerError'],
] as const) {
  test(`one who is refused with ${code} is ${type}, and alone is tried again`, async (t) => {
    const asked: string[] = [];
    let isRefused = true;
    const mailbox = await startMailbox(t, {
      onRcptTo: ({ address }, _session, done) => {
        asked.push(address);
        const isMeant = isRefused && address === 'registry@example.com';
        done(isMeant ? Object.assign(new Error('not here'), { responseCode: code }) : null);
      },
    });
    const to = ['On Call <oncall@example.com>', 'registry@example.com'];
    const mail = mailer(t, mailbox, { to });
    await assert.rejects(mail.deliver(message(), patience()), (error) => {
      assert.ok(error instanceof PurserError);
      assert.equal(error.type, type);
      assert.match(error.message, /refused for registry@example\.com \(\d{3} not here\)/);
      assert.match(error.message, /accepted for oncall@example\.com; check to$/);
      return true;
    });
    assert.equal(mailbox.mails.length, 1);
    isRefused = false;
    assert.match(await mail.deliver(message(), patience()), /^250 /);
    assert.deepEqual(asked, ['oncall@example.com', 'registry@example.com', 'registry@example.com']);
    const [first, second] = mailbox.mails.map(headersOf);
    assert.equal(second?.get('to'), first?.get('to'));
    assert.equal(second?.get('message-id'), first?.get('message-id'));
    // Another message goes to everybody.
    await mail.deliver(message({ at: '2026-11-24T07:00:00.000Z' }), patience());
    assert.equal(asked.length, 5);
  });
}

for (const [what, entry, first] of [
  ['a name that is not ASCII', 'ops@münchen.example', ['ops@xn--mnchen-3ya.example']],
  ['two people in one entry', 'a@example.com, c@example.com', ['a@example.com', 'c@example.com']],
  ['a comment', 'ops@example.com (the ops)', ['ops@example.com']],
  ['a group', 'Team: a@example.com, c@example.com;', ['a@example.com', 'c@example.com']],
] as const) {
  test(`a second try goes to nobody who has the mail, with ${what}`, async (t) => {
    const asked: string[] = [];
    let isRefused = true;
    const mailbox = await startMailbox(t, {
      onRcptTo: ({ address }, _session, done) => {
        // The server of these tests reads names back into their letters.
        asked.push(address.replace('münchen', 'xn--mnchen-3ya'));
        const isMeant = isRefused && address === 'late@example.com';
        done(isMeant ? Object.assign(new Error('later'), { responseCode: 450 }) : null);
      },
    });
    const mail = mailer(t, mailbox, { to: [entry, 'late@example.com'] });
    await assert.rejects(mail.deliver(message(), patience()), { type: 'ServerError' });
    await assert.rejects(mail.deliver(message(), patience()), { type: 'ServerError' });
    isRefused = false;
    await mail.deliver(message(), patience());
    const late = 'late@example.com';
    assert.deepEqual(asked, [...first, late, late, late]);
  });
}

test('a CA that is no root vouches for a mail server', async (t) => {
  const issuing = await (await createCa('root')).below('issuing');
  const mailbox = await startMailbox(t, await issuing.leaf(['127.0.0.1']));
  await mailer(t, { ...mailbox, ca: issuing.cert }).deliver(message(), patience());
  assert.equal(mailbox.mails.length, 1);
});

test('a port that is closed is Unreachable, and named', async (t) => {
  const mailbox = await startMailbox(t);
  const error = await failureOf(t, { ...mailbox, port: 9 });
  assert.equal(error.type, 'Unreachable');
  assert.match(error.message, /mail by 127\.0\.0\.1:9 failed: .*ECONNREFUSED/);
});

test('a cancelled delivery ends with the cancellation', async (t) => {
  const cancelling = new AbortController();
  const mailbox = await startMailbox(t, {
    // It never answers: only the cancellation ends it.
    onMailFrom: () => cancelling.abort(new Error('cancelled by a test')),
  });
  const delivery = mailer(t, mailbox).deliver(message(), cancelling.signal);
  await assert.rejects(delivery, /cancelled by a test/);
});

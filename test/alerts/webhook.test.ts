import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { test } from 'node:test';
import { PurserError } from '../../src/domain/errors.ts';
import { signatureOf } from '../../src/alerts/signature.ts';
import { alert, file, message, notifier, patience } from './entries.ts';
import { answer, startReceiver } from './receiver.ts';
import type { Received } from './receiver.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

test('a signature is the one of the example that Standard Webhooks publishes', () => {
  const example = {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    timestamp: 1_614_265_330,
    body: '{"test": 2432232314}',
  };
  assert.equal(signatureOf(example, SECRET), 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
});

for (const [what, secret] of [
  ['base64 after whsec_', SECRET],
  ['a text as it is', 'a secret of twenty-four characters or more'],
] as const) {
  test(`a receiver that knows the secret (${what}) can check who sent it, and when`, async (t) => {
    const receiver = await startReceiver(t);
    const webhook = notifier({
      type: 'webhook',
      url: `${receiver.origin}/hook?team=registry`,
      ca: file(t, receiver.ca),
      secret: { file: file(t, `${secret}\n`) },
    });
    const before = Math.floor(Date.now() / 1_000);
    await webhook.deliver(message(), patience());
    const [received] = receiver.received;
    assert.ok(received);
    assert.equal(received.path, '/hook?team=registry');
    assert.ok(await verify(received, secret));
    const at = Number(received.headers['webhook-timestamp']);
    assert.ok(at >= before && at <= Date.now() / 1_000, `signed for ${at}`);
    // Whoever changes body, time or id, or knows another secret, cannot sign.
    const { body, headers } = received;
    for (const forged of [
      { ...received, body: body.replace('prod', 'test') },
      { ...received, headers: { ...headers, 'webhook-timestamp': String(at + 1) } },
      { ...received, headers: { ...headers, 'webhook-id': 'another' } },
    ]) {
      assert.ok(!(await verify(forged, secret)));
    }
    assert.ok(!(await verify(received, 'another secret of twenty-four characters')));
  });
}

test('a second try is known by its key, and its body is the same', async (t) => {
  const receiver = await startReceiver(t);
  const webhook = notifier({
    type: 'webhook',
    url: receiver.origin,
    ca: file(t, receiver.ca),
    secret: { file: file(t, SECRET) },
  });
  receiver.behave(answer(500), answer(200));
  await assert.rejects(webhook.deliver(message(), patience()), { type: 'ServerError' });
  await webhook.deliver(message(), patience());
  await webhook.deliver(message({ at: '2026-11-24T06:50:00.000Z', state: 'resolved' }), patience());
  const keys = receiver.received.map(({ headers }) => headers['idempotency-key']);
  assert.equal(keys[0], keys[1]);
  assert.notEqual(keys[1], keys[2]);
  const [first, second] = receiver.received;
  assert.equal(first?.body, second?.body);
  assert.deepEqual(
    receiver.received.map(({ headers }) => headers['webhook-id']),
    keys,
  );
});

test('the body is the alert, with a title and a text for people', async (t) => {
  const receiver = await startReceiver(t);
  const webhook = notifier({
    type: 'webhook',
    url: receiver.origin,
    ca: file(t, receiver.ca),
    secret: { file: file(t, SECRET) },
  });
  await webhook.deliver({ ...message(), link: 'https://temporal.example.com/run' }, patience());
  const { type, timestamp, data } = JSON.parse(receiver.received[0]?.body ?? '');
  assert.deepEqual([type, timestamp], ['purser.alert.firing', alert().at]);
  const { episode, title, text, command, link, ...rest } = data;
  assert.deepEqual(rest, alert());
  assert.match(episode, /^[0-9a-f]{32}$/);
  assert.equal(title, 'prod: write-path fails (storage)');
  assert.match(text, /a push is answered 500/);
  assert.equal(command, 'purser health status --target prod');
  assert.equal(link, 'https://temporal.example.com/run');
});

test('a secret that can be guessed signs nothing', async (t) => {
  const receiver = await startReceiver(t);
  const webhook = notifier({
    type: 'webhook',
    url: receiver.origin,
    ca: file(t, receiver.ca),
    secret: { file: file(t, 'short') },
  });
  await assert.rejects(webhook.deliver(message(), patience()), (error) => {
    assert.ok(error instanceof PurserError && error.type === 'NotConfigured');
    assert.match(error.message, /openssl rand/);
    assert.ok(!error.message.includes('short'));
    return true;
  });
  assert.deepEqual(receiver.received, []);
});

test('what a server said is sent without the secrets that it repeated, in each field', async (t) => {
  const receiver = await startReceiver(t);
  const webhook = notifier({
    type: 'webhook',
    url: `${receiver.origin}/hook`,
    ca: file(t, receiver.ca),
    secret: { file: file(t, SECRET) },
  });
  const said = 's3aws: secretKey=hunter2';
  await webhook.deliver(message({ summary: said, evidence: [said], advice: said }), patience());
  const [received] = receiver.received;
  assert.doesNotMatch(String(received?.body), /hunter2/);
  assert.match(String(received?.body), /"summary":"s3aws: secretKey=\[REDACTED:password\]"/);
});

// As a receiver would do it, by another implementation than the sender's.
async function verify({ headers, body }: Received, secret: string): Promise<boolean> {
  const raw = secret.startsWith('whsec_')
    ? Uint8Array.from(atob(secret.slice(6)), (char) => char.charCodeAt(0))
    : new TextEncoder().encode(secret);
  const key = await webcrypto.subtle.importKey(
    'raw',
    raw,
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['verify'],
  );
  const [version, signature = ''] = String(headers['webhook-signature']).split(',');
  const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
  return (
    version === 'v1' &&
    (await webcrypto.subtle.verify(
      'HMAC',
      key,
      Uint8Array.from(atob(signature), (char) => char.charCodeAt(0)),
      new TextEncoder().encode(signed),
    ))
  );
}

for (const [what, secret] of [
  ['nothing', 'whsec_'],
  ['what is no base64', `whsec_${'!'.repeat(40)}`],
  ['base64 with something else in it', `whsec_${'A'.repeat(40)} !`],
  ['too little', `whsec_${'A'.repeat(20)}`],
] as const) {
  test(`a secret with ${what} behind whsec_ signs nothing`, async (t) => {
    const receiver = await startReceiver(t);
    const webhook = notifier({
      type: 'webhook',
      url: receiver.origin,
      ca: file(t, receiver.ca),
      secret: { file: file(t, secret) },
    });
    await assert.rejects(webhook.deliver(message(), patience()), (error) => {
      assert.ok(error instanceof PurserError);
      assert.equal(error.type, 'NotConfigured');
      assert.match(error.message, /openssl rand -base64 32/);
      assert.ok(!error.message.includes('AAAA') && !error.message.includes('!!!!'));
      return true;
    });
    assert.deepEqual(receiver.received, []);
  });
}

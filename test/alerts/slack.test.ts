import assert from 'node:assert/strict';
import { test } from 'node:test';
import { file, message, notifier, patience } from './entries.ts';
import { answer, startReceiver } from './receiver.ts';

test('a message is a title and a coloured attachment, and cannot call a whole channel', async (t) => {
  const receiver = await startReceiver(t);
  receiver.behave(answer(200, 'ok'));
  const slack = notifier({
    type: 'slack',
    url: { file: file(t, `${receiver.origin}/services/T/B/x`) },
    ca: file(t, receiver.ca),
  });
  const said = await slack.deliver(
    message({ summary: 'the registry says <!channel> & more' }),
    patience(),
  );
  assert.equal(said, '200 (ok)');
  await slack.deliver(message({ state: 'resolved' }), patience());
  const [fired, resolved] = receiver.received.map(({ body }) => JSON.parse(body));
  assert.equal(fired.text, '*prod: write-path fails (storage)*');
  const [attachment] = fired.attachments;
  assert.equal(attachment.color, 'danger');
  assert.match(attachment.text, /^the registry says &lt;!channel&gt; &amp; more\n/);
  assert.match(attachment.text, /Details: purser health status --target prod/);
  assert.equal(resolved.attachments[0].color, 'good');
});

test("of an answer only Slack's own words are shown", async (t) => {
  const receiver = await startReceiver(t);
  const slack = notifier({
    type: 'slack',
    url: { file: file(t, `${receiver.origin}/services/T/B/x`) },
    ca: file(t, receiver.ca),
  });
  receiver.behave(answer(403, 'invalid_token'), answer(403, 'no POST to /services/T/B/x'));
  await assert.rejects(slack.deliver(message(), patience()), /403 \(invalid_token\)/);
  await assert.rejects(slack.deliver(message(), patience()), /was answered 403;/);
});

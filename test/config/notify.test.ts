import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { notifySchema, withAbsolutePaths } from '../../src/config/notify.ts';
import { explain } from '../../src/domain/request.ts';

const HEALTH = readFileSync(new URL('../../docs/health.md', import.meta.url), 'utf8');
const SHOWN: unknown = parse(/^```yaml\n(notify:\n[^]*?)^```/m.exec(HEALTH)?.[1] ?? '').notify;

test('the notifiers that docs/health.md shows are a configuration, with all four types', () => {
  const types = notifySchema.parse(SHOWN).map(({ type }) => type);
  assert.deepEqual(types, ['alertmanager', 'webhook', 'slack', 'mail']);
});

test('files of notifiers are relative to purser.yaml, other settings stay as they are', () => {
  const all = notifySchema
    .parse(SHOWN)
    .map((each) => withAbsolutePaths(each, (file) => `/etc/${file}`));
  const [manager, webhook, slack, mail] = all;
  assert.ok(manager?.type === 'alertmanager' && webhook?.type === 'webhook');
  assert.ok(slack?.type === 'slack' && mail?.type === 'mail');
  assert.equal(manager.ca, '/etc/service-ca.crt');
  assert.deepEqual(webhook.secret, { env: 'PURSER_WEBHOOK_SECRET' });
  assert.equal('ca' in webhook, false);
  assert.deepEqual(slack.url, { file: '/etc/slack-url' });
  assert.deepEqual(mail.password, { file: '/etc/smtp-password' });
});

const SLACK = { name: 'chat', type: 'slack', url: { env: 'SLACK' } };
const MAIL = {
  name: 'post',
  type: 'mail',
  host: 'h',
  from: 'a@b',
  to: ['c@d'],
  user: 'u',
  password: { env: 'P' },
};
const REFUSED: readonly (readonly [string, unknown, RegExp])[] = [
  [
    'a secret in purser.yaml',
    { ...SLACK, url: 'https://hooks.example.com/x' },
    /must not be in purser\.yaml/,
  ],
  ['a name with blanks', { ...SLACK, name: 'on call' }, /small letters/],
  ['a severity that is none', { ...SLACK, severity: 'awful' }, /severity/],
  ['no target', { ...SLACK, targets: [] }, /targets/],
  ['an unknown type', { ...SLACK, type: 'pigeon' }, /type/],
  ['an unknown setting', { ...SLACK, channel: '#ops' }, /channel/],
  ['a password without TLS', { ...MAIL, tls: 'none' }, /not sent without TLS/],
  ['a user without a password', { ...MAIL, password: undefined }, /go together/],
  ['an address that is none', { ...MAIL, to: ['nobody'] }, /address of mail/],
  [
    'a password in the URL of an Alertmanager',
    { name: 'a', type: 'alertmanager', url: 'https://me:hunter2@am.test' },
    /^\[0\]: its url holds a user name or a password; set user and password/,
  ],
  [
    'a password in the URL of a webhook',
    { name: 'a', type: 'webhook', url: 'https://me:hunter2@hook.test', secret: { env: 'S' } },
    /^\[0\]: its url holds a user name or a password, which is not sent/,
  ],
  [
    'a token beside a password',
    {
      name: 'a',
      type: 'alertmanager',
      url: 'https://am.test',
      token: { env: 'T' },
      user: 'me',
      password: { env: 'P' },
    },
    /keep one of them/,
  ],
  ['a URL that is none', { name: 'a', type: 'alertmanager', url: 'am:9093' }, /http or https URL/],
];

for (const [what, entry, says] of REFUSED) {
  test(`${what} is refused, and the message says what to write`, () => {
    const { error } = notifySchema.safeParse([entry]);
    assert.ok(error, 'it was taken');
    const said = explain(error.issues, [entry], 'notify').join('; ');
    assert.match(said, says);
    assert.ok(!said.includes('hunter2'), said);
  });
}

test('two notifiers of one name are refused', () => {
  const { error } = notifySchema.safeParse([SLACK, SLACK]);
  assert.match(String(error?.message), /a name of its own/);
});

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';

const SECRET = 'hunter2-of-mine';
const HOOK = `https://hooks.chat.example/services/T/B/${SECRET}`;

/** What is said of a purser.yaml with such a notifier, or with such lines. */
function refusalOf(text: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'purser-config-secrets-'));
  try {
    const file = path.join(folder, 'purser.yaml');
    writeFileSync(file, text);
    loadConfig(file, () => undefined);
    return 'nothing';
  } catch (error) {
    return String(error);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function notifier(fields: string) {
  return `notify: [{name: a, ${fields}}]\ntargets: {prod: {}}\n`;
}

const INLINE: readonly (readonly [string, string, string])[] = [
  [
    'a token',
    notifier(`type: alertmanager, url: 'https://am', token: "${SECRET}"`),
    'notify[0].token',
  ],
  ['the URL of Slack', notifier(`type: slack, url: "${HOOK}"`), 'notify[0].url'],
  [
    'the secret of a webhook',
    notifier(`type: webhook, url: 'https://x', secret: "${SECRET}"`),
    'notify[0].secret',
  ],
  [
    'a password of mail',
    notifier(`type: mail, host: h, from: a@b, to: [c@d], user: u, password: "${SECRET}"`),
    'notify[0].password',
  ],
  [
    'a variable that is a secret',
    notifier(`type: slack, url: {env: "${SECRET}"}`),
    'notify[0].url',
  ],
  [
    'an address with a password in it',
    notifier(`type: webhook, url: "htp://u:${SECRET}@x", secret: {env: A}`),
    'notify[0].url',
  ],
];

function settings(field: string) {
  return [
    ['a setting that there is not', notifier(`${field}: {env: A, "${SECRET}": x}`), field] as const,
    ['a list', notifier(`${field}: ["${SECRET}"]`), field] as const,
    ['a setting below it', notifier(`${field}: {file: {x: "${SECRET}"}}`), field] as const,
  ];
}
for (const [what, text] of [
  "type: alertmanager, url: 'https://am', token",
  "type: alertmanager, url: 'https://am', user: u, password",
  "type: webhook, url: 'https://x', secret",
  'type: slack, url',
  'type: mail, host: h, from: a@b, to: [c@d], user: u, password',
].flatMap(settings)) {
  test(`${what} in place of where a secret is, is not repeated: ${text.slice(17, 60)}`, () => {
    const said = refusalOf(text);
    assert.match(said, /notify\[0\]\.(?:token|password|secret|url): [a-z]/);
    assert.ok(!said.includes(SECRET), said);
  });
}

for (const pattern of [
  `${SECRET}(`,
  `${SECRET}(?=x)`,
  `${SECRET}*+`,
  `: /${SECRET}: (`,
  `(?P<a>${SECRET}`,
]) {
  test(`a pattern that cannot be used is not repeated, for it may be the secret: ${pattern.length}`, () => {
    const said = refusalOf(`targets: {prod: {logs: {redact: [${JSON.stringify(pattern)}]}}}\n`);
    assert.match(said, /logs\.redact\[0\]: (?:is no regular expression: \S|uses look-around)/);
    assert.ok(!said.includes(SECRET), said);
  });
}

for (const [what, text, field] of INLINE) {
  test(`${what} in purser.yaml is refused by the name of its field, and never repeated`, () => {
    const said = refusalOf(text);
    assert.ok(said.includes(field), said);
    assert.ok(!said.includes(SECRET), said);
  });
}

test('what stands where no setting is, or in no YAML at all, is not repeated either', () => {
  for (const text of [
    `targets: {prod: {registry: {password: "${SECRET}"}}}\n`,
    `archive: {s3: {bucket: b, secretAccessKey: "${SECRET}"}}\ntargets: {prod: {}}\n`,
    `notify:\n  - token: "${SECRET}\n`,
    `notify:\n  - token: ${SECRET}\n   - url: x: y\n`,
  ]) {
    const said = refusalOf(text);
    assert.match(said, /purser\.yaml (?:is not a configuration|cannot be read): \S/);
    assert.ok(!said.includes(SECRET), said);
  }
});

test('other values are still repeated', () => {
  assert.match(
    refusalOf('targets: {prod: {logs: {window: soon}}}\n'),
    /logs\.window: "soon" is not a duration/,
  );
});

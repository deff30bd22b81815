import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { redactorFor, withMemory } from '../../../activities/logs/collect/run-redactor.ts';
import { cursorSchema } from '../../../src/logs/manifest.ts';
import type { Cursor, Gap } from '../../../src/logs/manifest.ts';
import { createRedactor } from '../../../src/logs/redact/redact.ts';

const DASHES = '-'.repeat(5);
const BEGIN = `${DASHES}BEGIN RSA PRIVATE KEY${DASHES}`;
const END = `${DASHES}END RSA PRIVATE KEY${DASHES}`;
const GONE = '[REDACTED:private-key]';
const Z = '2026-11-23T10:58:14.437217658Z ';
const OFFSET = '2026-11-23T11:58:14.437217658+01:00 ';

/** Lines of a key as they are: 64 characters each, the last one shorter. */
const BODY = Array.from({ length: 4 }, (_, index) =>
  createHash('sha512')
    .update(`key ${index}`)
    .digest('base64')
    .replaceAll('=', 'A')
    .slice(0, index === 3 ? 43 : 64),
);
const KEY = [BEGIN, ...BODY, END];
const KEY_GONE = [BEGIN, ...BODY.map(() => GONE), END];

function request(agent: string, status = 200) {
  return `time="2026-11-23T10:58:14.4Z" level=info msg=response http.request.useragent="${agent}" http.response.status=${status} openshift.auth.user=bob`;
}

function redact(lines: readonly string[], redactor = createRedactor()): readonly string[] {
  const block = redactor.block(Buffer.from(lines.map((line) => `${line}\n`).join('')));
  return block.toString('utf8').split('\n').slice(0, -1);
}

for (const [what, before, after] of [
  ['as it is', '', ''],
  ["behind the API server's time", Z, ''],
  ['behind a time with an offset', OFFSET, ''],
  ['with carriage returns', Z, '\r'],
  ['indented', `${Z}    `, ''],
] as const) {
  const around = (line: string) => `${before}${line}${after}`;
  test(`a private key is removed line by line, and the lines around it stay: ${what}`, () => {
    const lines = ['before', ...KEY, 'after it'].map(around);
    assert.deepEqual(redact(lines), ['before', ...KEY_GONE, 'after it'].map(around));
  });
}

test('each line of a key that was removed is counted', () => {
  const redactor = createRedactor();
  redact(KEY, redactor);
  assert.deepEqual(redactor.counts(), { 'private-key': BODY.length });
});

test('an encrypted key and a PGP block are removed with their headers', () => {
  const encrypted = [BEGIN, 'Proc-Type: 4,ENCRYPTED', 'DEK-Info: AES-256-CBC,0A', '', ...BODY, END];
  assert.deepEqual(redact(encrypted).slice(4), KEY_GONE.slice(1));
  const pgp = (word: string) => `${DASHES}${word} PGP PRIVATE KEY BLOCK${DASHES}`;
  const [begin, end] = [pgp('BEGIN'), pgp('END')] as const;
  const armoured = [begin, 'Version: GnuPG v2', '', ...BODY, '=aB3d', end, 'after'];
  const gone = [begin, 'Version: GnuPG v2', '', ...BODY.map(() => GONE), GONE, end, 'after'];
  assert.deepEqual(redact(armoured), gone);
});

test('the keys of SSH2 and of PuTTY are removed as well', () => {
  const gone = BODY.map(() => GONE);
  const [begin, end] = ['BEGIN', 'END'].map(
    (word) => `---- ${word} SSH2 ENCRYPTED PRIVATE KEY ----`,
  );
  for (const [first, last] of [
    [begin, end],
    ['Private-Lines: 4', 'Private-MAC: 0a1b'],
  ]) {
    const lines = [first, ...BODY, last, 'after'].map(String);
    assert.deepEqual(redact(lines), [first, ...gone, last, 'after']);
  }
});

test('a key in one line is removed in each form of its line breaks, and no word after it', () => {
  for (const feed of ['\\n', '\\r\\n', '\\\\n', ' ', '']) {
    const line = redact([`key="${[BEGIN, ...BODY, END].join(feed)}" status=200`]).join('');
    for (const part of BODY) assert.ok(!line.includes(part), line);
    assert.ok(line.endsWith(`${END}" status=200`), line);
  }
});

test('a client cannot blank a log by the first line of a key in a request', () => {
  const lines = [
    request(BEGIN),
    ...Array.from({ length: 450 }, (_, index) => request('curl/8', 200 + (index % 7))),
    `10.0.0.7 - - [23/Nov/2026:10:58:14 +0000] "GET /?a=${BEGIN}"`,
    `10.0.0.7 - - [23/Nov/2026:10:58:14 +0000] "GET /v2/ HTTP/1.1" 401 87 "" "kube-probe/1.31"`,
    BEGIN,
    request('curl/8'),
    `the text ends with ${BEGIN}`,
    'I1123 10:58:14.437217       1 main.go:25] Version: 4.21.0',
    `10.0.0.7 - bob [23/Nov/2026:10:58:14 +0000] "GET /v2/ HTTP/1.1" 200 87 "" "${BEGIN}"`,
  ].map((line) => `${Z}${line}`);
  assert.deepEqual(redact(lines), lines);
});

test('text after the first line of a key in a field hides nothing of the other fields', () => {
  const line = request(`${BEGIN}AAAABBBBCCCCDDDD`);
  const [kept] = redact([line]);
  assert.equal(kept, line.replace('AAAABBBBCCCCDDDD', GONE));
});

test('a key continues in the next collection, by the stored position', () => {
  const cursor: Cursor = { time: Z.trim(), taken: 1, hash: '0'.repeat(12), latest: Z.trim() };
  const nothing = { result: { gaps: [] }, recorder: undefined };
  const first = redactorFor([], cursor, nothing);
  redact(KEY.slice(0, 3), first);
  const place = cursorSchema.parse(withMemory(cursor, first.memory()));
  assert.equal(place.memory, 'key');
  const second = redactorFor([], place, nothing);
  assert.deepEqual(redact([...KEY.slice(3), 'after'], second), [...KEY_GONE.slice(3), 'after']);
  assert.deepEqual(withMemory(place, second.memory()), cursor);
});

test('nothing is kept of a key if a log begins in the middle of it, or continues there after a gap', () => {
  const lines = [...KEY.slice(2), 'after'];
  const gone = [...KEY_GONE.slice(2), 'after'];
  assert.deepEqual(
    redact(lines, redactorFor([], undefined, { result: { gaps: [] }, recorder: undefined })),
    gone,
  );
  const gaps: Gap[] = [];
  const redactor = redactorFor([], undefined, { result: { gaps }, recorder: undefined });
  assert.deepEqual(redact(['ordinary', 'lines'], redactor), ['ordinary', 'lines']);
  gaps.push({ from: Z.trim(), to: Z.trim(), reason: 'rotated' });
  assert.deepEqual(redact(lines, redactor), gone);
});

test('a value in the line after its name is removed, also in the next collection', () => {
  const lines = ['- name: DB_PASSWORD', '  value: hunter2', '- name: PORT', '  value: "5000"'];
  const gone = ['- name: DB_PASSWORD', '  value: [REDACTED:password]', ...lines.slice(2)];
  assert.deepEqual(
    redact(lines.map((line) => `${Z}${line}`)),
    gone.map((line) => `${Z}${line}`),
  );
  const first = createRedactor();
  redact(lines.slice(0, 1), first);
  assert.deepEqual(redact(lines.slice(1), createRedactor([], first.memory())), gone.slice(1));
  const pretty = ['  "name": "API_TOKEN",', '  "value": "x y",'];
  assert.deepEqual(redact(pretty)[1], '  "value": "[REDACTED:password]",');
  assert.deepEqual(redact(['password: |', '  hunter2', 'user: bob']), [
    'password: |',
    '  [REDACTED:password]',
    'user: bob',
  ]);
});

test('a token with the time of a piece inside is removed', () => {
  const token = ['sha256', '~', 'A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6'].join('');
  for (const cut of [3, 9, 20]) {
    const parts = `${token.slice(0, cut)}${Z}${token.slice(cut)}`;
    assert.deepEqual(redact([`${Z}Authorization: Bearer ${parts} end`]), [
      `${Z}Authorization: Bearer [REDACTED:bearer-token] end`,
    ]);
  }
  const long = `${Z}${'x'.repeat(8_000)} pass${Z}word=hunter2 end`;
  assert.ok(!redact([long]).join('').includes('hunter2'));
  const none = `${Z}${'x'.repeat(8_000)}${Z}and no secret`;
  assert.deepEqual(redact([none]), [none]);
});

for (const [what, before, after] of [
  ['a comment', '# ', ''],
  ['a removed line of a diff', '-    ', ''],
  ['an added one', '+', ''],
  ['a runtime', 'stdout F ', ''],
  ['klog', 'I1123 10:58:14.437217       1 main.go:25] ', ''],
  ['a source that adds them up', '"', '\\n" +'],
] as const) {
  test(`a key is removed if a program writes a prefix before each line: ${what}`, () => {
    const around = (line: string) => `${before}${line}${after}`;
    assert.deepEqual(redact([...KEY, 'after'].map(around)), [...KEY_GONE, 'after'].map(around));
  });
}

test('a key in one line is removed if its line breaks are escaped for JSON, a form or a page', () => {
  for (const feed of ['\\u000a', '%0A', '<br>', '<br/>', ' ']) {
    const line = redact([`key=${[BEGIN, ...BODY, 'aB3dEf==', END].join(feed)} x`]).join('');
    for (const part of [...BODY, 'aB3dEf==']) assert.ok(!line.includes(part), line);
  }
  const form = redact([`k=${BEGIN.replaceAll(' ', '+')}%0A${BODY.join('%0A')}`]).join('');
  for (const part of BODY) assert.ok(!form.includes(part), form);
});

test('a key continues after one line of another request', () => {
  for (const other of ['GET /healthz 200', request('curl/8')]) {
    const lines = [...KEY.slice(0, 3), other, ...KEY.slice(3), 'after'];
    assert.deepEqual(redact(lines), [
      ...KEY_GONE.slice(0, 3),
      other,
      ...KEY_GONE.slice(3),
      'after',
    ]);
  }
});

test('words after the first line of a key stay', () => {
  const words = ['ready', 'stopping', ...Array.from({ length: 100 }, (_, step) => `step${step}`)];
  const lines = [`I1123 bad host: ${BEGIN}`, ...words];
  assert.deepEqual(redact(lines), lines);
  assert.deepEqual(redact([BEGIN, 'Done', 'Ready', 'Steady']), [BEGIN, GONE, 'Ready', 'Steady']);
});

function asJson(msg: string) {
  return JSON.stringify({ level: 'info', msg, time: '2026-11-23T10:58:14Z' });
}
/** Loggers that make each line of a key one of their own. */
const LOGGERS: Readonly<Record<string, (line: string) => string>> = {
  'one of JSON': asJson,
  'one of JSON with its line feed': (line) =>
    JSON.stringify({ log: `${line}\n`, stream: 'stderr' }),
  log4j: (line) => `2026-11-23 10:58:14,437 INFO  [com.example.App] (main) ${line}`,
  zap: (line) => `2026-11-23T10:58:14.437Z\tINFO\tsetup\t${line}`,
  syslog: (line) => `Nov 23 10:58:14 node1 app[7]: ${line}`,
  logrus: (line) => `time="2026-11-23T10:58:14Z" level=info msg="${line}" go.version=go1.26.8`,
  logfmt: (line) => `ts=2026-11-23 level=info msg="${line}"`,
  "Go's slog": (line) => `time=2026-11-23T10:58:14Z level=INFO msg="${line}" component=setup`,
};
for (const [name, logged] of Object.entries(LOGGERS)) {
  test(`a key is removed if a logger makes each line a message of its own, and only its base64: ${name}`, () => {
    const lines = ['before', ...KEY.slice(0, -2), 'aB3dEf0hIj2lMn+=', END, 'after'];
    const gone = ['before', ...KEY_GONE.slice(0, -2), GONE, END, 'after'];
    assert.deepEqual(redact(lines.map(logged)), gone.map(logged));
  });
}

test('a client that makes a logger begin a key hides no other line', () => {
  const others = [
    'ready',
    'imageregistrycontroller',
    'ImageRegistryController',
    '/var/lib/registry/docker/registry/v2',
    'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
    '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
    'listening on :5000',
    'GET /v2/ 200 12',
    'user=system:serviceaccount:team-a:default',
  ];
  for (const logged of Object.values(LOGGERS)) {
    for (const other of others) {
      const lines = [BEGIN, other, other].map(logged);
      assert.deepEqual(redact(lines), lines);
    }
  }
  for (const field of ['http.request.useragent', 'http.request.uri', 'err.detail']) {
    const stranger = `time="2026-11-23T10:58:14Z" level=info msg=response ${field}="${BEGIN}"`;
    const lines = [stranger, asJson(String(BODY[0])), `the token is ${BODY[1]}`];
    assert.deepEqual(redact(lines), lines);
  }
  for (const sent of [
    `ua="${BEGIN}" a=b`,
    `ua="x msg=\\"${BEGIN}\\" a=b"`,
    `ua=msg="${BEGIN}" a=b`,
  ]) {
    const lines = [`level=INFO msg=response ${sent}`, `the token is ${BODY[1]}`];
    assert.deepEqual(redact(lines), lines);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redactorFor } from '../../activities/logs/collect/run-redactor.ts';
import { createAuditIndex } from '../../src/logs/audit/audit-index.ts';
import { readIndex } from '../../src/logs/audit/index-file.ts';
import { createAuditRecorder } from '../../src/logs/collect/audit-recorder.ts';
import { LINE_TIME, withoutPieceTimes } from '../../src/domain/redact/node-time.ts';
import { createLineFilter } from '../../src/logs/read/line-filter.ts';
import { canonicalTime, timeOfLine, withoutInnerTimes } from '../../src/logs/stream/time.ts';
import { lineOf } from './audit/lines.ts';

const PIECE = 16_384;
const TIME = '2026-11-23T12:00:00.437217658Z';
/** What the kubelet writes before each piece: in its own time zone on some nodes. */
const TIMES = [TIME, '2026-11-23T13:00:00.437217658+01:00'];

/**
 * A line that the runtime has written in pieces, as an older kubelet puts it together: the client says so
 * much of itself that the first piece ends just before this place of the line's rest.
 */
function inPieces(agent: string, cut: number, time: string): string {
  const [head = '', rest = ''] = lineOf({ agent: `${agent} |` }).split('|');
  const line = `${head}${'y'.repeat(PIECE - head.length - cut)}${rest}`;
  return `${TIME} ${line.slice(0, PIECE)}${time} ${line.slice(PIECE)}\n`;
}

/** Where the first piece may end: anywhere behind what the client says of itself. */
const CUTS = [
  ...Array.from({ length: (lineOf({ agent: '|' }).split('|')[1] ?? '').length - 1 }).keys(),
];

/** What is heard of the lines, and what is read of them when they are kept. */
function events(lines: readonly string[]) {
  const recorder = createAuditRecorder();
  const redactor = redactorFor([], undefined, { result: { gaps: [] }, recorder });
  const kept = redactor.block(Buffer.from(lines.join(''))).toString('utf8');
  const index = createAuditIndex();
  const own = kept.split('\n').map((line) => line.slice(TIME.length + 1));
  for (const line of own) index.line(Buffer.from(line));
  return { recorded: [...(recorder.events() ?? [])], kept, read: readIndex(index.finish()) };
}

for (const agent of ['curl', 'curl Bearer']) {
  test(`a time of the kubelet, at any offset in a line of ${agent}, changes no user`, () => {
    const lines = [...CUTS].flatMap((cut) => TIMES.map((time) => inPieces(agent, cut, time)));
    assert.ok(lines.length > 500);
    const { recorded, kept, read } = events(lines);
    assert.equal(kept.includes('REDACTED'), agent === 'curl Bearer');
    assert.equal(recorded.length, lines.length);
    const said = new Set(
      recorded.map((event) => [event.user, event.repository, event.reference].join(' ')),
    );
    assert.deepEqual([...said], ['alice team-a/app v1']);
    assert.deepEqual([read.users, read.repositories], [['alice'], ['team-a/app']]);
    assert.deepEqual([read.references, read.requests], [['v1'], [lines.length]]);
  });
}

test('a time of the kubelet hides no line from a search for its user', () => {
  const isWanted = createLineFilter({ user: 'alice', statuses: ['200'] });
  const lines = [...CUTS].map((cut) => inPieces('curl', cut, TIME));
  assert.deepEqual(
    lines.filter((line) => !isWanted(Buffer.from(line.trimEnd()))),
    [],
  );
});

/** What is secret in each line is `Hunter2-isSecret`. */
const SECRET_LINES = [
  'password: Hunter2-isSecret end',
  'Authorization: Bearer Hunter2-isSecret end',
  '{"name":"DB_PASSWORD","value":"Hunter2-isSecret"} end',
  'https://bob:Hunter2-isSecret@host.example/x end',
];

test('a time of the kubelet, at any offset in a line, saves no secret', () => {
  for (const said of SECRET_LINES) {
    for (const time of [...TIMES, '2026-11-23T12:00:00.4372Z']) {
      for (let cut = 1; cut < said.length; cut += 1) {
        const line = `${TIME} ${'x '.repeat(4_096)}${said.slice(0, cut)}${time} ${said.slice(cut)}\n`;
        const { kept } = events([line]);
        assert.ok(!/Hunt|cret|2-is/.test(kept), kept.slice(8_192));
      }
    }
  }
});

test('redaction and the index remove the same times of the kubelet, and no others', () => {
  const pads = ['y'.repeat(9_000), 'y '.repeat(4_500)];
  for (const pad of pads) {
    for (const time of [
      ...TIMES,
      '2026-11-23T12:00:00Z',
      '2026-11-23 12:00:00',
      '2026-11-23T12:00',
    ]) {
      const line = `${pad}${time} z`;
      const whole = withoutInnerTimes(Buffer.from(line)).toString('latin1');
      assert.equal(withoutPieceTimes(line), whole);
      assert.equal(whole.includes(time), LINE_TIME.exec(`${time} `) === null);
    }
  }
  const short = `msg="began at ${TIME} and ended" x`;
  assert.equal(withoutPieceTimes(short), short);
  assert.equal(withoutInnerTimes(Buffer.from(short)).toString('latin1'), short);
});

test('for redaction a line begins at the same offset as for the stream', () => {
  const times = [
    ...TIMES,
    '2026-11-23T12:00:00Z',
    '2026-11-23T12:00:00.1Z',
    '2026-11-23T12:00:00.1234567891Z',
  ];
  for (const time of [...times, '2026-11-23T12:00:00', '2026-11-23 12:00:00Z', 'I1123']) {
    const line = Buffer.from(`${time} text`);
    const isTime = timeOfLine(line, 0, line.length) !== undefined;
    assert.equal(LINE_TIME.test(line.toString('latin1')), isTime, time);
    assert.equal(canonicalTime(time) !== undefined, isTime, time);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRedactor } from '../../../src/logs/redact/redact.ts';
import { PIECES, randomPieces } from './pieces.ts';

// What a client sends stands in its own fields, and must take nothing from the others: who it was, from
// where, and what came of it.
const BEFORE = 'http.request.method=GET http.request.remoteaddr="10.0.0.7:47244" http.request.uri=';
const AFTER = ' http.response.status=401 openshift.auth.user="bob" vars.name=team-a/app';

const logrus = (uri: string, agent: string) =>
  `time="2026-11-23T10:58:14.1Z" level=info msg=response ${BEFORE}${JSON.stringify(uri)} http.request.useragent=${JSON.stringify(agent)}${AFTER}`;
const access = (uri: string, agent: string) =>
  `10.0.0.7 - bob [23/Nov/2026:10:58:14 +0000] "GET /${quoted(uri)} HTTP/1.1" 401 87 "" "${quoted(agent)}"`;

const quoted = (text: string) => JSON.stringify(text).slice(1, -1);

function assertOthersStay(uri: string, agent: string): void {
  const next = logrus('/', 'curl/8');
  const text = [logrus(uri, agent), next, access(uri, agent), next].map((line) => `${line}\n`);
  const lines = createRedactor()
    .block(Buffer.from(text.join('')))
    .toString('utf8')
    .split('\n');
  const [first = '', , third = ''] = lines;
  const said = `uri ${JSON.stringify(uri)}, agent ${JSON.stringify(agent)}: `;
  assert.ok(first.includes(`level=info msg=response ${BEFORE}"`), said + first);
  assert.ok(
    first.includes('" http.request.useragent="') && first.endsWith(`"${AFTER}`),
    said + first,
  );
  assert.ok(third.startsWith('10.0.0.7 - bob [') && third.includes(' 401 87 "" "'), said + third);
  assert.deepEqual([lines[1], lines[3]], [next, next], said);
}

test('no piece of what is looked for takes anything from another field, nor any two of them', () => {
  for (const uri of PIECES) for (const agent of PIECES) assertOthersStay(uri, agent);
});

test('no pieces at random do', () => {
  const texts = [...randomPieces(4_000)];
  for (const [index, uri] of texts.entries()) assertOthersStay(uri, texts.at(-index) ?? '');
});

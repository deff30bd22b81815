import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAuditEvent } from '../../../src/logs/audit/parse-event.ts';
import { createAuditRecorder } from '../../../src/logs/collect/audit-recorder.ts';
import { createRedactor } from '../../../src/logs/redact/redact.ts';
import { PIECES, randomPieces } from './pieces.ts';

// What a client sends stands in its own fields, and must take nothing from the others: who it was, from
// where, and what came of it.
const BEFORE = 'http.request.method=GET http.request.remoteaddr="10.0.0.7:47244" http.request.uri=';
const AFTER = ' http.response.status=401 openshift.auth.user="bob" vars.name=team-a/app';

function logrus(uri: string, agent: string) {
  return `time="2026-11-23T10:58:14.1Z" level=info msg=response ${BEFORE}${JSON.stringify(uri)} http.request.useragent=${JSON.stringify(agent)}${AFTER}`;
}
function access(uri: string, agent: string) {
  return `10.0.0.7 - bob [23/Nov/2026:10:58:14 +0000] "GET /${quoted(uri)} HTTP/1.1" 401 87 "" "${quoted(agent)}"`;
}

function quoted(text: string) {
  return JSON.stringify(text).slice(1, -1);
}

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

test('none of the pieces, and no two of them, remove anything from another field', () => {
  for (const uri of PIECES) for (const agent of PIECES) assertOthersStay(uri, agent);
});

test('no random pieces do', () => {
  const texts = [...randomPieces(4_000)];
  for (const [index, uri] of texts.entries()) assertOthersStay(uri, texts.at(-index) ?? '');
});

// logrus writes a text without quotes that has only letters, digits and a few signs.
const BARE_AGENTS =
  '--token -token --password --secret --api-key --auth --cookie authorization --authorization bearer Bearer basic token x--token -p mysql login curl htpasswd machine default password pw Cookie'.split(
    ' ',
  );
const TIME = '2026-11-23T10:58:14.437217658Z ';
const SAMPLES = [
  'msg="response completed" http.request.method=PUT http.request.remoteaddr="10.0.0.7:47244" http.request.uri=/v2/team-a/app/manifests/v1 http.request.useragent=AGENT http.response.contenttype=application/json http.response.duration=9ms http.response.status=201 http.response.written=0 openshift.auth.user=bob openshift.auth.userid=b77c vars.name=team-a/app vars.reference=v1',
  'msg="OpenShift access denied: no opinion" http.request.method=GET http.request.remoteaddr="10.0.0.7:47244" http.request.uri=/v2/team-a/app/manifests/v1 http.request.useragent=AGENT openshift.auth.user=bob openshift.auth.userid=b77c vars.name=team-a/app vars.reference=v1',
  'msg="OpenShift access denied: no opinion" http.request.method=GET http.request.remoteaddr="10.0.0.7:47244" http.request.uri=/v2/team-a/app/manifests/v1 http.request.useragent=AGENT vars.name=team-a/app vars.reference=v1',
  'msg=response http.request.method=GET http.request.remoteaddr="10.0.0.7:47244" http.request.uri="/openshift/token?account=bob" http.request.useragent=AGENT http.response.duration=9ms http.response.status=401 http.response.written=0',
];

test('no agent without quotes changes the field after it: the stored line has the recorded events', () => {
  for (const agent of BARE_AGENTS) {
    for (const sample of SAMPLES) {
      const said = `time="2026-11-23T10:58:14.1Z" level=info ${sample.replace('AGENT', agent)}`;
      const block = Buffer.from(`${TIME}${said}\n`);
      const kept = createRedactor().block(block);
      assert.equal(kept.toString('utf8'), block.toString('utf8'));
      const recorder = createAuditRecorder();
      recorder.block(block, kept === block ? undefined : kept);
      assert.deepEqual([...(recorder.events() ?? [])], [parseAuditEvent(Buffer.from(said))]);
    }
  }
});

test('no field after an agent without quotes is lost in an access line', () => {
  for (const agent of BARE_AGENTS) {
    for (const shown of [agent, `"${agent}"`, `"${agent}="`, `"${agent}:"`]) {
      const line = `10.0.0.7 - - [23/Nov/2026:10:58:14 +0000] "GET /v2/ HTTP/1.1" 200 2 "" ${shown} user=bobby1 status=4031`;
      const block = Buffer.from(`${line}\n`);
      assert.equal(createRedactor().block(block).toString('utf8'), `${line}\n`);
    }
  }
});

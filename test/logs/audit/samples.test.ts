import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseAuditEvent } from '../../../src/logs/audit/parse-event.ts';

// What a real registry wrote, request by request. Each block is one request, with all its lines.
const FILE = new URL(
  '../../sandbox/registry-front/fixtures/registry-log-lines.txt',
  import.meta.url,
);
const DIGEST = 'sha256:433f005b8de67c095a135e8811514c6d6f2ecae1208531873fa5ac014dc3495c';

/** By a block's title: which of its lines counts (from 1), and as what. Blocks that are not here: none. */
const EXPECTED: Readonly<Record<string, readonly [line: number, said: string]>> = {
  'login ok: GET /v2/ basic': [2, 'login viewer'],
  'login ok: GET /openshift/token basic': [1, 'claim viewer'],
  'login refused: GET /v2/ bad token': [1, 'refused-login'],
  'login refused: GET /openshift/token bad token': [3, 'refused-claim viewer'],
  'pull: GET manifest by tag': [2, 'pull viewer team-a/app v1'],
  'pull: HEAD manifest by tag': [2, 'ask viewer team-a/app v1'],
  'pull: GET manifest by digest': [2, `pull viewer team-a/app ${DIGEST}`],
  'pull: GET blob': [2, 'pull-layers viewer team-a/app'],
  'pull denied': [1, 'refused-pull nobody1 team-a/app v1'],
  'pull denied: anonymous token': [1, 'refused-pull anonymous team-a/app v1'],
  'push: PUT manifest': [2, 'push editor team-a/app logtest'],
  'push denied: POST upload as viewer': [1, 'refused-push viewer team-a/app'],
  'push denied: PUT manifest as viewer': [1, 'refused-push viewer team-a/app logtest'],
  'pull by service account': [2, 'pull system:serviceaccount:team-a:bot team-a/app v1'],
  'login refused by token scopes (user:info is not enough)': [1, 'refused-login viewer'],
  '/openshift/token refused by token scopes': [3, 'refused-claim'],
  'pull denied by token scope (role scope of another namespace)': [
    1,
    'refused-pull viewer team-a/app v1',
  ],
};

const blocks = readFileSync(FILE, 'utf8')
  .split('### ')
  .slice(1)
  .map((block) => {
    const [title = '', ...lines] = block.split('\n');
    return {
      title: title.replace(/ +\(client saw .*$/, ''),
      lines: lines.filter((line) => line !== ''),
    };
  });

for (const { title, lines } of blocks) {
  const [number, said] = EXPECTED[title] ?? [];
  const what = said === undefined ? 'nothing that counts' : `"${said}" once`;
  test(`the recorded lines of "${title}" say ${what}`, () => {
    const events = lines.map((line) => parseAuditEvent(Buffer.from(line)));
    const told = events.map((event) =>
      event === undefined
        ? undefined
        : [event.action, event.user, event.repository, event.reference].filter(Boolean).join(' '),
    );
    assert.deepEqual(
      told,
      lines.map((_, index) => (index + 1 === number ? said : undefined)),
    );
  });
}

test('every expectation is of a recorded request, and the address comes without its port', () => {
  const titles = new Set(blocks.map(({ title }) => title));
  for (const title of Object.keys(EXPECTED)) assert.ok(titles.has(title), title);
  const events = blocks.flatMap(({ lines }) =>
    lines.map((line) => parseAuditEvent(Buffer.from(line))),
  );
  const addresses = new Set(events.flatMap((event) => event?.address ?? []));
  assert.deepEqual([...addresses], ['127.0.0.1']);
});

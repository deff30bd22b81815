import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { bindingName } from '../../src/access/grants/binding-name.ts';
import { hash, LABELS, MANAGED, subjectLabel } from '../../src/kubernetes/labels.ts';
import { parseAccess } from '../../src/access/model/access.ts';
import type { Subject } from '../../src/domain/subject.ts';

function user(name: string): Subject {
  return { kind: 'User', name };
}
const BOT: Subject = { kind: 'ServiceAccount', namespace: 'team-a', name: 'ci' };
const OIDC = 'https://login.example/realm#jane';

const NAMES: readonly (readonly [Subject, string, string])[] = [
  [user('alice'), 'pull:team-a', 'purser:pull:User:alice'],
  [user('jane@corp.example'), 'push:team-b', 'purser:push:User:jane@corp.example'],
  [user('alice'), 'pull:*', 'purser:pull-everywhere:User:alice'],
  [user('alice'), 'admin:team-a', 'purser:admin:User:alice'],
  [{ kind: 'Group', name: 'devs' }, 'metrics', 'purser:metrics:Group:devs'],
  [BOT, 'pull:team-b', 'purser:pull:ServiceAccount:team-a:ci'],
  [user(OIDC), 'pull:team-a', `purser:pull:User:${hash(OIDC)}`],
  [user('100%'), 'pull:team-a', `purser:pull:User:${hash('100%')}`],
  [user('a'.repeat(121)), 'pull:team-a', `purser:pull:User:${hash('a'.repeat(121))}`],
];

for (const [subject, access, name] of NAMES) {
  test(`the binding of ${access} is named ${name}`, () => {
    assert.equal(bindingName(subject, parseAccess(access)), name);
    // What RBAC refuses in a name (a path segment).
    assert.doesNotMatch(name, /[/%]|^\.{1,2}$/);
  });
}

test("a label's value is a hash of kind and name, fit for a label", () => {
  const digest = createHash('sha256').update('User/jane@corp.example').digest('hex');
  assert.equal(subjectLabel(user('jane@corp.example')), digest.slice(0, 16));
  const labels = [user('devs'), { kind: 'Group', name: 'devs' } as const, BOT, user('team-a:ci')];
  assert.equal(new Set(labels.map(subjectLabel)).size, labels.length);
  for (const label of labels.map(subjectLabel)) assert.match(label, /^[0-9a-f]{16}$/);
});

test('what Purser granted is selected by the label that it sets', () => {
  assert.equal(MANAGED, `${LABELS.managed}=grant`);
});

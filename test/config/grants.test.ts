import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configSchema } from '../../src/config/schema.ts';
import { explain } from '../../src/domain/request.ts';

function configOf(grants: unknown) {
  return { targets: { prod: { grants } } };
}

test('system groups and what a role may hold besides are taken as they are', () => {
  const grants = {
    systemGroups: ['system:serviceaccounts:team-b'],
    roleExtras: {
      'prometheus-scraper': [
        { apiGroups: [''], resources: ['pods'], verbs: ['get'], resourceNames: ['a'] },
        { nonResourceURLs: ['/metrics'], verbs: ['get'] },
      ],
    },
  };
  const taken = configSchema.parse(configOf(grants)).targets['prod']?.grants;
  assert.deepEqual(taken?.systemGroups, grants.systemGroups);
  assert.deepEqual(taken?.roleExtras, grants.roleExtras);
});

const RULE = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };

const WRONG: readonly (readonly [string, unknown, RegExp])[] = [
  ['an access that nobody knows', { accesses: ['pull', 'write'] }, /accesses\[1\]: "write" /],
  ['an access that is too wide', { accesses: ['push:*'] }, /accesses\[0\]: "push:\*" /],
  ['a group of people', { systemGroups: ['devs'] }, /systemGroups\[0\]: "devs" is no system group/],
  ['a pattern of groups', { systemGroups: ['system:*'] }, /patterns are not taken/],
  ['everybody', { systemGroups: ['system:authenticated'] }, /no target gives those anything/],
  ['everybody without a login', { systemGroups: ['system:unauthenticated'] }, /no target gives/],
  ['system:masters', { systemGroups: ['system:masters'] }, /no target gives those anything/],
  ['a role that Purser hands out nowhere', { roleExtras: { edit: [RULE] } }, /roleExtras/],
  [
    'a rule that is a word',
    { roleExtras: { 'registry-viewer': ['get pods'] } },
    /roleExtras\.registry-viewer\[0\]: "get pods" is no rule; write one as in a ClusterRole/,
  ],
  [
    'a rule without an API group',
    { roleExtras: { 'registry-viewer': [{ resources: ['pods'], verbs: ['get'] }] } },
    /is no rule/,
  ],
  [
    'a rule with a word too many',
    { roleExtras: { 'registry-viewer': [{ ...RULE, verb: 'get' }] } },
    /Unrecognized key: "verb"/,
  ],
];

for (const [what, grants, message] of WRONG) {
  test(`${what} is no setting of grants, and the message says where`, () => {
    const given = configOf(grants);
    const result = configSchema.safeParse(given);
    assert.ok(!result.success);
    assert.match(explain(result.error.issues, given).join('; '), message);
  });
}

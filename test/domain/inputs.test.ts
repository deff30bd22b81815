import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  grantInputSchema,
  heldInputSchema,
  loginSoughtSchema,
  proofInputSchema,
  provisionInputSchema,
  refusalInputSchema,
  subjectQuestionSchema,
} from '../../src/access/model/inputs.ts';
import { identityOfSchema, identityQuestionSchema } from '../../src/identity/model/request.ts';
import { parseRequest } from '../../src/domain/request.ts';
import type { z } from 'zod';

type Row = readonly [z.ZodType, object];
const subject = { kind: 'User', name: 'alice' };
const accesses = ['pull:team-a'];

const GOOD: Readonly<Record<string, Row>> = {
  grantAccess: [grantInputSchema, { subject, accesses, claimed: { reason: 'x' }, expectUid: 'u' }],
  undoGrants: [heldInputSchema, { subject, accesses }],
  provisionUser: [provisionInputSchema, { user: 'alice', provider: 'corp', providerUser: 'a1' }],
  proveAccess: [proofInputSchema, { subject, accesses, prove: 'required', by: 'bob' }],
  proveRefusal: [refusalInputSchema, { subject, accesses, prove: 'if-possible' }],
  findSubject: [subjectQuestionSchema, { subject, accesses, mayBeGone: true, isAwaited: false }],
  awaitLogin: [loginSoughtSchema, { user: 'alice', providers: ['corp'] }],
  requireIdentityProvider: [identityOfSchema, { subject }],
  checkIdentity: [identityQuestionSchema, { provider: 'corp', user: 'alice' }],
};

for (const [activity, [schema, input]] of Object.entries(GOOD)) {
  test(`${activity} takes what its workflow gives it, and no field that it does not know`, () => {
    assert.deepEqual(parseRequest(schema, input), input);
    assert.throws(() => parseRequest(schema, { ...input, facts: { uid: 'u-1' } }), {
      type: 'InvalidRequest',
      message: /facts/,
    });
    assert.throws(() => parseRequest(schema, undefined), { type: 'InvalidRequest' });
  });
}

const forEverybody = { kind: 'Group', name: 'system:authenticated' };
const BAD = [
  ['grantAccess', { subject: forEverybody }, /subject\.name: "system:authenticated" would open/],
  ['grantAccess', { accesses: ['own:team-a'] }, /accesses\[0\]: "own:team-a" is not an access/],
  ['grantAccess', { claimed: { by: 'me' } }, /claimed: .*by/],
  ['grantAccess', { expectUid: 3 }, /expectUid/],
  ['proveAccess', { subject: forEverybody }, /would open the registry to all users/],
  ['proveAccess', { by: { subject, facts: {} } }, /by: /],
  ['proveAccess', { by: 'system:admin' }, /by: "system:admin" is one of the cluster's own/],
  ['proveAccess', { proof: '0123456789abcdef' }, /proof/],
  ['proveRefusal', { by: 'a'.repeat(254) }, /by: must have at most 253/],
  ['undoGrants', { madeBy: 'onboard/prod/User/bob/run' }, /madeBy/],
  ['provisionUser', { user: 'system:admin' }, /user: "system:admin" is one of the cluster's own/],
  ['provisionUser', { provider: 'a/b' }, /provider: "a\/b" is no identity provider's name/],
] as const;

for (const [activity, wrong, message] of BAD) {
  test(`${activity} refuses ${JSON.stringify(wrong).slice(0, 60)}, naming the field`, () => {
    const [schema, input] = GOOD[activity] ?? [];
    assert.ok(schema);
    assert.throws(() => parseRequest(schema, { ...input, ...wrong }), {
      type: 'InvalidRequest',
      message,
    });
  });
}

test("what takes back knows no rule about subjects: older ones allowed what today's refuse", () => {
  const input = { subject: forEverybody, accesses };
  assert.deepEqual(parseRequest(heldInputSchema, input), input);
});

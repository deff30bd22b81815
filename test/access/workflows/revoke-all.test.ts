import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeLateResult } from '../../../workflows/access/revocation/revoke-all.ts';
import type { AccessResult } from '../../../workflows/access/revocation/context.ts';

const access = 'pull:team-a';
const problem = { type: 'Conflict', message: 'it is not ours any more' };
const revoked: AccessResult = { access, is: 'revoked', deleted: ['RoleBinding team-a/a'] };

function after(first: AccessResult, late: AccessResult): AccessResult | undefined {
  const results: AccessResult[] = [{ access: 'push:team-a', is: 'gone', deleted: [] }, first];
  mergeLateResult(results, late);
  assert.equal(results.length, 2);
  return results[1];
}

test('a late binding that could not be deleted makes the access one that was not revoked', () => {
  const late: AccessResult = { access, is: 'kept', deleted: ['RoleBinding team-a/b'], problem };
  assert.deepEqual(after(revoked, late), {
    access,
    is: 'kept',
    deleted: ['RoleBinding team-a/a', 'RoleBinding team-a/b'],
    problem,
  });
});

test('a second check that finds nothing changes nothing', () => {
  const nothing: AccessResult = { access, is: 'revoked', deleted: [] };
  for (const first of [revoked, { ...revoked, is: 'kept' as const, problem }]) {
    assert.deepEqual(after(first, nothing), first);
  }
});

test('an access that was gone, arrived late and was deleted counts as revoked', () => {
  const late: AccessResult = { access, is: 'revoked', deleted: ['RoleBinding team-a/b'] };
  assert.deepEqual(after({ access, is: 'gone', deleted: [] }, late), late);
});

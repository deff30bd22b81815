import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addLate } from '../../../workflows/access/revocation/revoke-all.ts';
import type { Fate } from '../../../workflows/access/revocation/context.ts';

const access = 'pull:team-a';
const problem = { type: 'Conflict', message: 'it is not ours any more' };
const revoked: Fate = { access, is: 'revoked', deleted: ['RoleBinding team-a/a'] };

function after(first: Fate, late: Fate): Fate | undefined {
  const fates: Fate[] = [{ access: 'push:team-a', is: 'gone', deleted: [] }, first];
  addLate(fates, late);
  assert.equal(fates.length, 2);
  return fates[1];
}

test('a late binding that could not be deleted makes the access one that was not revoked', () => {
  const late: Fate = { access, is: 'kept', deleted: ['RoleBinding team-a/b'], problem };
  assert.deepEqual(after(revoked, late), {
    access,
    is: 'kept',
    deleted: ['RoleBinding team-a/a', 'RoleBinding team-a/b'],
    problem,
  });
});

test('a second check that finds nothing changes nothing', () => {
  const nothing: Fate = { access, is: 'revoked', deleted: [] };
  for (const first of [revoked, { ...revoked, is: 'kept' as const, problem }]) {
    assert.deepEqual(after(first, nothing), first);
  }
});

test('an access that was gone, arrived late and was deleted counts as revoked', () => {
  const late: Fate = { access, is: 'revoked', deleted: ['RoleBinding team-a/b'] };
  assert.deepEqual(after({ access, is: 'gone', deleted: [] }, late), late);
});

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { TestContext } from 'node:test';
import { describeFinding } from '../../src/domain/finding.ts';
import { MockActivityEnvironment } from '@temporalio/testing';
import { clusterSubject, namesOf } from '../../activities/identity/cluster-subject.ts';
import { createSubjectActivities } from '../../activities/access/people/subjects.ts';
import type { FoundSubject } from '../../activities/access/people/subjects.ts';
import type { IdentitySource } from '../../src/openshift/identity-config.ts';
import type { Subject } from '../../src/domain/subject.ts';
import { ISSUER, LOCAL, oauth, targetOf, USERS } from './support/activities.ts';

const OAUTH: IdentitySource = { kind: 'oauth', providers: [LOCAL] };
function user(name: string): Subject {
  return { kind: 'User', name };
}

// Values of Go's base64.RawStdEncoding, which oauth-server writes such names in.
suite("behind OpenShift's OAuth server a person is known", () => {
  for (const [name, known] of [
    ['alice', 'alice'],
    ['CORP/alice', 'b64:Q09SUC9hbGljZQ'],
    ['sa/ci:builder', 'b64:c2EvY2k6YnVpbGRlcg'],
    ['b64:not-coded', 'b64:not-coded'],
    ['a%b', 'a%b'],
    // In base64 it would hold a slash, which no User's name does.
    ['a:?', 'a:?'],
  ] as const) {
    test(`as ${known} who is called ${name}`, () => {
      assert.equal(clusterSubject(OAUTH, user(name)).name, known);
      const names = namesOf(OAUTH, user(name)).map((each) => each.name);
      assert.deepEqual(names, name === known ? [name] : [name, known]);
    });
  }

  test('by both names if given in base64, because an onboarding may have the other', () => {
    const coded = user('b64:Q09SUC9hbGljZQ');
    assert.equal(clusterSubject(OAUTH, coded), coded);
    assert.deepEqual(namesOf(OAUTH, coded), [coded, user('CORP/alice')]);
  });

  for (const [name, why] of [
    ['b64:hello', 'is no text'],
    ['b64:YWxpY2U', 'needs no base64'],
    ['b64:Q09SUC9hbGljZR', 'does not become the same again'],
  ] as const) {
    test(`by ${name} alone, whose meaning ${why}`, () => {
      assert.deepEqual(namesOf(OAUTH, user(name)), [user(name)]);
    });
  }

  test('as given if the only provider is Keystone, which refuses such a name', () => {
    const keystone = { name: 'ks', type: 'Keystone' };
    const known = (...providers: (typeof LOCAL | typeof keystone)[]) =>
      clusterSubject({ kind: 'oauth', providers }, user('CORP/alice')).name;
    assert.equal(known(keystone), 'CORP/alice');
    assert.equal(known(keystone, LOCAL), 'b64:Q09SUC9hbGljZQ');
  });

  test('and a group, or any user on plain Kubernetes, as given', () => {
    assert.equal(clusterSubject(OAUTH, { kind: 'Group', name: 'corp/devs' }).name, 'corp/devs');
    assert.equal(clusterSubject({ kind: 'absent' }, user('CORP/alice')).name, 'CORP/alice');
  });
});

async function find(t: TestContext, env: Readonly<Record<string, unknown>>, name: string) {
  const { kube, target } = await targetOf(t, {
    '/apis': { groups: [{ name: 'user.openshift.io' }] },
    [`${USERS}/groups`]: { items: [] },
    [`${USERS}/identities`]: { items: [] },
    ...oauth(LOCAL),
    ...env,
  });
  let found: FoundSubject | undefined;
  await new MockActivityEnvironment().run(async () => {
    found = await createSubjectActivities(target).findSubject({
      subject: { kind: 'User', name },
      accesses: [],
    });
  });
  assert.ok(found);
  return { ...found, lines: kube.lines() };
}

suite('a person called CORP/alice', () => {
  const coded = 'b64:Q09SUC9hbGljZQ';
  const there = {
    [`${USERS}/users/${encodeURIComponent(coded)}`]: {
      metadata: { name: coded, uid: 'u-1' },
      identities: [`local:${coded}`],
    },
  };

  test('is given access as the User that OpenShift keeps, and the report says so', async (t) => {
    const { subject, facts, findings, lines } = await find(t, there, 'CORP/alice');
    assert.deepEqual(subject, user(coded));
    assert.equal(facts.uid, 'u-1');
    assert.match(
      findings.map(describeFinding).join(),
      /knows CORP\/alice as b64:\w+: OpenShift writes a name with/,
    );
    assert.ok(!lines.some((line) => /CORP/.test(line)), lines.join('\n'));
  });

  test('does not exist yet if there is no such User, and the error names the User', async (t) => {
    await assert.rejects(find(t, {}, 'CORP/alice'), {
      type: 'SubjectNotFound',
      message: /^CORP\/alice does not exist .* gets the User b64:Q09SUC9hbGljZQ\. Name that User/,
    });
  });

  test('is known by exactly that name, with its prefix, with an external issuer', async (t) => {
    const { subject } = await find(t, ISSUER, 'CORP/alice');
    assert.deepEqual(subject, user('https://issuer.invalid#CORP/alice'));
  });
});

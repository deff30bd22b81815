import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { describeFinding } from '../../../src/domain/finding.ts';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createRevocationActivities } from '../../../activities/access/grants/revocations.ts';
import type {
  SubjectNames,
  SearchedGrants,
} from '../../../activities/access/grants/revocations.ts';
import type { Target } from '../../../activities/target.ts';
import { namesOf } from '../../../activities/identity/cluster-subject.ts';
import { cluster } from '../../kubernetes/environment.ts';
import type { Environment } from '../../kubernetes/environment.ts';
import { refusal } from '../../kubernetes/kube-server.ts';
import { createGrant } from '../../../src/access/grants/bindings.ts';
import { GRANT, NAME, start } from '../grants/grant.ts';

const ERIN = { kind: 'User', name: 'erin' } as const;
const CONFIG = '/apis/config.openshift.io/v1';

function issuer(prefixString: string) {
  return {
    name: 'corp',
    type: 'OIDC',
    issuer: { issuerURL: 'https://issuer.test' },
    claimMappings: {
      username: { claim: 'sub', prefixPolicy: 'Prefix', prefix: { prefixString } },
      groups: { claim: 'groups', prefix: 'g:' },
    },
  };
}

async function namesIn(t: TestContext, env: Environment, attempt = 1): Promise<SubjectNames> {
  const target = { name: 'prod', cluster: (await cluster(t, env)).cluster };
  let names: SubjectNames | undefined;
  await new MockActivityEnvironment({ attempt }).run(async () => {
    names = await createRevocationActivities(target as Target).findSubjectNames({ subject: ERIN });
  });
  assert.ok(names);
  return names;
}

test('a subject is searched as requested, with the current prefix, and without it', () => {
  const source = { kind: 'oidc' as const, providers: [issuer('corp:')] };
  const of = (kind: 'User' | 'Group', name: string) =>
    namesOf(source, { kind, name }).map((each) => each.name);
  assert.deepEqual(of('User', 'erin'), ['erin', 'corp:erin']);
  assert.deepEqual(of('User', 'corp:erin'), ['corp:erin', 'erin']);
  assert.deepEqual(of('User', 'corp:'), ['corp:']);
  assert.deepEqual(of('Group', 'devs'), ['devs', 'g:devs']);
  const bot = { kind: 'ServiceAccount', namespace: 'team-a', name: 'ci' } as const;
  assert.deepEqual(namesOf(source, bot), [bot]);
  assert.deepEqual(namesOf({ kind: 'absent' }, ERIN), [ERIN]);
});

test('a prefix that may not be read does not stop the revocation, and a finding says so', async (t) => {
  const forbidden = refusal(403, 'Forbidden', 'no');
  const env = {
    [`${CONFIG}/authentications/cluster`]: forbidden,
    [`${CONFIG}/oauths/cluster`]: forbidden,
  };
  const { names, findings } = await namesIn(t, env);
  assert.deepEqual(names, [ERIN]);
  assert.match(
    findings.map(describeFinding).join(),
    /could not read .*403.*searched for that exact name only/,
  );
});

test('a prefix that cannot be read just now is retried a few times', async (t) => {
  const away = refusal(503, 'ServiceUnavailable', 'away');
  const env = {
    [`${CONFIG}/authentications/cluster`]: away,
    [`${CONFIG}/oauths/cluster`]: away,
  };
  await assert.rejects(namesIn(t, env), { type: 'ServerError', nonRetryable: false });
  assert.deepEqual((await namesIn(t, env, 4)).names, [ERIN]);
});

test('what the cluster forbids is retried for ever, and malformed input is not', async (t) => {
  const env = { '/': refusal(403, 'Forbidden', 'no') };
  const { cluster: forbidding } = await cluster(t, new Proxy(env, { get: () => env['/'] }));
  const activities = createRevocationActivities({ cluster: forbidding } as Target);
  const environment = new MockActivityEnvironment();
  const decided = { binding: 'purser:pull:User:alice', namespace: 'team-a', stands: 'x' };
  const order = { access: 'pull:team-a', decided };
  await assert.rejects(
    environment.run(() => activities.revokeGrant(order)),
    { type: 'Forbidden', nonRetryable: false },
  );
  await assert.rejects(
    environment.run(() => activities.revokeGrant({ ...order, access: 'secrets:team-a' })),
    { type: 'InvalidRequest', nonRetryable: true },
  );
});

async function findIn(t: TestContext, status: number, { isThere = true, attempt = 1 } = {}) {
  const { cluster: at } = await start(t, ({ method, query }) =>
    method === 'GET' && query['labelSelector'] !== undefined
      ? refusal(status, 'Reason', 'no list')
      : undefined,
  );
  if (isThere) await createGrant(at, GRANT);
  const activities = createRevocationActivities({ cluster: at } as Target);
  const sought = { names: [GRANT.subject], access: 'pull:team-a' };
  let found: SearchedGrants | undefined;
  await new MockActivityEnvironment({ attempt }).run(async () => {
    found = await activities.findGrants(sought);
  });
  assert.ok(found);
  return found;
}

test("a list that may not be read does not save the binding of the subject's own name, and is reported", async (t) => {
  const { grants, findings } = await findIn(t, 403);
  assert.deepEqual(
    grants.map(({ decided }) => decided.binding),
    [NAME],
  );
  assert.match(
    findings.map(describeFinding).join(),
    /could not list whether pull:team-a .*403 no list/,
  );
});

test('a list that cannot be read just now is retried first, and never counts as an empty one', async (t) => {
  await assert.rejects(findIn(t, 503), { type: 'ServerError', nonRetryable: false });
  assert.equal((await findIn(t, 503, { attempt: 4 })).grants.length, 1);
  await assert.rejects(findIn(t, 403, { isThere: false }), { nonRetryable: false });
});

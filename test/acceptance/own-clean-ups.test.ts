import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { objectSchema } from '../../src/kubernetes/api/objects.ts';
import { proofIdOf } from '../../src/access/model/proof/id.ts';
import { proofQueue, targetQueue } from '../../workflows/contract.ts';
import {
  createNamespace,
  createServiceAccount,
  createUser,
  fresh,
  leftBehind,
  make,
} from './support/fixtures.ts';
import { createStranger, installationOf } from './support/own-calls.ts';
import type { Stranger } from './support/own-calls.ts';
import { openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

const USERS = '/apis/user.openshift.io/v1';
const IMAGES = '/apis/image.openshift.io/v1';

describe('a clean-up after a proof', () => {
  let env: Environment;
  let stranger: Stranger;
  const off = fresh('off');
  before(async () => {
    env = await openEnvironment();
    const none = { mintTokens: false, serviceAccountTokens: [], canary: false };
    await env.serve({ [off]: { proof: none } });
    stranger = await createStranger(env);
  });
  after(async () => {
    await stranger?.stop();
    await env.close();
  });

  const call = (activity: string, input: unknown, taskQueue = proofQueue('sandbox')) => ({
    activity,
    taskQueue,
    input,
  });

  test('runs although the settings that allowed the proof are off', async () => {
    const [namespace, person] = [await createNamespace(env), await createUser(env)];
    const installation = await installationOf(env);
    const mark = (runId: string) => ({
      labels: { 'purser.dev/proof': proofIdOf(runId), 'purser.dev/installation': installation },
    });
    const held = (subject: object) => ({ subject, accesses: [`push:${namespace}`] });
    const account = { kind: 'ServiceAccount', namespace: 'team-a', name: 'default' };
    const { runId, failure } = await stranger.call(
      [
        call('undoProof', held(person), proofQueue(off)),
        call('undoProof', held(account), proofQueue(off)),
      ],
      async (id) => {
        await makeToken(env, person.name, mark(id));
        await make(env, '/api/v1/namespaces/team-a/secrets', {
          kind: 'Secret',
          metadata: { name: `purser-proof-${proofIdOf(id)}`, ...mark(id) },
        });
        await makeStream(env, namespace, `purser-canary-${proofIdOf(id)}`, mark(id));
        assert.equal((await leftBehind(env, [namespace], id)).length, 3);
      },
    );
    assert.equal(failure, undefined);
    assert.deepEqual(await leftBehind(env, [namespace], runId), []);
  });

  test("leaves a stranger's image stream that has the canary's name, and says so", async () => {
    const [namespace, subject] = [await createNamespace(env), await createUser(env)];
    const held = { subject, accesses: [`push:${namespace}`] };
    let name = '';
    const { answers } = await stranger.call([call('undoProof', held)], async (runId) => {
      name = `purser-canary-${proofIdOf(runId)}`;
      await makeStream(env, namespace, name, {});
    });
    assert.ok(await env.admin.get(`${IMAGES}/namespaces/${namespace}/imagestreams/${name}`));
    const stays = `${namespace}/${name} stays: it has the name of a canary, but Purser did not make it`;
    assert.deepEqual(answers, [{ notes: [stays] }]);
    const pushed = await stranger.call(
      [
        call('grantAccess', { ...held, claimed: {} }, targetQueue('sandbox')),
        call('proveAccess', { ...held, prove: 'if-possible' }),
      ],
      async (runId) => {
        name = `purser-canary-${proofIdOf(runId)}`;
        await makeStream(env, namespace, name, {});
      },
    );
    assert.match(JSON.stringify(pushed.answers[1]), /"not-tried".*is there and is not Purser's/);
    assert.ok(await env.admin.get(`${IMAGES}/namespaces/${namespace}/imagestreams/${name}`));
  });

  test('does not fail without a right if nothing can have been made, and says so', async () => {
    const namespace = await createNamespace(env);
    const subject = await createServiceAccount(env, namespace);
    const held = { subject, accesses: [`pull:${namespace}`] };
    const { answers, failure } = await stranger.call([call('undoProof', held, proofQueue(off))]);
    assert.equal(failure, undefined);
    assert.match(
      JSON.stringify(answers),
      new RegExp(`Secrets of ${namespace} were not checked: the settings .* are off`),
    );
    const using = fresh('using');
    await env.serve({ [using]: { proof: { serviceAccountTokens: [namespace] } } });
    const needed = await stranger.call([call('undoProof', held, proofQueue(using))]);
    assert.equal(needed.failure?.type, 'Forbidden', 'a token may be left, and nobody looked');
  });
});

async function makeToken(env: Environment, userName: string, metadata: object): Promise<void> {
  const user = objectSchema.parse(await env.admin.get(`${USERS}/users/${userName}`));
  const userUID = user.metadata.uid;
  await make(env, '/apis/oauth.openshift.io/v1/oauthaccesstokens', {
    kind: 'OAuthAccessToken',
    metadata: { name: `sha256~${fresh('token')}`.padEnd(50, 'x'), ...metadata },
    clientName: 'purser',
    expiresIn: 300,
    redirectURI: 'https://purser.invalid/not-used',
    scopes: ['role:system:basic-user:*'],
    userName,
    userUID,
  });
}

async function makeStream(
  env: Environment,
  namespace: string,
  name: string,
  metadata: object,
): Promise<void> {
  const body = { kind: 'ImageStream', metadata: { name, ...metadata } };
  await make(env, `${IMAGES}/namespaces/${namespace}/imagestreams`, body);
}

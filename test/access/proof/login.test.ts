import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mock, suite, test } from 'node:test';
import type { TestContext } from 'node:test';
import { createRecorder } from '../../../activities/access/proof/steps.ts';
import { runPlan } from '../../../activities/access/proof/run-plan.ts';
import { RegistryFailure } from '../../../src/registry/failure.ts';
import { refusal, startKube } from '../../kubernetes/kube-server.ts';
import type { Asked, Answer } from '../../kubernetes/kube-server.ts';
import {
  ACCESS_DENIED,
  ca,
  failing,
  HOST,
  json,
  marked,
  ORIGIN,
  patience,
  stage,
  unauthorized,
} from '../../registry/play.ts';
import type { Reply, Seen } from '../../registry/play.ts';
import { ALICE, targetOf } from '../../identity/support/activities.ts';

const TOKENS = '/apis/oauth.openshift.io/v1/oauthaccesstokens';
const ROUTE =
  '/apis/route.openshift.io/v1/namespaces/openshift-image-registry/routes/default-route';

/** The token objects of a cluster, by name, and when each ends. */
type Tokens = Map<string, number>;

function createApi(tokens: Tokens) {
  return ({ method, path, body }: Asked): Answer => {
    if (method === 'GET' && path === ROUTE) {
      return { status: 200, body: { status: { ingress: [{ host: HOST }] } } };
    }
    if (method === 'POST' && path === TOKENS) {
      const { metadata, expiresIn } = body as { metadata: { name: string }; expiresIn: number };
      tokens.set(metadata.name, Date.now() + expiresIn * 1_000);
      return { status: 201, body };
    }
    const name = decodeURIComponent(path.slice(TOKENS.length + 1));
    if (method === 'DELETE' && tokens.delete(name)) return { status: 200, body: {} };
    return refusal(404, 'NotFound', 'not found');
  };
}

/** A registry that takes a token for as long as its object is there and has not ended. */
function createFront(tokens: Tokens) {
  const isGood = (secret: string) => {
    const hash = createHash('sha256').update(secret.replace(/^sha256~/, ''));
    return (tokens.get(`sha256~${hash.digest('base64url')}`) ?? 0) > Date.now();
  };
  return ({ url, headers }: Seen): Reply => {
    const [scheme, given = ''] = (headers.authorization ?? '').split(' ');
    if (url.startsWith('/openshift/token')) {
      const secret = Buffer.from(given, 'base64').toString().split(':')[1] ?? '';
      return isGood(secret) ? json(200, { access_token: secret }) : marked({ status: 401 });
    }
    if (scheme !== 'Bearer') return unauthorized(`Bearer realm="${ORIGIN}/openshift/token"`);
    if (!isGood(given)) return unauthorized(ACCESS_DENIED);
    if (url === '/v2/') return json(200, {});
    return failing(404, 'MANIFEST_UNKNOWN', 'manifest unknown');
  };
}

const mark = { proof: 'p', madeBy: 'onboard/x/run', installation: '0123456789abcdef' };

/** Proves pulls from three namespaces; `at` is told what was done, and may meddle. */
async function provePulls(
  t: TestContext,
  at: (point: string, tokens: Tokens) => void,
  {
    api = createApi,
    withinMs,
  }: { readonly api?: typeof createApi; readonly withinMs?: number } = {},
) {
  const tokens: Tokens = new Map();
  const front = await stage(createFront(tokens));
  t.after(() => front.close());
  const kube = await startKube(t, api(tokens));
  const { target } = await targetOf(
    t,
    {},
    {
      cluster: await kube.cluster(),
      registry: {
        reach: 'route',
        connect: { host: '127.0.0.1', port: front.port },
        ca: ca.cert,
      },
      proof: { mintTokens: true, serviceAccountTokens: [], canary: false },
      at: (point) => at(point, tokens),
    },
  );
  const signal = withinMs === undefined ? patience() : AbortSignal.timeout(withinMs);
  const isOutOfTime = () => withinMs !== undefined && signal.aborted;
  const recorder = createRecorder({ signal, isOutOfTime }, () => {});
  const facts = { exists: true, uid: 'u-1', groups: [] };
  const plan = ['a', 'b', 'c'].map((namespace) => ({ do: 'pull', namespace }) as const);
  await runPlan(target, { subject: ALICE, facts, mark, scopes: ['user:full'] }, plan, {
    recorder,
    signal,
    isOutOfTime,
    hasPatience: () => withinMs === undefined,
  });
  return { recorder, kube, tokens };
}

suite('the token of a proof', () => {
  test('is acquired once if the proof is short, and released', async (t) => {
    const { recorder, kube, tokens } = await provePulls(t, () => {});
    assert.deepEqual(outcomesOf(recorder), ['passed', 'passed', 'passed', 'passed', 'passed']);
    assert.equal(kube.lines().filter((line) => line === `POST ${TOKENS}`).length, 1);
    assert.equal(tokens.size, 0);
  });

  test('is exchanged for a new one before it ends in a proof that takes longer', async (t) => {
    mock.timers.enable({ apis: ['Date'], now: Date.now() });
    t.after(() => mock.timers.reset());
    const { recorder, kube, tokens } = await provePulls(t, (point) => {
      if (point.startsWith('pull ')) mock.timers.setTime(Date.now() + 200_000);
    });
    assert.deepEqual(outcomesOf(recorder), ['passed', 'passed', 'passed', 'passed', 'passed']);
    assert.equal(kube.lines().filter((line) => line === `POST ${TOKENS}`).length, 3);
    assert.equal(tokens.size, 0);
  });

  test('that is deleted in the middle leaves the rest untried, and fails no onboarding', async (t) => {
    const { recorder } = await provePulls(t, (point, tokens) => {
      if (point === 'pull b') tokens.clear();
    });
    assert.deepEqual(outcomesOf(recorder), ['passed', 'passed', 'passed', 'passed', 'not-tried']);
    assert.equal(recorder.steps.at(-1)?.cause, 'probe');
    assert.match(recorder.steps.at(-1)?.detail ?? '', /rejects it now/);
    // Another attempt has another token.
    assert.equal(recorder.passing?.step, 'pull c');
  });

  test("that does not come until the last attempt's time is over leaves all untried, and fails no onboarding", async (t) => {
    const silent: typeof createApi = (tokens) => {
      const api = createApi(tokens);
      return (asked) => (asked.method === 'POST' && asked.path === TOKENS ? 'never' : api(asked));
    };
    const { recorder } = await provePulls(t, () => {}, { api: silent, withinMs: 1_000 });
    assert.deepEqual(outcomesOf(recorder), ['passed', ...Array(4).fill('not-tried')]);
    assert.match(String(recorder.steps.at(-1)?.detail), /ran out of time before it had a token/);
  });

  test('that is refused at the login fails it, as any refusal', async (t) => {
    const { recorder } = await provePulls(t, (point, tokens) => {
      if (point === 'token borrowed') tokens.clear();
    });
    const [reach, login, ...rest] = outcomesOf(recorder);
    assert.deepEqual([reach, login], ['passed', 'failed']);
    assert.deepEqual(rest, ['not-tried', 'not-tried', 'not-tried']);
  });
});

function outcomesOf({ steps }: { readonly steps: readonly { readonly outcome: string }[] }) {
  return steps.map(({ outcome }) => outcome);
}

test('a refusal counts although the time ended meanwhile, and any other end is no failure', async () => {
  const signal = AbortSignal.abort(new Error('out of time'));
  const recorder = createRecorder({ signal, isOutOfTime: () => true }, () => {});
  const tried = { method: 'GET', path: '/v2/a/b/manifests/c', origin: ORIGIN };
  await recorder.run('refused', () =>
    Promise.reject(new RegistryFailure(tried, '401', { failureCause: 'forbidden' })),
  );
  await recorder.run('cut off', () => Promise.reject(signal.reason));
  assert.deepEqual(outcomesOf(recorder), ['failed', 'not-tried']);
});

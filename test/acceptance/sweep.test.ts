import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { describeFinding } from '../../src/domain/finding.ts';
import { z } from 'zod';
import type { Subject } from '../../src/domain/subject.ts';
import type { Swept, SweptKind } from '../../src/access/model/sweep.ts';
import { startOnboard, startSweep } from '../../src/temporal/starts.ts';
import { abandonUndoUpdate, progressQuery } from '../../workflows/contract.ts';
import { eventually } from '../sandbox/support/eventually.ts';
import { openApiProxy } from './support/api-proxy.ts';
import type { ApiProxy } from './support/api-proxy.ts';
import {
  createNamespace,
  createUser,
  fresh,
  grantsIn,
  make,
  newcomer,
} from './support/fixtures.ts';
import { clearAway, leaveBehind } from './support/left-behind.ts';
import { goApart } from './support/namespace.ts';
import type { Apart } from './support/namespace.ts';
import { endOf, openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const bindingSchema = z.object({
  metadata: z.object({
    name: z.string(),
    labels: z.record(z.string(), z.string()),
    annotations: z.record(z.string(), z.string()),
  }),
  roleRef: z.unknown(),
  subjects: z.unknown(),
});

// An installation of the story's own, whose mark no other story's things carry.
describe('a sweep', () => {
  let env: Environment;
  let proxy: ApiProxy;
  let apart: Apart;
  let installation: string;
  let ended: string;
  const closing: (() => Promise<void>)[] = [];
  before(async () => {
    env = await openEnvironment();
    proxy = await openApiProxy(env);
    const base = env.config.targets['sandbox'];
    const sandbox = { ...base, kubeconfig: proxy.kubeconfig, patience: '5s' };
    apart = await goApart(env, { targets: { sandbox, lent: sandbox } });
    closing.unshift(await apart.work(['workflows', 'steps', 'proof']));
    const { binding, report } = await grant();
    installation = binding.metadata.labels['purser.dev/installation'] ?? '';
    ended = `${report.workflowId}/${report.runId}`;
  });
  after(async () => {
    for (const close of closing) await close();
    await clearAway(env);
    await proxy.close();
    await env.close();
  });

  const begin = async (subject: Subject, namespace: string, more: object = {}) =>
    startOnboard(apart.client, {
      target: 'sandbox',
      subject,
      accesses: [`pull:${namespace}`],
      prove: 'if-possible',
      ...more,
    });
  const grant = async () => {
    const [subject, namespace] = [await createUser(env), await createNamespace(env)];
    const { report } = await endOf((await begin(subject, namespace)).result());
    assert.equal(report.outcome, 'proven', JSON.stringify(report.failure));
    return { subject, namespace, report, binding: await bindingIn(env, namespace) };
  };
  const sweep = async () => (await startSweep(apart.client, 'sandbox')).result();

  /** A run that failed, and whose binding is still there. */
  const failAndLeave = async () => {
    const [subject, namespace] = [await createUser(env), await createNamespace(env)];
    await env.fault({ tokenRoute: 'broken' });
    proxy.refuseOnly(403, /^DELETE .*\/rolebindings\//);
    const handle = await begin(subject, namespace);
    await eventually(
      'it to be undoing',
      async () => {
        const [state] = (await handle.describe()).searchAttributes['PurserState'] ?? [];
        return state === 'undoing';
      },
      60_000,
    );
    await handle.executeUpdate(abandonUndoUpdate);
    const { report } = await endOf(handle.result());
    await env.fault({});
    proxy.refuse(undefined);
    return { subject, namespace, report };
  };

  test('removes the binding of a run whose report says that it failed, and leaves alone what is proven', async () => {
    const proven = await grant();
    const { namespace, report } = await failAndLeave();
    const binding = await bindingIn(env, namespace);
    assert.equal(report.undone?.state, 'left');
    assert.deepEqual(
      report.undone.left.map(({ what }) => what),
      [`RoleBinding ${namespace}/${binding.metadata.name}`],
    );

    const swept = await sweep();
    assert.deepEqual(await grantsIn(env, namespace), []);
    assert.equal((await grantsIn(env, proven.namespace)).length, 1);
    assert.match(whyRemoved(swept, 'binding', namespace), /failed, and has ended/);
    assert.equal(whyReported(swept, 'binding', proven.namespace), '');
  });

  test('keeps what a later run proved and could not mark, and copies by hand', async () => {
    const { subject, namespace } = await failAndLeave();
    const { metadata, ...gives } = await bindingIn(env, namespace);
    const { name: own, labels, annotations } = metadata;
    const copy = { ...gives, metadata: { name: 'by-hand', labels, annotations } };
    await make(env, `${RBAC}/namespaces/${namespace}/rolebindings`, copy);
    proxy.refuseOnly(403, /^PATCH .*\/rolebindings\//);
    const { report } = await endOf((await begin(subject, namespace)).result());
    proxy.refuse(undefined);
    assert.equal(report.outcome, 'proven', JSON.stringify(report.failure));
    const swept = await sweep();
    assert.deepEqual((await grantsIn(env, namespace)).toSorted(), ['by-hand', own].toSorted());
    assert.match(whyReported(swept, 'binding', `${namespace}/by-hand`), /may be a copy/);
    assert.equal(whyReported(swept, 'binding', `${namespace}/${own}`), '');
  });

  test("keeps what an onboarding of another target's name has found in place", async () => {
    const { subject, namespace } = await failAndLeave();
    const hold = proxy.holdBack(/^PATCH .*\/rolebindings\//);
    const handle = await begin(subject, namespace, { target: 'lent' });
    await hold.held;
    const swept = await sweep();
    assert.equal(whyReported(swept, 'binding', namespace), '');
    hold.release();
    const { report } = await endOf(handle.result());
    assert.equal(report.outcome, 'proven', JSON.stringify(report.failure));
    assert.doesNotMatch(report.findings.map(describeFinding).join(), /is gone|could not mark/);
    assert.equal((await grantsIn(env, namespace)).length, 1);
  });

  test('reports the binding of a run that was terminated, and leaves it where it is', async () => {
    const [subject, namespace] = [newcomer(), await createNamespace(env)];
    await env.fault({ hang: true });
    const person = await createUser(env);
    const handle = await begin(person, namespace);
    await eventually('the proof to be under way', async () => {
      return (await handle.query(progressQuery)).running === 'proof';
    });
    assert.equal(whyReported(await sweep(), 'binding', namespace), '', 'its run is open');
    await handle.terminate('by the story');
    await env.fault({});
    const swept = await sweep();
    assert.match(
      whyReported(swept, 'binding', namespace),
      /ended as TERMINATED without a report/,
      subject.name,
    );
    assert.equal((await grantsIn(env, namespace)).length, 1);
  });

  test('reports a binding of an unknown run, and ignores those of another installation', async () => {
    const mine = await grant();
    await annotate(env, mine, {
      'purser.dev/made-by': `onboard/sandbox/User/x/${crypto.randomUUID()}`,
    });
    const theirs = await grant();
    await annotate(
      env,
      theirs,
      { 'purser.dev/made-by': 'no run' },
      { 'purser.dev/installation': 'f'.repeat(16) },
    );
    const swept = await sweep();
    assert.match(whyReported(swept, 'binding', mine.namespace), /neither Temporal nor the archive/);
    assert.equal(whyReported(swept, 'binding', theirs.namespace), '');
    assert.equal((await grantsIn(env, theirs.namespace)).length, 1);
    assert.equal((await grantsIn(env, mine.namespace)).length, 1);
  });

  test('reports a name that another subject has now', async () => {
    const { subject, namespace } = await grant();
    const users = '/apis/user.openshift.io/v1/users';
    await env.admin.send('DELETE', `${users}/${subject.name}`);
    await make(env, users, { metadata: { name: subject.name } });
    assert.match(whyReported(await sweep(), 'binding', namespace), /was deleted and made anew/);
    assert.equal((await grantsIn(env, namespace)).length, 1);
  });

  const waiting = async () => {
    const handle = await begin(newcomer(), await createNamespace(env), { waitForLogin: '1h' });
    closing.unshift(async () => void (await handle.terminate()));
    return `${handle.workflowId}/${(await handle.describe()).runId}`;
  };
  const places = {
    secret: '/api/v1/namespaces/team-a/secrets',
    token: '/apis/oauth.openshift.io/v1/oauthaccesstokens',
    canary: '/apis/image.openshift.io/v1/namespaces/team-a/imagestreams',
  } as const;
  for (const kind of ['secret', 'token', 'canary'] as const) {
    test(`removes the ${kind} of a proof whose run has ended, and no other`, async () => {
      const leave = (madeBy: string, own = installation) =>
        leaveBehind(env, kind, places[kind], { madeBy, installation: own });
      const gone = await leave(ended);
      const open = await leave(await waiting());
      const strange = await leave(`onboard/sandbox/User/x/${crypto.randomUUID()}`);
      const { report } = await grant();
      const theirs = await leave(`${report.workflowId}/${report.runId}`, 'f'.repeat(16));
      const swept = await sweep();
      const still = async (name: string) =>
        (await env.admin.send('GET', `${places[kind]}/${name}`)).status;
      assert.deepEqual(
        [
          await still(gone.name),
          await still(open.name),
          await still(strange.name),
          await still(theirs.name),
        ],
        [404, 200, 200, 200],
      );
      assert.match(whyRemoved(swept, kind, gone.proof), /has ended \(COMPLETED\)/);
      assert.match(whyReported(swept, kind, strange.proof), /Temporal does not know its run/);
      assert.equal(whyReported(swept, kind, theirs.proof), '');
      assert.equal(whyReported(swept, kind, open.proof), '');
    });
  }
});

describe('a sweep without a worker for proofs', () => {
  test('sweeps the bindings, and says what it could not list', async (t) => {
    const env = await openEnvironment();
    t.after(() => env.close());
    const target = fresh('steps-alone');
    await env.serve({ [target]: {} }, ['steps']);
    const swept = await (await startSweep(env.client, target)).result();
    const unseen = swept.parts.filter((part) => part.unseen.length > 0);
    assert.deepEqual(
      unseen.map(({ kind }) => kind),
      ['secret', 'token', 'canary'],
    );
    assert.match(String(unseen[0]?.unseen[0]), /no worker for proofs answered within a minute/);
  });
});

async function bindingIn(env: Environment, namespace: string) {
  const [name = ''] = await grantsIn(env, namespace);
  const { body } = await env.admin.send(
    'GET',
    `${RBAC}/namespaces/${namespace}/rolebindings/${name}`,
  );
  return bindingSchema.parse(body);
}

async function annotate(
  env: Environment,
  {
    namespace,
    binding,
  }: { readonly namespace: string; readonly binding: z.infer<typeof bindingSchema> },
  annotations: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>> = {},
): Promise<void> {
  const at = `${RBAC}/namespaces/${namespace}/rolebindings/${binding.metadata.name}`;
  const { status, body } = await env.admin.send('PATCH', at, {
    metadata: { annotations, labels },
  });
  assert.equal(status, 200, JSON.stringify(body));
}

function whyRemoved({ parts }: Swept, kind: SweptKind, name: string): string {
  return whyIn(parts.find((part) => part.kind === kind)?.removed.first, name);
}

function whyReported({ parts }: Swept, kind: SweptKind, name: string): string {
  return whyIn(parts.find((part) => part.kind === kind)?.reported.first, name);
}

function whyIn(
  things: readonly { readonly what: string; readonly why: string }[] | undefined,
  name: string,
): string {
  return (things ?? [])
    .filter(({ what }) => what.includes(name))
    .map(({ why }) => why)
    .join('; ');
}

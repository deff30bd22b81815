import type { Finding } from '../../../src/domain/finding.ts';
import { createCluster } from '../../../src/kubernetes/api/cluster.ts';
import { ownBearer } from '../../../src/kubernetes/api/own-bearer.ts';
import { canaryStream } from '../../../src/access/canaries.ts';
import type { ProofMark } from '../../../src/openshift/tokens.ts';
import { PurserError } from '../../../src/domain/errors.ts';
import { stepName } from '../../../src/access/model/proof/plan.ts';
import type { ProofStep } from '../../../src/access/model/proof/plan.ts';
import { subjectKey } from '../../../src/domain/subject.ts';
import { proofAgent } from '../../../src/user-agent.ts';
import type { Registry } from '../../../src/registry/registry.ts';
import type { Target } from '../../target.ts';
import { isPassing } from '../../attempt.ts';
import { perform } from './perform.ts';
import { canaryOf, prepareCanary, pushCanary } from './images/canary.ts';
import { describeOwnFailure } from './context.ts';
import type { ProofContext, Trial } from './context.ts';
import { acquireToken } from './acquire-token.ts';
import type { ProofSubject } from './acquire-token.ts';
import { READING_WITHIN_MS } from './images/read.ts';
import { createLogin, withToken } from './login.ts';
import type { RegistryLogin } from './login.ts';
import { expectRefusal, existingBinding } from './refusals.ts';
import { inspectRegistry, openRegistry } from './registry.ts';
import type { StepResult } from './steps.ts';

/**
 * Tries everything at the registry: reach, login, and the acts of the plan, with a token of the
 * subject. The token is always released at the end.
 */
export async function runPlan(
  target: Target,
  proofSubject: ProofSubject,
  plan: readonly ProofStep[],
  context: ProofContext,
): Promise<void> {
  const { recorder, signal } = context;
  const rest = ['login', ...plan.map(stepName)];
  let registry: Registry | undefined;
  try {
    const reached = await recorder.run('reach', async () => {
      const opened = await openRegistry(target, proofAgent(proofSubject.mark.proof), signal);
      registry = opened.registry;
      return inspectRegistry(opened.registry, opened.way, recorder, signal);
    });
    target.at('reached');
    if (registry === undefined || reached.outcome !== 'passed') {
      recorder.skip(rest, 'the registry was not reached');
      return;
    }
    const acquired = await acquire(target, proofSubject, context);
    if ('obstacle' in acquired) {
      recorder.skip(rest, acquired.obstacle);
      return;
    }
    target.at('token borrowed');
    const login = createLogin(target, proofSubject, {
      registry,
      acquired,
      addFinding: (finding) => recorder.addFinding(finding),
      signal,
    });
    try {
      await withLogin(target, proofSubject, plan, { ...context, registry, login });
    } finally {
      await login.release();
    }
  } finally {
    await registry?.close();
  }
}

/** Without a token the steps are not tried, and the grant stays: that is no fault of the subject. */
async function acquire(
  target: Target,
  proofSubject: ProofSubject,
  { hasPatience, isOutOfTime, signal }: ProofContext,
): Promise<Awaited<ReturnType<typeof acquireToken>>> {
  try {
    return await acquireToken(target, proofSubject, signal);
  } catch (error) {
    if (isOutOfTime() && !hasPatience()) {
      return { obstacle: 'Purser ran out of time before it had a token to try it with' };
    }
    signal.throwIfAborted();
    if (isPassing(error) && hasPatience()) throw error;
    return { obstacle: `Purser got no token to try it with: ${describeOwnFailure(error)}` };
  }
}

async function withLogin(
  target: Target,
  proofSubject: ProofSubject,
  plan: readonly ProofStep[],
  context: ProofContext & { readonly registry: Registry; readonly login: RegistryLogin },
): Promise<void> {
  const { recorder, registry, login, signal, image } = context;
  const loggedIn = await recorder.run('login', async () => {
    await login.current();
    return { detail: `${registry.origin}/v2/ answers 401 without a token and 200 with this one` };
  });
  target.at('logged in');
  if (loggedIn.outcome !== 'passed') {
    const what = loggedIn.outcome === 'failed' ? 'failed' : 'could not be tried';
    recorder.skip(plan.map(stepName), `the login ${what}`);
    return;
  }
  const { mark } = proofSubject;
  const trial = {
    target,
    origin: registry.origin,
    mark,
    image,
    readingBudget: { leftMs: READING_WITHIN_MS },
    chosenBudget: { leftMs: READING_WITHIN_MS },
    addFinding: (finding: Finding) => recorder.addFinding(finding),
    signal,
    pushOwnCanary: target.proof.canary ? canaryPusher(target, registry, mark, signal) : undefined,
  };
  for (const act of plan) {
    // In order, as the report shows them
    await recorder.run(stepName(act), () =>
      withToken(async () => {
        const { session, token } = await login.current();
        const asSubject = createCluster(target.cluster.connection.bearing(token));
        return runSteps({ ...trial, session, asSubject }, proofSubject, act);
      }),
    );
    target.at(stepName(act));
  }
}

async function runSteps(
  trial: Trial,
  proofSubject: ProofSubject,
  act: ProofStep,
): Promise<StepResult> {
  const { target, signal } = trial;
  const { subject, facts, through } = proofSubject;
  if (act.do.startsWith('refuse-')) return expectRefusal({ ...trial, subject, facts }, act);
  if (through === undefined) return perform(trial, act);
  const without = { ...facts, groups: facts.groups.filter((group) => group !== through) };
  const other = await existingBinding({ target, subject, facts: without, signal }, act);
  if (other === undefined) return perform(trial, act);
  const who = subjectKey(subject);
  return {
    outcome: 'not-tried',
    detail: `${who} ${other}, with or without ${through}; name another member with --prove-as`,
  };
}

const NO_TOKEN =
  'its kubeconfig holds a client certificate or a password, and a registry needs a token; use one of a service account (token, tokenFile)';

/** Pushes the canary with the token of Purser's own account, if it has one. */
function canaryPusher(target: Target, registry: Registry, mark: ProofMark, signal: AbortSignal) {
  return async (namespace: string): Promise<void> => {
    const token = await ownBearer(target.cluster, signal);
    if (token === undefined) throw new PurserError('NotConfigured', NO_TOKEN);
    const why = await prepareCanary(target, canaryOf(mark, namespace), target.cluster, signal);
    if (why !== undefined) throw new PurserError('Conflict', why.detail);
    const session = await registry.login(token, { account: 'purser' }, signal);
    await pushCanary(session, `${namespace}/${canaryStream(mark.proof)}`, signal);
  };
}

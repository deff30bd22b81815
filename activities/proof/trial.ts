import { stepName } from '../../src/domain/proof-plan.ts';
import type { Act } from '../../src/domain/proof-plan.ts';
import { subjectKey } from '../../src/domain/subject.ts';
import { proofAgent } from '../../src/user-agent.ts';
import type { Registry } from '../../src/registry/registry.ts';
import type { Session } from '../../src/registry/session.ts';
import type { Target } from '../target.ts';
import { canaryStream, perform, pushCanary } from './acts.ts';
import type { Trial } from './acts.ts';
import { borrowToken } from './borrow.ts';
import type { Borrower } from './borrow.ts';
import { expectRefusal, otherWay } from './refusals.ts';
import { inspect, openRegistry } from './registry.ts';
import type { Recorder, Told } from './steps.ts';

interface Course {
  readonly recorder: Recorder;
  readonly signal: AbortSignal;
}

/**
 * Everything that is tried over the wire: reach, login, and the acts of the plan, with a token of
 * the subject's that is given back at the end, whatever happens.
 */
export async function tryActs(
  target: Target,
  borrower: Borrower,
  plan: readonly Act[],
  course: Course,
): Promise<void> {
  const { recorder, signal } = course;
  const rest = ['login', ...plan.map(stepName)];
  let registry: Registry | undefined;
  try {
    const reached = await recorder.run('reach', async () => {
      const opened = await openRegistry(target, proofAgent(borrower.proof), signal);
      registry = opened.registry;
      return inspect(opened.registry, opened.way, recorder, signal);
    });
    target.at('reached');
    if (registry === undefined || reached.outcome !== 'passed') {
      recorder.skip(rest, 'the registry was not reached');
      return;
    }
    const borrowed = await borrowToken(target, borrower, signal);
    if ('whyNot' in borrowed) {
      recorder.skip(rest, borrowed.whyNot);
      return;
    }
    target.at('token borrowed');
    try {
      await withLogin(target, borrower, plan, { ...course, registry, token: borrowed.token });
    } finally {
      // Not under the activity's signal: a cancelled proof gives its token back, too.
      await borrowed.giveBack();
    }
  } finally {
    await registry?.close();
  }
}

async function withLogin(
  target: Target,
  borrower: Borrower,
  plan: readonly Act[],
  course: Course & { readonly registry: Registry; readonly token: string },
): Promise<void> {
  const { recorder, registry, token, signal } = course;
  const account = subjectKey(borrower.subject).replaceAll(':', '-');
  let session: Session | undefined;
  await recorder.run('login', async () => {
    session = await registry.login(token, { account }, signal);
    return { detail: `${registry.origin}/v2/ answers 401 without a token and 200 with this one` };
  });
  target.at('logged in');
  if (session === undefined) {
    recorder.skip(plan.map(stepName), 'the login failed');
    return;
  }
  const stream = canaryStream(borrower.proof);
  const trial = {
    target,
    session,
    stream,
    signal,
    lendCanary: target.proof.canary ? lender(target, registry, stream, signal) : undefined,
  };
  for (const act of plan) {
    // In order: the report tells what came after what
    await recorder.run(stepName(act), () => carryOut(trial, borrower, act));
    target.at(stepName(act));
  }
}

async function carryOut(trial: Trial, borrower: Borrower, act: Act): Promise<Told> {
  const { target, signal } = trial;
  const { subject, facts, through } = borrower;
  if (act.do.startsWith('refuse-')) return expectRefusal({ ...trial, subject, facts }, act);
  if (through === undefined) return perform(trial, act);
  const without = { ...facts, groups: facts.groups.filter((group) => group !== through) };
  const other = await otherWay({ target, subject, facts: without, signal }, act);
  if (other === undefined) return perform(trial, act);
  const who = subjectKey(subject);
  return {
    outcome: 'not-tried',
    detail: `${who} ${other}, with or without ${through}; name another member with --prove-as`,
  };
}

/** Pushes the canary with the token of Purser's own account, where it has one. */
function lender(target: Target, registry: Registry, stream: string, signal: AbortSignal) {
  return async (namespace: string): Promise<void> => {
    const credentials = await target.cluster.connection.credentials();
    const header = credentials['Authorization'] ?? credentials['authorization'] ?? '';
    const session = await registry.login(
      header.replace(/^Bearer /, ''),
      { account: 'purser' },
      signal,
    );
    await pushCanary(session, `${namespace}/${stream}`, signal);
  };
}

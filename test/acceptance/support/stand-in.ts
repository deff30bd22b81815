import { NativeConnection, Worker } from '@temporalio/worker';
import { SEVERITY_OF } from '../../health/evaluation/runs.ts';
import type { Examination, Examined } from '../../../activities/health/examination.ts';
import type { CheckResult, Verdict } from '../../../src/health/model/checks.ts';
import { targetQueue } from '../../../workflows/contract.ts';
import type { Apart } from './namespace.ts';
import type { Environment } from './environment.ts';

/** In place of the checks, where what is tried is not what they find but what becomes of it. */
export interface StandIn {
  /** What the next runs find; `undefined`: the activity fails, and not by a passing fault. */
  finds(verdict: Verdict | undefined): void;
  /** The checks do not end any more, until they are let go. */
  hold(): void;
  letGo(): void;
  /** Whether checks are held now. */
  isHeld(): boolean;
  /** What the runs were given to remember, in their order. */
  readonly given: unknown[];
  stop(): Promise<void>;
}

/** Serves a target's task queue with one check, whose results the story chooses. */
export async function standIn(env: Environment, apart: Apart, target: string): Promise<StandIn> {
  const connection = await NativeConnection.connect({ address: env.info.temporal.address });
  const given: unknown[] = [];
  let verdict: Verdict | undefined = 'healthy';
  const gate = createGate();
  const runHealthChecks = async ({ memory }: Examination): Promise<Examined> => {
    await gate.pass();
    if (verdict === undefined) throw new Error('the kubeconfig is gone');
    given.push(memory['write-path']);
    return { results: [resultOf(verdict, given.length)], apiRequests: 0 };
  };
  const worker = await Worker.create({
    connection,
    namespace: apart.client.options.namespace,
    taskQueue: targetQueue(target),
    activities: { runHealthChecks },
  });
  const ended = worker.run();
  return {
    finds: (next) => void (verdict = next),
    hold: gate.close,
    letGo: gate.open,
    isHeld: gate.isWaitedAt,
    given,
    stop: async () => {
      gate.open();
      worker.shutdown();
      await ended;
      await connection.close();
    },
  };
}

function createGate() {
  let closed: ReturnType<typeof Promise.withResolvers<void>> | undefined;
  let waiting = 0;
  return {
    pass: async () => {
      if (closed === undefined) return;
      waiting += 1;
      await closed.promise;
      waiting -= 1;
    },
    close: () => void (closed ??= Promise.withResolvers()),
    open: () => {
      closed?.resolve();
      closed = undefined;
    },
    isWaitedAt: () => waiting > 0,
  };
}

function resultOf(verdict: Verdict, memory: number): CheckResult {
  return {
    check: 'write-path',
    verdict,
    findings:
      verdict === 'healthy'
        ? []
        : [
            {
              severity: SEVERITY_OF[verdict],
              cause: 'storage',
              text: 'nothing can be written',
              advice: 'prune',
            },
          ],
    durationMs: 3,
    measurements: { push_ms: 2 },
    memory,
  };
}

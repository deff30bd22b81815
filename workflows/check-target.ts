import { z } from 'zod';
import { targetSchema } from '../src/domain/request.ts';
import type { DoctorCheck } from '../src/domain/finding.ts';
import { firstStepOn, proofOn } from './activities.ts';
import { asFailure, readRequest } from './failure.ts';

const inputSchema = z.strictObject({ target: targetSchema, health: z.boolean().optional() });

/** Checks a target for `purser doctor`, by its own workers and with their rights. */
export async function checkTarget(input: {
  readonly target: string;
  /** Whether its health checks have a schedule: then their rights are checked as well. */
  readonly health?: boolean;
}): Promise<readonly DoctorCheck[]> {
  const { target, health = false } = readRequest(inputSchema, input);
  try {
    const summary = `check that Purser can work on ${target}`;
    const [steps, proof] = await Promise.all([
      firstStepOn(target).checkTarget.executeWithOptions({ summary }, []),
      proofOn(target).checkProofRights.executeWithOptions(
        { summary: 'check the rights for proofs' },
        [],
      ),
    ]);
    if (!health) return [...steps.checks, ...proof.checks];
    const rights = { summary: 'check the rights for health checks' };
    const { checks } = await firstStepOn(target).checkHealthRights.executeWithOptions(rights, []);
    return [...steps.checks, ...proof.checks, ...checks];
  } catch (error) {
    throw asFailure(error, target);
  }
}

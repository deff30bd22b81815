import { evaluationInputSchema } from '../../src/health/model/evaluation-schema.ts';
import type { EvaluationInput, Evaluation } from '../../src/health/model/evaluation.ts';
import type { HealthPolicy } from '../../src/health/model/policy.ts';
import { parseRequest } from '../../src/domain/request.ts';
import { evaluate } from '../../src/health/evaluation/evaluate.ts';
import { toFailure } from '../attempt.ts';

export function createEvaluationActivities(policy: HealthPolicy) {
  return {
    /**
     * Evaluates what a run has found, by `health:` of this worker's purser.yaml. It makes no request, so
     * that it can run as a local activity, within the workflow's own task.
     */
    async evaluateHealth(given: EvaluationInput): Promise<Evaluation> {
      try {
        return evaluate(parseRequest(evaluationInputSchema, given), policy);
      } catch (error) {
        throw toFailure(error);
      }
    },
  };
}

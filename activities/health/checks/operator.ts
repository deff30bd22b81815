import { readOperatorConditions } from '../../../src/openshift/installation/operator.ts';
import type { CheckFindings } from '../../../src/health/findings.ts';
import { evaluateOperator } from '../../../src/health/operator.ts';
import type { CheckContext } from '../check-context.ts';

/** What the registry's operator reports, and how it is configured. */
export async function checkOperator(
  context: CheckContext,
  _memory: unknown,
  signal: AbortSignal,
): Promise<CheckFindings> {
  const [conditions, config] = await Promise.all([
    readOperatorConditions(context.cluster, signal),
    context.config(),
  ]);
  return evaluateOperator({ conditions, config }, Date.now());
}

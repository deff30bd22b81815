import { readOperatorConditions } from '../../../src/openshift/installation/operator.ts';
import type { CheckFindings } from '../../../src/health/findings.ts';
import { judgeOperator } from '../../../src/health/operator.ts';
import type { CheckContext } from '../check-context.ts';

/** What the registry's operator says, and what it was told to do. */
export async function checkOperator(
  visit: CheckContext,
  _memory: unknown,
  signal: AbortSignal,
): Promise<CheckFindings> {
  const [conditions, config] = await Promise.all([
    readOperatorConditions(visit.cluster, signal),
    visit.config(),
  ]);
  return judgeOperator({ conditions, config }, Date.now());
}

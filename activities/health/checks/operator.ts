import { readOperatorConditions } from '../../../src/openshift/installation/operator.ts';
import type { Looked } from '../../../src/health/findings.ts';
import { judgeOperator } from '../../../src/health/operator.ts';
import type { Visit } from '../visit.ts';

/** What the registry's operator says, and what it was told to do. */
export async function checkOperator(
  visit: Visit,
  _memory: unknown,
  signal: AbortSignal,
): Promise<Looked> {
  const [conditions, config] = await Promise.all([
    readOperatorConditions(visit.cluster, signal),
    visit.config(),
  ]);
  return judgeOperator({ conditions, config }, Date.now());
}

import type { Finding } from '../../src/domain/finding.ts';
import type { CheckFindings } from '../../src/health/findings.ts';
import type { CheckContext } from './check-context.ts';

/**
 * If managementState is Removed, a check that found no registry says only that: the check `operator` makes
 * it a fault, and one alert is enough. Reads the configuration only if the check found something.
 */
export async function explainRemoved(
  context: CheckContext,
  result: CheckFindings,
): Promise<CheckFindings> {
  if (result.findings.every(({ severity }) => severity === 'note')) return result;
  const config = await context.config().catch(() => undefined);
  if (config?.managementState !== 'Removed') return result;
  return { ...result, findings: [REMOVED] };
}

const REMOVED: Finding = {
  severity: 'unknown',
  cause: 'configuration',
  text: 'not checked: managementState is Removed (see the check operator)',
};

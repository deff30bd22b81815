import type { Finding } from '../../src/domain/finding.ts';
import type { CheckFindings } from '../../src/health/findings.ts';
import type { CheckContext } from './check-context.ts';

/**
 * Where there is no registry because nobody wants one, a check that found none says just that: the
 * check `operator` makes it a fault, and one alert is enough. Asked only where something is wrong.
 */
export async function whereRemoved(
  context: CheckContext,
  looked: CheckFindings,
): Promise<CheckFindings> {
  if (looked.findings.every(({ severity }) => severity === 'note')) return looked;
  const config = await context.config().catch(() => undefined);
  if (config?.managementState !== 'Removed') return looked;
  return { ...looked, findings: [REMOVED] };
}

const REMOVED: Finding = {
  severity: 'unknown',
  cause: 'configuration',
  text: 'not looked at: managementState is Removed (see the check operator)',
};

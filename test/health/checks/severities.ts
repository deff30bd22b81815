import type { CheckFindings } from '../../../src/health/findings.ts';

/** The findings, each as `severity cause`. */
export function severitiesOf({ findings }: CheckFindings): readonly string[] {
  return findings.map(({ severity, cause }) => `${severity} ${cause}`);
}

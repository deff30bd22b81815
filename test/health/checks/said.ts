import type { CheckFindings } from '../../../src/health/findings.ts';

/** The findings, each as `weight cause`. */
export function said({ findings }: CheckFindings): readonly string[] {
  return findings.map(({ weight, cause }) => `${weight} ${cause}`);
}

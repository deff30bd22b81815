import type { Looked } from '../../../src/health/findings.ts';

/** The findings, each as `weight cause`. */
export function said({ findings }: Looked): readonly string[] {
  return findings.map(({ weight, cause }) => `${weight} ${cause}`);
}

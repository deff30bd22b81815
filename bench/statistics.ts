/** The median; 0 for an empty list. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The 95th percentile (nearest rank); 0 for an empty list. */
export function p95(values: readonly number[]): number {
  return quantile(values, 0.95);
}

/** The mean; 0 for an empty list. Means of parts add up to the mean of the whole, medians do not. */
export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : sum(values) / values.length;
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

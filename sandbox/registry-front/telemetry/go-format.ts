/** Formats as Go prints them: the registry's log and metrics depend on it. */

/** A duration as Go's time.Duration prints it: `349.122µs`, `9.94651ms`, `1m2.5s`. */
export function goDuration(nanoseconds: bigint): string {
  const ns = Number(nanoseconds);
  if (ns === 0) {
    return '0s';
  }
  if (ns < 1e3) {
    return `${ns}ns`;
  }
  if (ns < 1e6) {
    return `${ns / 1e3}µs`;
  }
  if (ns < 1e9) {
    return `${ns / 1e6}ms`;
  }
  const minutes = Math.floor(ns / 60e9);
  const seconds = (ns - minutes * 60e9) / 1e9;
  return minutes === 0 ? `${seconds}s` : `${minutes}m${seconds}s`;
}

/** A float as strconv's 'g' with the shortest digits: `32660`, `1.493e-06`, `1.79543359283e+09`. */
export function goFloat(value: number): string {
  if (Number.isNaN(value)) {
    return 'NaN';
  }
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) {
    return String(value);
  }
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

/** JSON as Go's encoder writes it: <, > and & escaped, a newline at the end. */
export function goJson(value: unknown): string {
  return `${JSON.stringify(value).replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`)}\n`;
}

/** Go's %q for text without control characters other than tab and newline. */
export function goQuote(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\t', '\\t')}"`;
}

const EPOCH_OFFSET = BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint();

/** Now as Go's RFC3339Nano in UTC, trailing zeros of the fraction cut. */
export function rfc3339Nano(): string {
  const now = EPOCH_OFFSET + process.hrtime.bigint();
  const whole = new Date(Number(now / 1_000_000n)).toISOString().slice(0, 19);
  const fraction = String(now % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return fraction === '' ? `${whole}Z` : `${whole}.${fraction}Z`;
}

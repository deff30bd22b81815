import { Buffer } from 'node:buffer';
import { STATE_BYTES } from '../model/state.ts';
import type { CheckState, HealthState } from '../model/state.ts';
import type { Alerted } from '../model/checks.ts';

/** What all checks together may remember, as JSON. */
const MEMORY_BYTES = 4_096;
const FINDINGS_A_CHECK = 3;
const TEXT = 240;
const SHORT_TEXT = 80;

/**
 * Makes a state fit {@link STATE_BYTES}: what a check remembers goes first where it is more than it
 * may be, the biggest first, then advice, then all findings but the first and the length of its text.
 * What the judgement itself needs stays in any case; it is bounded by the number of checks.
 */
export function fitToSize(state: HealthState): HealthState {
  const steps: readonly ((each: CheckState) => CheckState)[] = [
    (each) => each,
    withFindings((findings) => findings.filter(({ severity }) => severity !== 'note')),
    withFindings((findings) =>
      findings.map(({ severity, cause, text }) => ({ severity, cause, text })),
    ),
    withFindings((findings) => findings.slice(0, 1)),
    withFindings((findings) =>
      findings.map((each) => ({ ...each, text: cut(each.text, SHORT_TEXT) })),
    ),
    withFindings(() => []),
    (each) => ({ ...each, memory: undefined }),
  ];
  let fitting = onEach(rememberLess(state), withFindings(shortened));
  for (const step of steps) {
    fitting = onEach(fitting, step);
    if (bytesOf(fitting) <= STATE_BYTES) return fitting;
  }
  return fitting;
}

function rememberLess(state: HealthState): HealthState {
  const sizes = Object.entries(state.checks)
    .map(([name, { memory }]) => ({ name, bytes: memory === undefined ? 0 : bytesOf(memory) }))
    .sort((one, other) => other.bytes - one.bytes);
  let total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  const forgotten = new Set<string>();
  for (const { name, bytes } of sizes) {
    if (total <= MEMORY_BYTES) break;
    forgotten.add(name);
    total -= bytes;
  }
  return onEach(state, ({ memory, ...each }, name) =>
    memory === undefined || forgotten.has(name) ? each : { ...each, memory },
  );
}

function shortened(findings: CheckState['findings']): CheckState['findings'] {
  return findings.slice(0, FINDINGS_A_CHECK).map(({ advice, text, ...finding }) => ({
    ...finding,
    text: cut(text, TEXT),
    ...(advice === undefined ? {} : { advice: cut(advice, TEXT) }),
  }));
}

function withFindings(change: (findings: CheckState['findings']) => CheckState['findings']) {
  return (each: CheckState): CheckState => ({ ...each, findings: change(each.findings) });
}

function onEach(
  state: HealthState,
  change: (each: CheckState, name: Alerted) => CheckState,
): HealthState {
  const checks = Object.entries(state.checks).map(([name, each]) => [
    name,
    change(each, name as Alerted),
  ]);
  return { ...state, checks: Object.fromEntries(checks) };
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

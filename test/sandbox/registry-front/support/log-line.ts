import assert from 'node:assert/strict';

/** The parts of a logrus text line: its fields in order, and which values were quoted. */
export interface LogLine {
  readonly keys: readonly string[];
  readonly values: Readonly<Record<string, string>>;
  readonly quoted: readonly string[];
}

export function parseLogLine(line: string): LogLine {
  const keys: string[] = [];
  const quoted: string[] = [];
  const values: Record<string, string> = {};
  const field = /([a-z.]+)=("(?:[^"\\]|\\.)*"|[^ "]*)(?: |$)/gy;
  for (let end = 0; end < line.length; end = field.lastIndex) {
    const [, key, value] = field.exec(line) ?? [];
    assert.ok(key !== undefined && value !== undefined, `no field at ${end} of ${line}`);
    keys.push(key);
    if (value.startsWith('"')) {
      quoted.push(key);
    }
    values[key] = value;
  }
  return { keys, values, quoted };
}

/** The line without its CRI prefix, as kubectl logs shows it. */
export function withoutCri(line: string): string {
  const match = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z stderr F (.*)$/.exec(line);
  assert.ok(match?.[1] !== undefined, `not a CRI line: ${line}`);
  return match[1];
}

import os from 'node:os';
import { Option } from 'commander';

/** For an option that may be given several times. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** `--target` of a command that works on one target. */
export function targetOption(): Option {
  return new Option('-t, --target <name>', 'which cluster of purser.yaml (default: the only one)');
}

export function outputOption(): Option {
  return new Option('-o, --output <format>', 'how to print')
    .choices(['text', 'json'])
    .default('text');
}

/** The name of the user who runs this command; the user of a pod often has none. */
export function callerName(): string {
  try {
    return os.userInfo().username;
  } catch {
    return process.env['USER'] ?? 'unknown';
  }
}

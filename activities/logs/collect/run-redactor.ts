import type { AuditRecorder } from '../../../src/logs/collect/audit-recorder.ts';
import type { Cursor } from '../../../src/logs/manifest.ts';
import { createRedactor } from '../../../src/logs/redact/redact.ts';
import type { Redactor } from '../../../src/logs/redact/redact.ts';
import type { ReadResult } from '../../../src/logs/stream/read-run.ts';

/**
 * A redactor that continues from `cursor`, where the last collection ended. It also passes the lines to the
 * audit recorder before their secrets are removed: a second reading would take a quarter longer.
 */
export function redactorFor(
  patterns: readonly string[],
  cursor: Cursor | undefined,
  {
    result,
    recorder,
  }: { readonly result: Pick<ReadResult, 'gaps'>; readonly recorder: AuditRecorder | undefined },
): Redactor {
  // The first line may be in the middle of a key.
  const redactor = createRedactor(patterns, cursor === undefined ? 'perhaps-key' : cursor.memory);
  let gaps = 0;
  return {
    ...redactor,
    block: (lines) => {
      if (result.gaps.length > gaps) redactor.skip();
      gaps = result.gaps.length;
      const kept = redactor.block(lines);
      recorder?.block(lines, kept);
      return kept;
    },
  };
}

/** A cursor together with the redactor's memory of the lines before it. */
export function withMemory(
  cursor: Cursor | undefined,
  memory: Cursor['memory'],
): Cursor | undefined {
  if (cursor === undefined) return undefined;
  const { memory: _before, ...rest } = cursor;
  return memory === undefined ? rest : { ...rest, memory };
}

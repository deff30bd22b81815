import type { AuditRecorder } from '../../../src/logs/collect/audit-recorder.ts';
import type { Cursor } from '../../../src/logs/manifest.ts';
import { createRedactor } from '../../../src/logs/redact/redact.ts';
import type { Redactor } from '../../../src/logs/redact/redact.ts';
import type { ReadResult } from '../../../src/logs/stream/read-run.ts';

/**
 * A redactor that goes on where the last collection's was, at `cursor`. Who did what is heard of as the
 * lines go by, before anything is result out of them; reading all again takes a quarter more.
 */
export function redactorFor(
  patterns: readonly string[],
  cursor: Cursor | undefined,
  {
    result,
    recorder,
  }: { readonly result: Pick<ReadResult, 'gaps'>; readonly recorder: AuditRecorder | undefined },
): Redactor {
  // What comes first may be the middle of a key.
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

/** A place with what the lines before it mean for the redaction of the next one. */
export function withMemory(
  cursor: Cursor | undefined,
  memory: Cursor['memory'],
): Cursor | undefined {
  if (cursor === undefined) return undefined;
  const { memory: _before, ...rest } = cursor;
  return memory === undefined ? rest : { ...rest, memory };
}

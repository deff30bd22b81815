import { parseAuditEvent } from '../audit/parse-event.ts';
import type { AuditEvent } from '../audit/parse-event.ts';
import { EVENTS_AT_ONCE } from '../audit/audit-index.ts';
import { createEventBuffer } from '../audit/event-buffer.ts';
import { createTexts } from '../audit/texts.ts';
import { withoutInnerTimes } from '../stream/time.ts';

const NEWLINE = 0x0a;
const BLANK = 0x20;

/** Records the audit events of a registry container while its lines are collected. */
export interface AuditRecorder {
  /**
   * Takes whole lines as they were written, each with the API's time and a line feed; and `kept`, the same
   * lines after redaction, if they differ. Events are read from the original lines, so that redaction hides
   * no event. Removed secrets are not remembered.
   */
  block(lines: Buffer, kept?: Buffer): void;
  /** The events in the order of the lines; undefined if there were more than fit (20 MB). */
  events(): Iterable<AuditEvent> | undefined;
}

export function createAuditRecorder(eventsAtMost = EVENTS_AT_ONCE): AuditRecorder {
  let events: ReturnType<typeof createEventBuffer> | undefined = createEventBuffer(createTexts());
  return {
    block: (lines, kept = lines) => {
      let keptStart = 0;
      for (let start = 0; start < lines.length && events !== undefined;) {
        const end = lineEnd(lines, start);
        const keptEnd = kept === lines ? end : lineEnd(kept, keptStart);
        const event = parseAuditEvent(textOf(lines, start, end));
        if (event !== undefined) {
          events.add(
            kept === lines ? event : withStoredTexts(event, textOf(kept, keptStart, keptEnd)),
          );
        }
        if (events.size() > eventsAtMost) events = undefined;
        [start, keptStart] = [end + 1, keptEnd + 1];
      }
    },
    events: () => events?.all(),
  };
}

function lineEnd(lines: Buffer, start: number): number {
  const feed = lines.indexOf(NEWLINE, start);
  return feed === -1 ? lines.length : feed;
}

// Without the API server's time.
function textOf(lines: Buffer, start: number, end: number): Buffer {
  return lines.subarray(lines.indexOf(BLANK, start) + 1, end);
}

const TEXTS = ['user', 'repository', 'reference', 'address', 'claim'] as const;

/** The event with its texts as in the redacted line. */
function withStoredTexts(event: AuditEvent, line: Buffer): AuditEvent {
  const kept = parseAuditEvent(line);
  const whole = withoutInnerTimes(line);
  const texts = TEXTS.map((name) => {
    const [text, left] = [event[name], kept?.[name] ?? ''];
    if (text === '' || left !== '') return [name, left] as const;
    return [name, whole.includes(text) ? text : '[REDACTED]'] as const;
  });
  return { ...event, ...Object.fromEntries(texts) };
}

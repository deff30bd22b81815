import { parseAuditEvent } from './parse-event.ts';
import type { AuditEvent } from './parse-event.ts';
import { createEventBuffer } from './event-buffer.ts';
import { writeIndex } from './index-file.ts';
import { createAuditTally } from './tally.ts';
import { createTexts } from './texts.ts';

// 20 MB of acts, of half a gigabyte of log at least. Where there are more, those are counted before
// the rest is read; then the requests of one pull at that border may be counted twice.
export const EVENTS_AT_ONCE = 256 * 1024;

/** Takes the lines of registry pods, and says in the end who did what, when and from where. */
export interface AuditIndex {
  /**
   * Takes one line: the registry's own text, from its `time=` on, without a line break. Any line of
   * a registry's container may be given; most name nobody. They may come pod after pod: they are put
   * into the order of time in the end. The Buffer may be reused.
   */
  line(line: Buffer): void;
  /** Takes what was read of a line before. */
  event(event: AuditEvent): void;
  /** The index as a compressed file: see {@link writeIndex}. */
  finish(): Uint8Array;
}

/** `actsAtOnce` is for tests. */
export function createAuditIndex(eventsAtOnce = EVENTS_AT_ONCE): AuditIndex {
  const texts = createTexts();
  const tally = createAuditTally(texts);
  const events = createEventBuffer(texts);
  const add = (event: AuditEvent) => {
    events.add(event);
    if (events.size() >= eventsAtOnce) events.count(tally.add);
  };
  return {
    line: (line) => {
      const event = parseAuditEvent(line);
      if (event !== undefined) add(event);
    },
    event: add,
    finish: () => {
      events.count(tally.add);
      return writeIndex({ texts, rows: tally.rows(), folded: tally.folded() });
    },
  };
}

import { parseAuditEvent } from './parse-event.ts';
import type { AuditEvent } from './parse-event.ts';
import { createEventBuffer } from './event-buffer.ts';
import { writeIndex } from './index-file.ts';
import { createAuditTally } from './tally.ts';
import { createTexts } from './texts.ts';

// 20 MB of events: at least half a gigabyte of log. If there are more, these are counted before the rest is
// read. Then the requests of one pull at that border may be counted twice.
export const EVENTS_AT_ONCE = 256 * 1024;

/**
 * Builds the index of a bundle from the lines of registry pods: who did what, when and from which address.
 */
export interface AuditIndex {
  /**
   * Takes one line: the registry's own text, from its `time=` on, without a line break. Any line of a
   * registry's container is allowed; most hold no event. Pods may follow one another: the events are sorted
   * by time at the end. The Buffer may be reused.
   */
  line(line: Buffer): void;
  /** Takes an event that was read from a line before. */
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

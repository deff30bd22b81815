import { z } from 'zod';
import { shown } from '../../domain/inputs/shown.ts';
import { targetSchema } from '../../domain/request.ts';

export const SWEPT_KINDS = ['binding', 'secret', 'token', 'canary'] as const;
export type SweptKind = (typeof SWEPT_KINDS)[number];

// A result goes through Temporal: a few dozen lines of each kind, and a count.
const FIRST_AT_MOST = 50;
const TEXT_AT_MOST = 400;

/** One thing that a sweep found, by its place in the cluster, and why it was treated so. */
export interface SweptThing {
  readonly what: string;
  readonly why: string;
}

/** How many there were, and the first 50 of them. */
export interface SweptCount {
  readonly count: number;
  readonly first: readonly SweptThing[];
}

/** What a sweep made of one kind: `seen` have this installation's mark. */
export interface SweptPart {
  readonly kind: SweptKind;
  readonly seen: number;
  readonly removed: SweptCount;
  /** Left alone, because the evidence is missing or somebody has to decide. */
  readonly reported: SweptCount;
  /** Where it could not be looked, and why; empty where it could everywhere. */
  readonly unseen: readonly string[];
}

/** Result of the workflow `sweep`. The times are RFC 3339, UTC. */
export interface Swept {
  readonly target: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly parts: readonly SweptPart[];
}

export const sweepRequestSchema = z.strictObject({ target: targetSchema });

/** Input of the workflow `sweep`. */
export type SweepRequest = Readonly<z.infer<typeof sweepRequestSchema>>;

/** Adds up what a sweep finds, and keeps no more of it than a result may hold. */
export interface Tally {
  see(): void;
  remove(thing: SweptThing): void;
  report(thing: SweptThing): void;
  cannotLook(why: string): void;
  part(): SweptPart;
}

export function createSweepTally(kind: SweptKind): Tally {
  let seen = 0;
  const unseen: string[] = [];
  const [removed, reported] = [createCount(), createCount()];
  return {
    see: () => void (seen += 1),
    remove: removed.add,
    report: reported.add,
    cannotLook: (why) => {
      if (unseen.length < FIRST_AT_MOST) unseen.push(shown(why, TEXT_AT_MOST));
    },
    part: () => ({ kind, seen, removed: removed.all(), reported: reported.all(), unseen }),
  };
}

function createCount() {
  let count = 0;
  const first: SweptThing[] = [];
  return {
    add: ({ what, why }: SweptThing) => {
      count += 1;
      if (first.length < FIRST_AT_MOST) {
        first.push({ what: shown(what, TEXT_AT_MOST), why: shown(why, TEXT_AT_MOST) });
      }
    },
    all: (): SweptCount => ({ count, first }),
  };
}

/** A sweep in lines, for the Temporal Web UI and the terminal. */
export function describeSweep({ parts }: Pick<Swept, 'parts'>): readonly string[] {
  return parts.flatMap(({ kind, seen, removed, reported, unseen }) => [
    `${PLURALS[kind]}: ${seen} of this installation, ${removed.count} removed, ${reported.count} to be looked at`,
    ...removed.first.map(({ what, why }) => `- removed ${what}: ${why}`),
    ...more(removed, 'removed'),
    ...reported.first.map(({ what, why }) => `- look at ${what}: ${why}`),
    ...more(reported, 'to be looked at'),
    ...unseen.map((why) => `- not looked at: ${why}`),
  ]);
}

const PLURALS: Readonly<Record<SweptKind, string>> = {
  binding: 'bindings',
  secret: 'Secrets of proofs',
  token: 'tokens of proofs',
  canary: 'canaries',
};

function more({ count, first }: SweptCount, how: string): readonly string[] {
  return count > first.length ? [`- and ${count - first.length} more ${how}`] : [];
}

import type { ProgressView } from '../../progress-view.ts';

/** The undos that wait for a write that may arrive late. */
export interface Waits {
  begin(name: string, until: number, removed: readonly string[]): void;
  /** An undo has ended, whether it waited or not. */
  end(name: string, removed: readonly string[]): void;
}

interface PendingWait {
  readonly since: string;
  readonly until: number;
}

/**
 * Shows which undos wait, until when, and what they have removed already. During the wait, an administrator
 * has to see whether the access still exists.
 */
export function createWaits(view: Pick<ProgressView, 'waiting'>): Waits {
  const waits = new Map<string, PendingWait>();
  const gone = new Set<string>();
  const show = () => {
    const names = [...waits.keys()];
    const [first] = waits.values();
    if (first === undefined) return view.waiting(undefined);
    const until = Math.max(...[...waits.values()].map((each) => each.until));
    const removal =
      gone.size === 0 ? 'nothing has been removed yet' : `gone already: ${join(gone)}`;
    view.waiting({
      for: `a write that had no answer and may still arrive (${removal})`,
      since: first.since,
      until: new Date(until).toISOString(),
      advice: `Then Purser checks again (${names.join(', ')}) and reports what is gone.`,
    });
  };
  const note = (removed: readonly string[]) => {
    for (const each of removed) gone.add(each);
    show();
  };
  return {
    begin: (name, until, removed) => {
      waits.set(name, { since: new Date().toISOString(), until });
      note(removed);
    },
    end: (name, removed) => {
      waits.delete(name);
      note(removed);
    },
  };
}

function join(things: ReadonlySet<string>): string {
  return [...things].join(', ');
}

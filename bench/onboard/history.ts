import type { Client } from '@temporalio/client';

type History = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>;
type Event = NonNullable<History['events']>[number];

/** The cost and the timeline of a workflow, from its history. Times in milliseconds. */
export interface RunTimeline {
  readonly events: number;
  readonly workflowTasks: number;
  /**
   * What Temporal Cloud would bill, as far as the history shows it: the start, each attempt of an
   * activity, each upsert of search attributes. Heartbeats (at most one a second reaches the server)
   * and queries come on top; they leave no event.
   */
  readonly actions: number;
  readonly totalMs: number;
  readonly activities: readonly {
    readonly type: string;
    /** From its scheduling to its start on a worker. */
    readonly waitedMs: number;
    readonly tookMs: number;
  }[];
}

/** Reads the timeline of a workflow that has ended. */
export async function readTimeline(client: Client, workflowId: string): Promise<RunTimeline> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  const all = events ?? [];
  const having = (key: keyof Event) => all.filter((event) => isSet(event[key]));
  const started = having('activityTaskStartedEventAttributes');
  const attempts = started.map((event) => event.activityTaskStartedEventAttributes?.attempt ?? 1);
  const upserts = having('upsertWorkflowSearchAttributesEventAttributes').length;
  return {
    events: all.length,
    workflowTasks: having('workflowTaskCompletedEventAttributes').length,
    actions: 1 + upserts + attempts.reduce((total, each) => total + each, 0),
    totalMs: at(all.at(-1)) - at(all[0]),
    activities: started.map((event) => activityOf(event, all)),
  };
}

function activityOf(started: Event, all: readonly Event[]): RunTimeline['activities'][number] {
  const id = started.activityTaskStartedEventAttributes?.scheduledEventId;
  const scheduled = all.find(({ eventId }) => String(eventId) === String(id));
  const ended = all.find(
    ({ activityTaskCompletedEventAttributes: completed }) =>
      isSet(completed) && String(completed?.startedEventId) === String(started.eventId),
  );
  return {
    type: scheduled?.activityTaskScheduledEventAttributes?.activityType?.name ?? 'unknown',
    waitedMs: at(started) - at(scheduled),
    tookMs: at(ended) - at(started),
  };
}

function at(event: Event | undefined): number {
  const { seconds, nanos } = event?.eventTime ?? {};
  return Number(seconds ?? 0) * 1000 + (nanos ?? 0) / 1e6;
}

function isSet(value: unknown): boolean {
  return value !== null && value !== undefined;
}

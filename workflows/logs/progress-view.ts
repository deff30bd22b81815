import { setCurrentDetails, setHandler, upsertSearchAttributes } from '@temporalio/workflow';
import type { Collected, CollectLogsRequest } from '../../src/logs/model/collect-request.ts';
import type { Step } from '../../src/domain/step.ts';
import { gapText } from '../../src/logs/model/gap.ts';
import { formatBytes } from '../../src/logs/model/size.ts';
import { retainedText } from '../../src/logs/model/retained.ts';
import { sourcesTable } from '../../src/logs/model/table.ts';
import type { SourceRow } from '../../src/logs/model/table.ts';
import { progressQuery, SEARCH_ATTRIBUTES } from '../contract.ts';
import type { StateOf } from '../contract.ts';

// The details are in memory and on one page, which a thousand rows would make useless.
const ROWS_AT_MOST = 200;

interface SourceRead {
  readonly source: Omit<SourceRow, 'name'> & {
    readonly failure?: { readonly message: string } | undefined;
  };
}

/** What the Temporal Web UI and the command line show of a collection: its sources as a table. */
export interface LogProgressView {
  /** Shows the current action. */
  running(text: string): void;
  /** Sets the number of sources. */
  expect(sources: number): void;
  /** Reads a source by `act`, and shows the result. */
  source<T extends SourceRead>(name: string, act: () => Promise<T>): Promise<T>;
  /** Shows a container whose log is gone. */
  lost(
    run: { readonly pod: string; readonly container: string },
    gap: Parameters<typeof gapText>[0],
  ): void;
  sealed(collected: Collected): void;
  /** Shows how many old bundles were deleted, and how many are still to be deleted. */
  retained(retained: NonNullable<Collected['retained']>): void;
  /** Clears the sources, which are read again. */
  startOver(): void;
  state(state: StateOf<'collectLogs'>): void;
}

// oxlint-disable-next-line max-lines-per-function -- one state, and the few things that change it
export function createLogProgressView({ target, reason }: CollectLogsRequest): LogProgressView {
  const steps: Step[] = [];
  const rows: SourceRow[] = [];
  let running: string | undefined;
  let expected = 0;
  let footer = '';
  const show = () => {
    const head = reason === undefined ? '' : `Reason: ${reason.replaceAll('\n', ' ')}\n\n`;
    const more = rows.length > ROWS_AT_MOST ? `\n\n… and ${rows.length - ROWS_AT_MOST} more` : '';
    const now = running === undefined ? '' : `\n\n${running}`;
    setCurrentDetails(`${head}${sourcesTable(rows.slice(0, ROWS_AT_MOST))}${more}${now}${footer}`);
  };
  const add = (row: SourceRow, step: Step) => {
    rows.push(row);
    steps.push(step);
    show();
  };
  setHandler(progressQuery, () => ({ steps, running }), {
    description: 'The sources that were read, and the current action',
  });
  upsertSearchAttributes([
    { key: SEARCH_ATTRIBUTES.target, value: target },
    { key: SEARCH_ATTRIBUTES.state, value: 'running' },
  ]);
  return {
    running: (text) => {
      running = text;
      show();
    },
    expect: (sources) => {
      expected = sources;
      running = `reading 0 of ${expected}`;
      show();
    },
    source: async (name, act) => {
      const began = Date.now();
      const read = await act();
      running = `reading ${steps.length + 1} of ${expected}`;
      add({ name, ...read.source }, stepOf(name, read, Date.now() - began));
      return read;
    },
    lost: ({ pod, container }, gap) => {
      const name = `${pod}/${container}`;
      expected += 1;
      add(
        { name, lines: 0, bytes: 0, gaps: [gap], caps: [] },
        {
          name,
          outcome: 'not-tried',
          detail: `gone: a gap from ${gapText(gap)}`,
          durationMs: 0,
        },
      );
    },
    sealed: ({ location, lines, bytes, fileBytes }) => {
      running = undefined;
      footer = `\n\nSealed: ${location} (${lines} lines, ${formatBytes(bytes)}, kept as ${formatBytes(fileBytes)})`;
      show();
    },
    retained: (retained) => {
      footer += `\n\n${retainedText(retained)}`;
      show();
    },
    startOver: () => {
      steps.length = 0;
      rows.length = 0;
      show();
    },
    state: (state) => {
      running = undefined;
      upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.state, value: state }]);
      show();
    },
  };
}

function stepOf(name: string, { source }: SourceRead, durationMs: number): Step {
  const { lines, bytes, gaps, caps, failure } = source;
  if (failure !== undefined) {
    return { name, outcome: 'failed', detail: failure.message, durationMs, cause: 'probe' };
  }
  const notes = [
    ...gaps.map((gap) => `a gap from ${gapText(gap)}`),
    ...caps.map(({ detail }) => detail),
  ];
  const detail = [`${lines} lines, ${formatBytes(bytes)}`, ...notes].join('; ');
  return { name, outcome: 'passed', detail, durationMs };
}

import { setCurrentDetails } from '@temporalio/workflow';
import type { HealthState } from '../../src/health/model/state.ts';
import type { StateOf } from '../contract.ts';

const TEXT = 160;

/** The run as the Temporal Web UI shows it: the verdict, and a table of the checks. */
export function showRun(state: HealthState): void {
  const { target, verdict, since, missedSince, maintenance, checks } = state;
  const rows = Object.entries(checks).map(([check, each]) =>
    row([
      check,
      check === 'probe'
        ? each.level === 'healthy'
          ? 'checks can run'
          : 'checks cannot run'
        : each.verdict,
      each.since,
      check === 'probe' ? '' : each.found,
      each.ms === undefined ? '' : `${each.ms} ms`,
      each.findings.map(({ cause, text }) => `${cause}: ${text}`).join('; '),
    ]),
  );
  setCurrentDetails(
    [
      `**${target} is ${verdict}** since ${since}`,
      ...(maintenance === undefined ? [] : [`Maintenance, no alerts are sent: ${maintenance}`]),
      ...(missedSince === undefined
        ? []
        : [`No run since ${missedSince}: the schedule was paused, or no worker was running`]),
      '',
      row(['check', 'verdict', 'since', 'this run', 'took', 'findings']),
      row(['-', '-', '-', '-', '-', '-']),
      ...rows,
    ].join('\n'),
  );
}

/** The value of the search attribute PurserState. */
export function stateWord({ maintenance, checks }: HealthState): StateOf<'checkHealth'> {
  if (maintenance !== undefined) return 'maintenance';
  const all = Object.values(checks);
  if (all.some(({ isFlapping }) => isFlapping === true)) return 'flapping';
  return all.some(({ told }) => told !== undefined) ? 'alerting' : 'quiet';
}

function row(cells: readonly string[]): string {
  const plain = cells.map((cell) => {
    const oneLine = cell.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|');
    return oneLine.length <= TEXT ? oneLine : `${oneLine.slice(0, TEXT - 1)}…`;
  });
  return `| ${plain.join(' | ')} |`;
}

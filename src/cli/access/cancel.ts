import { WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { Command } from 'commander';
import { PurserError } from '../../domain/errors.ts';
import type { Report } from '../../access/model/report/report.ts';
import { parseRequest } from '../../domain/request.ts';
import { isOpenStatus } from '../../access/model/run-status.ts';
import { parseTyped, recordedSubjectSchema } from '../../domain/subject.ts';
import { abandonUndoUpdate, onboardId } from '../../../workflows/contract.ts';
import { chooseTarget, findConfig, withClient, workflowLink } from '../context.ts';
import type { GlobalOptions } from '../context.ts';
import { EXIT } from '../exit.ts';
import { outputOption, targetOption } from '../options.ts';
import { watchReport } from '../display/watch.ts';

interface Options extends GlobalOptions {
  readonly target?: string;
  readonly abandon?: boolean;
  readonly wait: boolean;
  readonly output: 'text' | 'json';
}

export function cancelCommand(): Command {
  return new Command('cancel')
    .summary('cancel and undo a running onboarding, and print its report')
    .description(
      'Cancels a running onboarding, which then undoes what it made. Waits for that, and prints the report. ' +
        'If the onboarding has ended already, prints its last report. Purser retries an undo until it ' +
        'succeeds; --abandon ends that.',
    )
    .argument('<subject-or-id>', 'alice, Group/devs …, or the id that `purser onboard` prints')
    .addOption(targetOption())
    .option('--abandon', 'give up an undo that is under way; the report says what is left')
    .option('--no-wait', 'do not wait for the end')
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Examples:
  $ purser cancel alice
  $ purser cancel 'onboard/prod/User/alice'
  $ purser cancel --abandon alice

Exit codes: 0 nothing is left to undo, 1 something is left, or it ended otherwise,
            2 bad usage.`,
    )
    .action(async (what: string, _options: unknown, command: Command) => {
      process.exitCode = await cancel(what, command.optsWithGlobals<Options>());
    });
}

async function cancel(what: string, options: Options): Promise<number> {
  const loaded = findConfig(options);
  const id = isId(what) ? what : idOf(what, chooseTarget(loaded, options.target));
  const { output } = options;
  return withClient(loaded, async (client) => {
    const { handle, hasEnded } = await requestEnd(client, id, options.abandon === true);
    if (!options.wait) {
      const done = hasEnded ? 'has ended' : 'is asked to end';
      process.stdout.write(`${id} ${done}; \`purser cancel '${id}'\` shows its report\n`);
      return EXIT.proven;
    }
    if (hasEnded)
      process.stderr.write(`purser: ${id} has ended already; this is its last report\n`);
    const onInterrupt = `the undo of ${id} goes on without you`;
    const link = workflowLink(loaded, id);
    try {
      return codeOf(await watchReport(handle, { output, link, onInterrupt }));
    } catch (error) {
      if (!isCancelled(error)) throw error;
      // A workflow that makes no report has nothing to undo; an onboarding's is in the archive.
      process.stdout.write(`${id} is cancelled; no report of it is available here\n`);
      return EXIT.failed;
    }
  });
}

interface CancelResult {
  readonly handle: WorkflowHandle;
  /** It had ended before this command. */
  readonly hasEnded: boolean;
}

/** Cancels the run that is open now, and no later one of the same id. */
async function requestEnd(client: Client, id: string, isAbandoned: boolean): Promise<CancelResult> {
  const { runId, isOpen } = await findRun(client, id);
  const handle = client.workflow.getHandle(id, runId);
  if (!isOpen) return { handle, hasEnded: true };
  try {
    if (isAbandoned) await handle.executeUpdate(abandonUndoUpdate);
    else await handle.cancel();
    return { handle, hasEnded: false };
  } catch (error) {
    // It has ended in between.
    if (error instanceof WorkflowNotFoundError && hasReport(id)) return { handle, hasEnded: true };
    throw error instanceof WorkflowNotFoundError ? notRunning(id) : error;
  }
}

/** The newest run of an id. Throws `NotConfigured` if none is open or has a report. */
async function findRun(client: Client, id: string) {
  try {
    const { runId, status } = await client.workflow.getHandle(id).describe();
    const isOpen = isOpenStatus(status.name);
    if (isOpen || hasReport(id)) return { runId, isOpen };
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
  throw notRunning(id);
}

function codeOf({ undone }: Report): number {
  return undone !== undefined && undone.state !== 'left' ? EXIT.proven : EXIT.failed;
}

// A user of an external issuer may have such a name. User/onboard/… then says that the user is meant.
function isId(what: string): boolean {
  return /^(onboard|revoke|sweep|logs|health|notify)\/./.test(what);
}

// Other workflows end with something else.
function hasReport(id: string): boolean {
  return /^(onboard|revoke)\//.test(id);
}

function idOf(what: string, target: string): string {
  return onboardId(target, parseRequest(recordedSubjectSchema, parseTyped(what)));
}

function isCancelled(error: unknown): boolean {
  return error instanceof WorkflowFailedError && error.cause instanceof CancelledFailure;
}

function notRunning(id: string): PurserError {
  return new PurserError('NotConfigured', `no workflow ${id} is running`);
}

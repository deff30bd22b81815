import { constants } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { RunningWorkers } from '../temporal/workers.ts';
import type { WorkerRole } from '../worker.ts';
import { findConfig, namedOrAll } from './context.ts';
import type { GlobalOptions } from './context.ts';
import { collect } from './options.ts';

const KNOWN_ROLES = ['workflows', 'steps', 'proof'] as const satisfies readonly WorkerRole[];

// systemd and terminals signal the whole process group: this process, and the starter that passes its own on.
const SAME_STOP_MS = 1_000;

interface Options extends GlobalOptions {
  readonly target?: readonly string[];
  readonly only?: readonly WorkerRole[];
  readonly logLevel: string;
}

export function workerCommand(): Command {
  return new Command('worker')
    .summary("run Purser's workers")
    .description(
      "Runs Purser's workers until it is stopped: workflows, the steps on each target, and the proofs. " +
        '--target and --only spread them over processes and service accounts.',
    )
    .option('-t, --target <name>', 'serve only this target (repeatable; default: all)', collect)
    .option(
      '--only <roles>',
      `which of ${KNOWN_ROLES.join(', ')}, comma-separated (default: all)`,
      parseRoles,
    )
    .addOption(
      new Option('--log-level <level>', 'how much to log, as JSON lines on standard error')
        .choices(['debug', 'info', 'warn', 'error'])
        .default('info'),
    )
    .addHelpText(
      'after',
      `
Examples:
  $ purser worker                                 everything in one process
  $ purser worker --only workflows                beside Temporal
  $ purser worker --target prod --only steps      inside the cluster prod
  $ purser worker --target prod --only proof      also inside it, with the
                                                  account that may get tokens`,
    )
    .action(async (_options: unknown, command: Command) => {
      await runWorkers(command.optsWithGlobals<Options>());
    });
}

async function runWorkers(options: Options): Promise<void> {
  const stopping = stopSignal();
  const loaded = findConfig(options);
  const targets = namedOrAll(loaded, options.target);
  // Loaded here: it takes most of a second, and no other command should wait for it.
  const [{ ROLES, startWorkers }, { createLogger }] = await Promise.all([
    import('../worker.ts'),
    import('../temporal/logging.ts'),
  ]);
  const logger = createLogger(options.logLevel);
  let workers: RunningWorkers;
  try {
    workers = await startWorkers(loaded.config, {
      targets,
      roles: options.only,
      logger,
      signal: stopping,
    });
  } catch (error) {
    if (!stopping.aborted) throw error;
    logger.info('stopped before the workers ran', { signal: String(stopping.reason) });
    // A build of the workflow bundle, or a name lookup, would keep the process alive for seconds.
    return process.exit(0);
  }
  logger.info('working', { targets, roles: options.only ?? ROLES });
  const stop = () => {
    logger.info('stopping', { signal: String(stopping.reason) });
    workers.stop().catch((error: unknown) => logger.error('a worker failed to stop', { error }));
  };
  if (stopping.aborted) stop();
  else stopping.addEventListener('abort', stop, { once: true });
  await workers.ended;
}

/**
 * Aborted by the first SIGTERM or SIGINT, with its name; the next one ends the process at once. Set up
 * before anything else: the kernel delivers to PID 1 of a container only signals that have a handler.
 */
function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  let stoppedAt = 0;
  const stop = (signal: NodeJS.Signals) => {
    if (!stopping.signal.aborted) {
      stoppedAt = performance.now();
      stopping.abort(signal);
    } else if (performance.now() - stoppedAt > SAME_STOP_MS) {
      process.exit(128 + constants.signals[signal]);
    }
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
  return stopping.signal;
}

function parseRoles(text: string): readonly WorkerRole[] {
  return text.split(',').map((name) => {
    const role = KNOWN_ROLES.find((known) => known === name.trim());
    if (role !== undefined) return role;
    throw new InvalidArgumentError(`${JSON.stringify(name)} is none of ${KNOWN_ROLES.join(', ')}.`);
  });
}

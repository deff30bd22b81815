import { Command, InvalidArgumentError, Option } from 'commander';
import type { Role } from '../../worker.ts';
import { chooseTarget, findConfig } from '../context.ts';
import type { GlobalOptions } from '../context.ts';
import { collect } from '../options.ts';

const KNOWN_ROLES = ['workflows', 'steps', 'proof'] as const satisfies readonly Role[];

interface Options extends GlobalOptions {
  readonly target?: readonly string[];
  readonly only?: readonly Role[];
  readonly logLevel: string;
}

export const workerCommand = (): Command =>
  new Command('worker')
    .summary("run Purser's workers")
    .description(
      "Runs Purser's workers until it is stopped: workflows, the steps on each target, and the proofs.\n" +
        'They can be spread over processes and service accounts with --target and --only.',
    )
    .option('-t, --target <name>', 'serve this target only (repeatable; default: all)', collect)
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
  $ purser worker --only workflows                in the middle, beside Temporal
  $ purser worker --target prod --only steps      inside the cluster prod
  $ purser worker --target prod --only proof      there, too, with the account that may take tokens`,
    )
    .action(async (_options: unknown, command: Command) => {
      await work(command.optsWithGlobals<Options>());
    });

async function work(options: Options): Promise<void> {
  const loaded = await findConfig(options);
  const { config } = loaded;
  const targets = options.target?.map((name) => chooseTarget(loaded, name));
  // Loaded here: it takes most of a second, which no other command should wait for.
  const [{ ROLES, startWorkers }, { createLogger }] = await Promise.all([
    import('../../worker.ts'),
    import('../../temporal/logging.ts'),
  ]);
  const logger = createLogger(options.logLevel);
  const stopping = new AbortController();
  const workers = await startWorkers(config, {
    targets,
    roles: options.only,
    logger,
    signal: stopping.signal,
  });
  const stop = (signal: string) => {
    logger.info('stopping', { signal });
    stopping.abort();
    workers.stop().catch((error: unknown) => {
      logger.error('a worker did not stop well', { reason: String(error) });
    });
  };
  process.once('SIGTERM', stop).once('SIGINT', stop);
  logger.info('working', {
    targets: targets ?? Object.keys(config.targets),
    roles: options.only ?? ROLES,
  });
  await workers.ended;
}

function parseRoles(text: string): readonly Role[] {
  return text.split(',').map((name) => {
    const role = KNOWN_ROLES.find((known) => known === name.trim());
    if (role !== undefined) return role;
    throw new InvalidArgumentError(`${JSON.stringify(name)} is none of ${KNOWN_ROLES.join(', ')}.`);
  });
}

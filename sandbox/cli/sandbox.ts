import { Command, InvalidArgumentError } from 'commander';
import { PurserError } from '../../src/domain/errors.ts';
import type { SandboxInfo } from '../info.ts';
import { login } from '../login.ts';
import { findRunningSandbox, stopSandbox } from '../running.ts';
import { statusOf } from '../status.ts';
import type { GlobalOptions } from '../../src/cli/context.ts';
import { EXIT } from '../../src/cli/exit.ts';
import { addressLines } from './addresses.ts';
import { untilStopped, withSandbox } from './with-sandbox.ts';
import { styled } from '../../src/cli/display/style.ts';

interface UpOptions extends GlobalOptions {
  readonly dataDir?: string;
  readonly replicas?: number;
  readonly temporalPort?: number;
  readonly uiPort?: number;
  readonly clusterPort?: number;
  readonly registryPort?: number;
}

export function sandboxCommand(): Command {
  return new Command('sandbox')
    .description(
      'A cluster, a registry and Temporal on this machine, to try Purser and to test it. The Kubernetes\n' +
        "API, the registry's storage and Temporal are the real programs; stand-ins replace OpenShift's own servers.",
    )
    .addCommand(upCommand())
    .addCommand(
      new Command('down')
        .description(
          'Stops the newest running sandbox of your account, and waits until it has stopped.',
        )
        .action(async () => {
          const info = runningSandbox();
          await stopSandbox(info);
          process.stdout.write(`sandbox ${info.id} has stopped\n`);
        }),
    )
    .addCommand(
      new Command('status')
        .description(
          'Shows the newest running sandbox: its addresses, and whether each part answers.',
        )
        .action(async () => {
          process.exitCode = await status();
        }),
    )
    .addCommand(
      new Command('login')
        .description(
          "Logs a user in to the newest running sandbox, as the identity provider's mapping method says, and\n" +
            'prints a token of the user (valid for 24 hours, with all rights of the user).',
        )
        .argument('<user>', 'alice, bob, carol or dana (dana has never logged in)')
        .option(
          '--provider <name>',
          'an identity provider of OAuth/cluster (default: the only one)',
        )
        .addHelpText(
          'after',
          '\nExample:\n  $ skopeo login --username alice --password "$(purser sandbox login alice)" …',
        )
        .action(async (user: string, { provider }: { readonly provider?: string }) => {
          process.stdout.write(`${await login(runningSandbox(), user, { provider })}\n`);
        }),
    );
}

function upCommand(): Command {
  return new Command('up')
    .description('Starts a sandbox with a worker. It runs until you press Ctrl-C.')
    .option(
      '--data-dir <folder>',
      'keep the data in this folder; the next start with it continues from there',
    )
    .option('--replicas <n>', 'replicas of the registry, 1 to 3', parseNumber)
    .option('--temporal-port <port>', 'port of Temporal (default: a free one)', parseNumber)
    .option('--ui-port <port>', 'port of the Temporal Web UI (default: a free one)', parseNumber)
    .option('--cluster-port <port>', 'port of the cluster API (default: a free one)', parseNumber)
    .option('--registry-port <port>', 'port of the registry (default: a free one)', parseNumber)
    .addHelpText('after', '\nExample:\n  $ purser sandbox up --data-dir ./sandbox --ui-port 8233')
    .action(async (_options: unknown, command: Command) => {
      process.exitCode = await up(command.optsWithGlobals<UpOptions>());
    });
}

async function up(options: UpOptions): Promise<number> {
  const { dataDir, replicas, debug } = options;
  const ports = {
    temporal: options.temporalPort,
    temporalUi: options.uiPort,
    cluster: options.clusterPort,
    registry: options.registryPort,
  };
  return withSandbox({ dataDir, replicas, debug, ports }, async ({ info }, _config, stopping) => {
    process.stdout.write(`${addressLines(info)}\nPress Ctrl-C to stop it.\n`);
    await untilStopped(stopping);
    return EXIT.proven;
  });
}

async function status(): Promise<number> {
  const info = runningSandbox();
  const { parts } = await statusOf(info);
  process.stdout.write(`${addressLines(info)}\n`);
  for (const { name, answers, detail } of parts) {
    const mark = answers ? styled('green', '✔') : styled('red', '✘');
    process.stdout.write(`  ${mark()} ${name.padEnd(18)} ${detail}\n`);
  }
  return parts.every(({ answers }) => answers) ? EXIT.proven : EXIT.failed;
}

function runningSandbox(): SandboxInfo {
  const info = findRunningSandbox();
  if (info !== undefined) return info;
  throw new PurserError('NotConfigured', 'no sandbox is running; start one with `npm start`');
}

function parseNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0 && value < 65_536) return value;
  throw new InvalidArgumentError(`${JSON.stringify(text)} is not a number from 1 to 65535.`);
}

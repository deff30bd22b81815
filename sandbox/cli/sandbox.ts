import { Command, InvalidArgumentError } from 'commander';
import { PurserError } from '../../src/domain/errors.ts';
import type { SandboxInfo } from '../info.ts';
import { login } from '../login.ts';
import { findRunningSandbox, stopSandbox } from '../running.ts';
import { statusOf } from '../status.ts';
import type { GlobalOptions } from '../../src/cli/context.ts';
import { EXIT } from '../../src/cli/exit.ts';
import { addressesOf } from './addresses.ts';
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
      'A whole cluster, registry and Temporal on this machine, for trying and for tests. The Kubernetes\n' +
        "API, the registry and Temporal are the real ones; OpenShift's own servers are stood in for.",
    )
    .addCommand(upCommand())
    .addCommand(
      new Command('down')
        .description(
          'Stops the newest running sandbox, whoever started it, and waits until it is gone.',
        )
        .action(async () => {
          const info = runningSandbox();
          await stopSandbox(info);
          process.stdout.write(`sandbox ${info.id} is gone\n`);
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
          "Does what a person's first login does by the provider's mapping method, in the newest running\n" +
            'sandbox, and prints their token (24 hours, all their rights).',
        )
        .argument('<user>', 'alice, bob, carol or dana, who has never logged in')
        .option(
          '--provider <name>',
          'which identity provider of OAuth/cluster (default: the only one)',
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
    .description('Starts a sandbox with a worker, and keeps it up until Ctrl-C.')
    .option(
      '--data-dir <folder>',
      'keep the data there; the next start on it goes on where this one ended',
    )
    .option('--replicas <n>', 'replicas of the registry, 1 to 3', parseNumber)
    .option('--temporal-port <port>', 'instead of a free one', parseNumber)
    .option('--ui-port <port>', "the Temporal Web UI's", parseNumber)
    .option('--cluster-port <port>', "the cluster API's", parseNumber)
    .option('--registry-port <port>', "the registry's", parseNumber)
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
    process.stdout.write(`${addressesOf(info)}\nCtrl-C ends it.\n`);
    await untilStopped(stopping);
    return EXIT.proven;
  });
}

async function status(): Promise<number> {
  const info = runningSandbox();
  const { parts } = await statusOf(info);
  process.stdout.write(`${addressesOf(info)}\n`);
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

import { Command } from 'commander';
import { runTestNotifiers } from '../../temporal/starts.ts';
import { findConfig, namedOrAll, withClient } from '../context.ts';
import type { GlobalOptions } from '../context.ts';
import { EXIT } from '../exit.ts';
import { outputOption } from '../options.ts';
import { formatJson } from '../display/json.ts';
import { styled } from '../display/style.ts';
import { formatMs } from '../../domain/duration.ts';

interface Options extends GlobalOptions {
  readonly notifier?: string;
  readonly target?: string;
  readonly output: 'text' | 'json';
}

type NotifierResult = Awaited<ReturnType<typeof runTestNotifiers>>[number];

export function notifyCommand(): Command {
  return new Command('notify')
    .description('the notifiers, which send the alerts about the health of the registries')
    .addCommand(
      new Command('test')
        .summary('send a test through the notifiers')
        .description(
          'Sends a test through each notifier of purser.yaml, whatever its targets and severities are, and ' +
            'prints each answer. The worker that runs the workflows sends it, with its own secrets. ' +
            'Alertmanager gets an alert PurserTest that ends by itself after two minutes.',
        )
        .option('-n, --notifier <name>', 'only through this notifier (default: all)')
        .option('-t, --target <name>', 'the target that the test names (default: the first)')
        .addOption(outputOption())
        .addHelpText('after', '\nExample:\n  $ purser notify test --notifier oncall')
        .action(async (_options: unknown, command: Command) => {
          process.exitCode = await test(command.optsWithGlobals<Options>());
        }),
    );
}

async function test(options: Options): Promise<number> {
  const loaded = findConfig(options);
  const [first = ''] = namedOrAll(loaded, undefined);
  const { target = first, notifier } = options;
  const results = await withClient(loaded, (client) =>
    runTestNotifiers(client, { target, notifier }),
  );
  process.stdout.write(options.output === 'json' ? `${formatJson(results)}\n` : describe(results));
  return results.length > 0 && results.every(({ ok }) => ok) ? EXIT.proven : EXIT.failed;
}

function describe(results: readonly NotifierResult[]): string {
  if (results.length === 0) {
    return "no alerts are sent: the worker's purser.yaml has no notify:\n";
  }
  return results.map(lineOf).join('');
}

function lineOf({ notifier, type, ok, detail, durationMs }: NotifierResult): string {
  const mark = ok ? styled('green', '✔') : styled('red', '✘');
  const took = formatMs(durationMs).padStart(7);
  return `  ${mark()} ${notifier.padEnd(16)} ${type.padEnd(13)} ${took}  ${detail}\n`;
}

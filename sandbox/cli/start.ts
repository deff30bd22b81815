import { Command } from 'commander';
import type { SandboxInfo } from '../info.ts';
import { loadConfig } from '../../src/config/load.ts';
import { onboardRequestSchema } from '../../src/access/model/request.ts';
import { parseRequest } from '../../src/domain/request.ts';
import { formatSubject } from '../../src/domain/subject.ts';
import { startOnboard } from '../../src/temporal/starts.ts';
import { withClient, workflowLink } from '../../src/cli/context.ts';
import type { GlobalOptions } from '../../src/cli/context.ts';
import { addressLines, exampleCommands } from './addresses.ts';
import { SANDBOX_TARGET } from './config.ts';
import { untilStopped, withSandbox } from './with-sandbox.ts';
import { watch } from '../../src/cli/display/watch.ts';

interface Options extends GlobalOptions {
  readonly once?: boolean;
  readonly dataDir?: string;
}

export function startCommand(): Command {
  return new Command('start')
    .summary('see it work: start a sandbox and onboard a user in it')
    .description(
      'Starts a sandbox and onboards the user alice in it. The sandbox runs until you press Ctrl-C. The\n' +
        'first start builds the programs, which takes about 15 minutes. `npm start` runs this command.',
    )
    .option('--once', 'stop after the onboarding; the exit code is 0 only if the access was proven')
    .option('--data-dir <folder>', 'keep the data in this folder')
    .addHelpText('after', '\nExample:\n  $ npm start -- --once')
    .action(async (_options: unknown, command: Command) => {
      process.exitCode = await start(command.optsWithGlobals<Options>());
    });
}

async function start(options: Options): Promise<number> {
  const { once, dataDir, debug } = options;
  return withSandbox({ dataDir, debug }, async ({ info }, configFile, stopping) => {
    const code = await showOnboarding(configFile);
    if (once === true) return code;
    process.stdout.write(readyMessage(info));
    await untilStopped(stopping);
    return code;
  });
}

async function showOnboarding(configFile: string): Promise<number> {
  const loaded = loadConfig(configFile, () => undefined);
  const request = parseRequest(onboardRequestSchema, {
    target: SANDBOX_TARGET,
    subject: { kind: 'User', name: 'alice' },
    accesses: ['pull:team-a', 'push:team-b'],
    reason: 'shows what Purser does',
    requestedBy: 'npm start',
  });
  const who = formatSubject(request.subject);
  process.stdout.write(`\nOnboarding ${who}: ${request.accesses.join(', ')}\n`);
  return withClient(loaded, async (client) => {
    const handle = await startOnboard(client, request);
    const link = workflowLink(loaded, handle.workflowId);
    return watch(handle, { output: 'text', link, onInterrupt: 'stopped watching' });
  });
}

function readyMessage(info: SandboxInfo): string {
  return [
    'The sandbox is running. Press Ctrl-C to stop it.',
    addressLines(info),
    '',
    'Try these commands in a second terminal:',
    exampleCommands(info),
    '',
  ].join('\n');
}

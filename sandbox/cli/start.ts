import { Command } from 'commander';
import type { SandboxInfo } from '../info.ts';
import { loadConfig } from '../../src/config/load.ts';
import { onboardRequestSchema } from '../../src/access/model/request.ts';
import { parseRequest } from '../../src/domain/request.ts';
import { formatSubject } from '../../src/domain/subject.ts';
import { startOnboard } from '../../src/temporal/starts.ts';
import { withClient, workflowLink } from '../../src/cli/context.ts';
import type { GlobalOptions } from '../../src/cli/context.ts';
import { addressesOf, thingsToTry } from './addresses.ts';
import { SANDBOX_TARGET } from './config.ts';
import { untilStopped, withSandbox } from './with-sandbox.ts';
import { watch } from '../../src/cli/display/watch.ts';

interface Options extends GlobalOptions {
  readonly once?: boolean;
  readonly dataDir?: string;
}

export function startCommand(): Command {
  return new Command('start')
    .summary('see it work: a sandbox, and a user brought on board')
    .description(
      'Starts a sandbox (the first time it builds its programs, about 15 minutes), brings the user alice\n' +
        'on board in it, and keeps it up to play with until Ctrl-C. `npm start` does this.',
    )
    .option('--once', 'end after the onboarding; the exit code is 0 only if it was proven')
    .option('--data-dir <folder>', 'keep the data there')
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
    process.stdout.write(invitation(info));
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

function invitation(info: SandboxInfo): string {
  return [
    'The sandbox is up. Ctrl-C ends it.',
    addressesOf(info),
    '',
    'To try in a second terminal:',
    thingsToTry(info),
    '',
  ].join('\n');
}

import { Command } from 'commander';
import { collectLogsRequestSchema } from '../../logs/model/collect-request.ts';
import type { Collected } from '../../logs/model/collect-request.ts';
import { retainedText } from '../../logs/model/retained.ts';
import { formatBytes } from '../../logs/model/size.ts';
import { parseRequest } from '../../domain/request.ts';
import { startCollectLogs } from '../../temporal/starts.ts';
import { findTarget, withClient, workflowLink } from '../context.ts';
import type { GlobalOptions } from '../context.ts';
import { EXIT } from '../exit.ts';
import { collect as several, outputOption, callerName, targetOption } from '../options.ts';
import { counted, formatCount } from '../display/amount.ts';
import { follow } from '../display/follow.ts';
import { formatJson } from '../display/json.ts';
import { createScreen } from '../display/screen.ts';
import { parseSince } from '../since.ts';

interface Options extends GlobalOptions {
  readonly target?: string;
  readonly since?: Date;
  readonly pod?: readonly string[];
  readonly nodeCa?: boolean;
  readonly reason?: string;
  readonly wait: boolean;
  readonly output: 'text' | 'json';
}

export function collectCommand(): Command {
  return new Command('collect')
    .summary('collect the new log lines into one bundle')
    .description(
      'Collects what the containers have logged since the last bundle: all replicas, the run before a ' +
        'restart, the operator, and the events. Secrets are removed before anything is stored.',
    )
    .addOption(targetOption())
    .option(
      '-s, --since <time>',
      'how far back, if there is no earlier bundle (30m, 2h, 7d)',
      parseSince,
    )
    .option('-p, --pod <name>', 'only this pod (repeatable)', several)
    .option('--node-ca', 'also the pods of node-ca, one on each node')
    .option('-r, --reason <text>', 'why; stored in the bundle')
    .option('--no-wait', 'start it and print its id')
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Examples:
  $ purser logs collect
  $ purser logs collect --since 2h --reason "pushes failed at noon"
  $ purser logs collect --pod image-registry-5d8f7c9b6d-x2x4z --output json

Exit codes: 0 all was read, 1 failed and nothing was sealed, 2 bad usage,
            3 sealed, but some sources could not be read.`,
    )
    .action(async (_options: unknown, command: Command) => {
      process.exitCode = await collect(command.optsWithGlobals<Options>());
    });
}

async function collect(options: Options): Promise<number> {
  const { loaded, target } = findTarget(options);
  const { since, pod, nodeCa, reason, output } = options;
  const request = parseRequest(collectLogsRequestSchema, {
    target,
    requestedBy: callerName(),
    ...(since === undefined ? {} : { since: since.toISOString() }),
    ...(pod === undefined ? {} : { pods: pod }),
    ...(nodeCa === undefined ? {} : { nodeCa }),
    ...(reason === undefined ? {} : { reason }),
  });
  return withClient(loaded, async (client) => {
    const handle = await startCollectLogs(client, request);
    const link = workflowLink(loaded, handle.workflowId);
    if (!options.wait) {
      process.stdout.write(`${handle.workflowId}\n${link === undefined ? '' : `${link}\n`}`);
      return EXIT.proven;
    }
    const collected = await waitForResult(handle, output);
    process.stdout.write(
      output === 'json' ? `${formatJson(collected)}\n` : `${describe(collected, link)}\n`,
    );
    return collected.failed > 0 ? EXIT.unproven : EXIT.proven;
  });
}

async function waitForResult(
  handle: Awaited<ReturnType<typeof startCollectLogs>>,
  output: 'text' | 'json',
): Promise<Collected> {
  const ended = new AbortController();
  const screen = createScreen(output);
  const interrupt = () => {
    screen.close();
    process.stderr.write(
      `${handle.workflowId} goes on without you; \`purser cancel '${handle.workflowId}'\` ends it\n`,
    );
    process.exit(EXIT.interrupted);
  };
  process.once('SIGINT', interrupt);
  const following = follow(handle, screen, ended.signal);
  try {
    return await handle.result();
  } finally {
    ended.abort();
    await following;
    screen.close();
    process.off('SIGINT', interrupt);
  }
}

function describe(collected: Collected, link: string | undefined): string {
  const { bundle, location, lines, bytes, fileBytes, gaps, capped, failed, redacted } = collected;
  const { retained } = collected;
  const notes = [
    gaps > 0 ? `${counted(gaps, 'gap')}: lines that could no longer be read` : '',
    capped > 0 ? `${counted(capped, 'source')} cut by a limit` : '',
    failed > 0
      ? `${counted(failed, 'source')} could not be read; the next collection tries again`
      : '',
    redacted > 0 ? `${counted(redacted, 'secret')} removed` : '',
    retained === undefined ? '' : retainedText(retained),
  ].filter((note) => note !== '');
  return [
    '',
    `sealed  ${bundle}: ${formatCount(lines)} lines, ${formatBytes(bytes)}, kept as ${formatBytes(fileBytes)}`,
    ...notes.map((note) => `  note      ${note}`),
    `  bundle    ${location}`,
    ...(link === undefined ? [] : [`  workflow  ${link}`]),
  ].join('\n');
}

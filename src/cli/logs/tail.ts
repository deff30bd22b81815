import { Command } from 'commander';
import { chooseTarget, findConfig } from '../context.ts';
import { visible } from '../../domain/inputs/shown.ts';
import { parseSince } from '../since.ts';
import { cleanerFor } from './display/clean.ts';
import { colorsOf } from './display/pod-colors.ts';
import { openPaper } from './display/pager.ts';
import { styled } from '../display/style.ts';
import { addLineOptions } from './bundle-reader.ts';
import type { LineOptions } from './bundle-reader.ts';

interface Options extends LineOptions {
  readonly since?: Date;
}

export function tailCommand(): Command {
  return addLineOptions(
    new Command('tail')
      .summary("the registry's lines as they are written")
      .description(
        'Shows the lines of all registry pods as they are written, in the order of time, without secrets, until Ctrl-C. ' +
          'Pods that come are followed, restarts and rotations survived; what is lost is said on standard error. ' +
          'It reads from the cluster itself: the kubeconfig of the target must be here, with the right to list pods and get pods/log.',
      )
      .option(
        '--since <time>',
        'begin then: 5m, 2h ago, or 2026-11-23T08:00:00Z (default: now)',
        parseSince,
      ),
  )
    .addHelpText(
      'after',
      `
Examples:
  $ purser logs tail
  $ purser logs tail --since 5m --pod 'image-registry-*'
  $ purser logs tail | grep --line-buffered 'OpenShift access denied'`,
    )
    .action(async (_options: unknown, command: Command) => {
      await tail(command.optsWithGlobals<Options>());
    });
}

async function tail(options: Options): Promise<void> {
  const loaded = findConfig(options);
  const target = chooseTarget(loaded, options.target);
  const { openTail } = await import('../../direct/tail.ts');
  const ending = new AbortController();
  const end = () => ending.abort();
  process.once('SIGINT', end).once('SIGTERM', end);
  const lines = await openTail(loaded.config, target, {
    pod: options.pod,
    since: (options.since ?? new Date()).toISOString(),
    signal: ending.signal,
    note: (text) => void process.stderr.write(`${styled('dim', `purser: ${visible(text)}`)()}\n`),
  });
  const color = colorsOf();
  const clean = cleanerFor(options);
  const paper = openPaper({ paged: false });
  for await (const some of lines) {
    const text = some
      .map(({ from, line }) => `${options.prefix ? `${color(from)} ` : ''}${shown(clean(line))}\n`)
      .join('');
    if (!(await paper.write(text))) break;
  }
}

// A line has its own time; that of the API stands before it.
function shown(line: Buffer): string {
  return line.toString('utf8').replace(/^\S+ /, '');
}

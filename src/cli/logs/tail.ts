import { Command } from 'commander';
import { findTarget } from '../context.ts';
import { visible } from '../../domain/inputs/shown.ts';
import { parseSince } from '../since.ts';
import { cleanerFor } from './display/clean.ts';
import { colorsOf } from './display/pod-colors.ts';
import { openPager } from './display/pager.ts';
import { styled } from '../display/style.ts';
import { addLineOptions } from './bundle-reader.ts';
import type { LineOptions } from './bundle-reader.ts';

interface Options extends LineOptions {
  readonly since?: Date;
}

export function tailCommand(): Command {
  return addLineOptions(
    new Command('tail')
      .summary("follow the registry's log lines as they are written")
      .description(
        'Shows the lines of all registry pods as they are written, in order of time, without secrets, until Ctrl-C. ' +
          'It follows new pods, and goes on after restarts and rotations. Lost lines are reported on standard error. ' +
          'It reads from the cluster itself: this machine needs the kubeconfig of the target, with the right to list pods and get pods/log.',
      )
      .option(
        '--since <time>',
        'from then on: 30m, 2h, 7d ago, or 2026-11-23T08:00:00Z (default: now)',
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
  const { loaded, target } = findTarget(options);
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
  const output = openPager({ paged: false });
  for await (const some of lines) {
    const text = some
      .map(({ from, line }) => `${options.prefix ? `${color(from)} ` : ''}${shown(clean(line))}\n`)
      .join('');
    if (!(await output.write(text))) break;
  }
}

// The API server puts a time before each line, which has one of its own.
function shown(line: Buffer): string {
  return line.toString('utf8').replace(/^\S+ /, '');
}

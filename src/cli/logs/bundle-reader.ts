import type { Command } from 'commander';
import { findTarget } from '../context.ts';
import type { GlobalOptions } from '../context.ts';
import { targetOption } from '../options.ts';
import type { BundleReader } from '../../direct/bundle-reader.ts';

export interface BundleReaderOptions extends GlobalOptions {
  readonly target?: string;
}

/** The options of {@link addLineOptions}. */
export interface LineOptions extends BundleReaderOptions {
  readonly pod?: string;
  readonly prefix: boolean;
  readonly raw?: boolean;
}

/** The log bundles of the chosen target. */
export async function findBundleReader(options: BundleReaderOptions): Promise<{
  readonly target: string;
  readonly reader: BundleReader;
}> {
  const { loaded, target } = findTarget(options);
  const { openBundleReader } = await import('../../direct/bundle-reader.ts');
  const reader = await openBundleReader(loaded.config, target, new AbortController().signal);
  return { target, reader };
}

/** Adds the options of every command that shows lines: target, pod and form of output. */
export function addLineOptions(command: Command): Command {
  return command
    .option('-p, --pod <name>', 'only this pod; * stands for anything')
    .option('--no-prefix', 'leave out the names of pod and container')
    .option('--raw', 'control characters as they are; without it only into a file')
    .addOption(targetOption());
}

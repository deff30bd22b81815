import { Option } from 'commander';
import { chooseTarget, findConfig } from '../context.ts';
import type { GlobalOptions } from '../context.ts';
import type { BundleReader } from '../../direct/bundle-reader.ts';

export interface BundleReaderOptions extends GlobalOptions {
  readonly target?: string;
}

/** The log bundles of the target that is meant. */
export async function findBundleReader(options: BundleReaderOptions): Promise<{
  readonly target: string;
  readonly book: BundleReader;
}> {
  const loaded = findConfig(options);
  const target = chooseTarget(loaded, options.target);
  const { openBundleReader: openLogbook } = await import('../../direct/bundle-reader.ts');
  const book = await openLogbook(loaded.config, target, new AbortController().signal);
  return { target, book };
}

export function targetOption(): Option {
  return new Option('-t, --target <name>', 'which cluster of purser.yaml (default: the only one)');
}

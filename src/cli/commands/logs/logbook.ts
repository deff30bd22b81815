import { Option } from 'commander';
import { chooseTarget, findConfig } from '../../context.ts';
import type { GlobalOptions } from '../../context.ts';
import type { openLogbook } from '../../../direct.ts';

export interface LogbookOptions extends GlobalOptions {
  readonly target?: string;
}

/** The log bundles of the target that is meant. */
export async function findLogbook(options: LogbookOptions): Promise<{
  readonly target: string;
  readonly book: ReturnType<typeof openLogbook>;
}> {
  const loaded = await findConfig(options);
  const target = chooseTarget(loaded, options.target);
  const { openLogbook: open } = await import('../../../direct.ts');
  return { target, book: open(loaded.config, target, new AbortController().signal) };
}

export function targetOption(): Option {
  return new Option('-t, --target <name>', 'which cluster of purser.yaml (default: the only one)');
}

import type { Command } from 'commander';
import { z } from 'zod';
import { PurserError } from '../domain/errors.ts';
import { parseRequest, targetSchema } from '../domain/request.ts';
import type { LoadedConfig } from '../config/load.ts';
import { chooseTarget } from './context.ts';
import type { GlobalOptions } from './context.ts';
import { collect } from './options.ts';

export interface TargetsOptions extends GlobalOptions {
  readonly target?: readonly string[];
  readonly all?: boolean;
}

/** Adds the options that name targets. */
export function addTargetsOptions(command: Command): Command {
  return command
    .option('-t, --target <name>', 'a cluster of purser.yaml; may be repeated', collect)
    .option('-a, --all', 'all clusters of purser.yaml');
}

/** The targets to work on: those named, or the only one in purser.yaml. */
export function chooseTargets(
  loaded: LoadedConfig,
  { target, all }: TargetsOptions,
): readonly string[] {
  const known = Object.keys(loaded.config.targets);
  if (all === true && target !== undefined) {
    throw new PurserError('InvalidRequest', '--all and --target exclude each other');
  }
  if (all === true) return known;
  if (target !== undefined) return [...new Set(target.map((name) => chooseTarget(loaded, name)))];
  if (known.length > 1) {
    throw new PurserError(
      'InvalidRequest',
      `purser.yaml has ${known.length} targets; say --all, or --target with some of ${known.join(', ')}`,
    );
  }
  return known;
}

const scheduledSchema = z.strictObject({ target: targetSchema });

/**
 * {@link chooseTargets}, but a target that is named may be gone from purser.yaml: only the form of its name
 * is checked. Throws `InvalidRequest` if it cannot be the name of a target.
 */
export function chooseScheduled(loaded: LoadedConfig, options: TargetsOptions): readonly string[] {
  const { target, all } = options;
  if (target === undefined || all === true) return chooseTargets(loaded, options);
  return [...new Set(target.map((name) => parseRequest(scheduledSchema, { target: name }).target))];
}

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { errorMessage, PurserError } from '../domain/errors.ts';
import { explain } from '../domain/request.ts';
import { withAbsolutePaths } from './notify.ts';
import { configSchema } from './schema.ts';
import { isSecretField } from './secrets.ts';
import type { Config, TargetConfig } from './schema.ts';
import { readYaml } from '../yaml.ts';

/** A configuration, and the file it came from. */
export interface LoadedConfig {
  readonly config: Config;
  readonly file: string;
  /** How the file was chosen: shown to the user, who may have meant another one. */
  readonly chosenBy: string;
}

/**
 * Reads the first configuration of: `--config`, PURSER_CONFIG, ./purser.yaml, the newest running sandbox.
 * Throws `NotConfigured` if there is none, or if it is wrong: then the message names every wrong setting.
 */
export function loadConfig(
  given: string | undefined,
  findSandbox: () => string | undefined,
): LoadedConfig {
  const fromEnvironment = process.env['PURSER_CONFIG'];
  if (given !== undefined) return read(given, '--config');
  if (fromEnvironment !== undefined) return read(fromEnvironment, 'PURSER_CONFIG');
  if (existsSync('purser.yaml')) return read('purser.yaml', 'this folder');
  const sandbox = findSandbox();
  if (sandbox !== undefined) return read(sandbox, 'the running sandbox');
  throw new PurserError(
    'NotConfigured',
    'no configuration: name one with --config or PURSER_CONFIG, put a purser.yaml in this folder, or start a sandbox with `npm start`',
  );
}

/** The named target's configuration. Throws `NotConfigured`, listing the targets there are. */
export function targetOf(config: Pick<Config, 'targets'>, name: string): TargetConfig {
  const target = Object.hasOwn(config.targets, name) ? config.targets[name] : undefined;
  if (target !== undefined) return target;
  throw new PurserError(
    'NotConfigured',
    `there is no target ${JSON.stringify(name)}; purser.yaml has ${Object.keys(config.targets).join(', ')}`,
  );
}

/** The only target of the configuration, for commands that name none. */
export function soleTarget(config: Config): string {
  const names = Object.keys(config.targets);
  if (names.length === 1 && names[0] !== undefined) return names[0];
  throw new PurserError(
    'NotConfigured',
    `purser.yaml has ${names.length} targets; name one with --target: ${names.join(', ')}`,
  );
}

function read(file: string, chosenBy: string): LoadedConfig {
  const given = parseYaml(file);
  const result = configSchema.safeParse(given);
  if (!result.success) {
    const isSecret = (field: readonly PropertyKey[]) => isSecretField(configSchema, field);
    const wrong = explain(result.error.issues, given, 'the file', isSecret).join('; ');
    throw new PurserError('NotConfigured', `${file} is not a configuration: ${wrong}`);
  }
  return { config: relativeTo(path.dirname(path.resolve(file)), result.data), file, chosenBy };
}

function parseYaml(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const reason = errorMessage(error);
    throw new PurserError('NotConfigured', `${file} cannot be read: ${reason}`);
  }
  return readYaml(text, file);
}

function archiveFrom(folder: string, archive: Config['archive']): Config['archive'] {
  if (!('s3' in archive)) return { folder: path.resolve(folder, archive.folder) };
  const { ca, ...s3 } = archive.s3;
  return { s3: ca === undefined ? s3 : { ...s3, ca: path.resolve(folder, ca) } };
}

// A path in the file means the same from every folder that Purser is started in.
function relativeTo(folder: string, config: Config): Config {
  const absolute = (each: string | undefined) =>
    each === undefined ? undefined : path.resolve(folder, each);
  const targets = Object.entries(config.targets).map(([name, target]) => [
    name,
    {
      ...target,
      kubeconfig: absolute(target.kubeconfig),
      registry: { ...target.registry, ca: absolute(target.registry.ca) },
    },
  ]);
  return {
    ...config,
    archive: archiveFrom(folder, config.archive),
    notify: config.notify.map((each) =>
      withAbsolutePaths(each, (file) => path.resolve(folder, file)),
    ),
    targets: Object.fromEntries(targets),
  };
}

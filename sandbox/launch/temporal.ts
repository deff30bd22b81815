import type { ProgramSpec } from '../info.ts';
import type { LaunchContext } from './context.ts';
import { loopback } from './context.ts';

export function temporal({ paths, ports, programs, searchAttributes }: LaunchContext): ProgramSpec {
  const attributes = Object.entries(searchAttributes).map(([name, type]) => `${name}=${type}`);
  return {
    name: 'temporal',
    command: programs.temporal,
    args: [
      'server',
      'start-dev',
      `--ip=${loopback}`,
      `--ui-ip=${loopback}`,
      `--port=${ports.temporal}`,
      `--ui-port=${ports.temporalUi}`,
      `--db-filename=${paths.temporal}`,
      '--log-level=error',
      ...attributes.map((attribute) => `--search-attribute=${attribute}`),
    ],
    // Otherwise the command line tool would read the user's own configuration, with its addresses and keys.
    env: { TEMPORAL_CONFIG_FILE: paths.configOf('no-temporal.toml') },
  };
}

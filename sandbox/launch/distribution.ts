import type { ProgramSpec } from '../info.ts';
import type { LaunchContext } from './context.ts';
import { loopback } from './context.ts';
import { writeConfig } from './write-config.ts';

export function backendUrl({ ports }: Pick<LaunchContext, 'ports'>): string {
  return `http://${loopback}:${ports.backend}`;
}

/** The upstream registry that stores the content, behind the fronts. */
export function distribution(
  context: Pick<LaunchContext, 'paths' | 'ports' | 'programs'>,
): ProgramSpec {
  const file = writeConfig(context.paths.configOf('registry.yaml'), {
    version: '0.1',
    log: { level: 'error', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: context.paths.images },
      delete: { enabled: true },
      cache: { blobdescriptor: 'inmemory' },
      maintenance: { uploadpurging: { enabled: false } },
    },
    // All fronts need the same secret, also those of a resumed sandbox: an upload may be unfinished.
    http: { addr: `${loopback}:${context.ports.backend}`, secret: 'purser-sandbox' },
  });
  return {
    name: 'registry',
    command: context.programs.registry,
    args: ['serve', file],
    // By default distribution 3 sends traces to localhost:4318.
    env: { OTEL_TRACES_EXPORTER: 'none' },
  };
}

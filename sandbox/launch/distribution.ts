import type { ProgramSpec } from '../info.ts';
import type { LaunchContext } from './context.ts';
import { loopback } from './context.ts';
import { writeConfig } from './write-config.ts';

export function backendUrl({ ports }: Pick<LaunchContext, 'ports'>): string {
  return `http://${loopback}:${ports.backend}`;
}

/** The upstream registry that keeps the content, behind the fronts. */
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
    // Behind several fronts one secret must do, and a resumed sandbox may find an upload half done.
    http: { addr: `${loopback}:${context.ports.backend}`, secret: 'purser-sandbox' },
  });
  return {
    name: 'registry',
    command: context.programs.registry,
    args: ['serve', file],
    // Distribution 3 sends traces to localhost:4318 unless told not to.
    env: { OTEL_TRACES_EXPORTER: 'none' },
  };
}

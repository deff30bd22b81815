import type { ProgramSpec } from '../info.ts';
import type { LaunchContext } from './context.ts';
import { loopback } from './context.ts';

export function etcdUrl({ ports }: Pick<LaunchContext, 'ports'>): string {
  return `http://${loopback}:${ports.etcd}`;
}

export function etcd(context: LaunchContext): ProgramSpec {
  const peer = `http://${loopback}:${context.ports.etcdPeer}`;
  return {
    name: 'etcd',
    command: context.programs.etcd,
    args: [
      `--data-dir=${context.paths.etcd}`,
      `--listen-client-urls=${etcdUrl(context)}`,
      `--advertise-client-urls=${etcdUrl(context)}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      '--log-level=error',
      // The data of an ephemeral sandbox need not survive a power failure; a killed process loses none.
      ...(context.ephemeral ? ['--unsafe-no-fsync'] : []),
    ],
  };
}

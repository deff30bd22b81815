import { homedir } from 'node:os';
import path from 'node:path';

/** The paths of one sandbox in its data folder. */
export type DataPaths = ReturnType<typeof dataPaths>;

export function dataPaths(dataDir: string) {
  const at = (...parts: string[]): string => path.join(dataDir, ...parts);
  return {
    dataDir,
    lock: at('lock'),
    info: at('sandbox.json'),
    id: at('id'),
    /** The running programs, for the cleanup after all processes of a sandbox were killed. */
    processes: at('processes.json'),
    logs: at('logs'),
    config: at('config'),
    pki: at('pki'),
    tokens: at('tokens'),
    etcd: at('etcd'),
    images: at('images'),
    podLogs: at('pod-logs'),
    temporal: at('temporal.db'),
    tokenLedger: at('token-ledger'),
    adminToken: at('tokens', 'admin'),
    registryToken: at('tokens', 'registry'),
    staticTokens: at('tokens', 'static.csv'),
    kubeconfig: at('purser.kubeconfig'),
    adminKubeconfig: at('admin.kubeconfig'),
    logOf: (program: string): string => at('logs', `${program}.log`),
    configOf: (name: string): string => at('config', name),
    podLog: (pod: string): string => at('pod-logs', `${pod}.log`),
    /** The log of the previous run. */
    podLogBefore: (pod: string): string => at('pod-logs', `${pod}.before.log`),
  } as const;
}

/** The folder of all sandboxes that have no given folder: in $XDG_STATE_HOME or ~/.local/state. */
export function sandboxesDir(env: NodeJS.ProcessEnv = process.env): string {
  return path.join(xdg(env['XDG_STATE_HOME'], '.local', 'state'), 'purser', 'sandboxes');
}

/** The folder of built programs: $XDG_CACHE_HOME or ~/.cache. */
export function programsCache(env: NodeJS.ProcessEnv = process.env): string {
  return path.join(xdg(env['XDG_CACHE_HOME'], '.cache'), 'purser', 'programs');
}

// A relative path is ignored (XDG Base Directory Specification 0.8).
function xdg(value: string | undefined, ...fallback: string[]): string {
  return value !== undefined && path.isAbsolute(value) ? value : path.join(homedir(), ...fallback);
}

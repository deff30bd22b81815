import { homedir } from 'node:os';
import path from 'node:path';

/** Where everything of one sandbox lies in its data folder. */
export type DataPaths = ReturnType<typeof dataPaths>;

export function dataPaths(dataDir: string) {
  const at = (...parts: string[]): string => path.join(dataDir, ...parts);
  return {
    dataDir,
    lock: at('lock'),
    info: at('sandbox.json'),
    id: at('id'),
    /** The programs that run, for whoever must clean up after everybody was killed. */
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
    /** Of the run before the present one. */
    podLogBefore: (pod: string): string => at('pod-logs', `${pod}.before.log`),
  } as const;
}

/** The folder of all sandboxes that were not given one: $XDG_STATE_HOME or ~/.local/state. */
export function sandboxesDir(env: NodeJS.ProcessEnv = process.env): string {
  return path.join(xdg(env['XDG_STATE_HOME'], '.local', 'state'), 'purser', 'sandboxes');
}

/** The folder of built programs: $XDG_CACHE_HOME or ~/.cache. */
export function programsCache(env: NodeJS.ProcessEnv = process.env): string {
  return path.join(xdg(env['XDG_CACHE_HOME'], '.cache'), 'purser', 'programs');
}

// A relative path there is to be ignored (XDG Base Directory Specification 0.8).
function xdg(value: string | undefined, ...fallback: string[]): string {
  return value !== undefined && path.isAbsolute(value) ? value : path.join(homedir(), ...fallback);
}

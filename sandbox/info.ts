import { z } from 'zod';

const port = z.int().min(1).max(65_535);

/**
 * The file <dataDir>/sandbox.json: the addresses of a running sandbox. It holds no secret, only paths to
 * them.
 */
export const sandboxInfo = z.object({
  id: z.string().min(1),
  dataDir: z.string().min(1),
  /** Removed with everything in it when the sandbox ends. */
  ephemeral: z.boolean(),
  /** The process that runs the sandbox, and its start (see src/process-identity.ts): a pid alone may be reused. */
  pid: z.int().positive(),
  identity: z.string(),
  startedAt: z.iso.datetime(),
  temporal: z.object({ address: z.string(), ui: z.url(), namespace: z.string() }),
  cluster: z.object({
    server: z.url(),
    caFile: z.string(),
    /** Purser's own identity, service account purser/purser. */
    kubeconfig: z.string(),
    adminKubeconfig: z.string(),
    adminTokenFile: z.string(),
  }),
  registry: z.object({
    /** The default route's host name, signed by the ingress CA; it does not resolve. */
    routeHost: z.string(),
    /** The address of that host: 127.0.0.1:port of the router. */
    routeAddress: z.string(),
    /** image-registry.openshift-image-registry.svc:5000, signed by the service CA; only by port-forward. */
    serviceHost: z.string(),
    ingressCaFile: z.string(),
    serviceCaFile: z.string(),
    /** http://127.0.0.1:port of the upstream registry behind the front, without any authentication. */
    backend: z.url(),
    /** The router's fault-injection endpoint. */
    routerControl: z.url(),
    /** One fault-injection endpoint a replica. */
    controls: z.array(z.url()),
    frontPorts: z.array(port),
    /** One pod a replica, in the same order. */
    pods: z.array(z.string()),
  }),
  /** One object name (never a secret) of every OAuthAccessToken ever made, a line each. */
  tokenLedger: z.string(),
  /** Folder of <program>.log files. */
  logs: z.string(),
});

export type SandboxInfo = Readonly<z.infer<typeof sandboxInfo>>;

/** Ports that may be chosen; each of the others is a free one. */
export interface PortChoice {
  readonly temporal?: number | undefined;
  readonly temporalUi?: number | undefined;
  readonly cluster?: number | undefined;
  /** The router, which the default route leads to. */
  readonly registry?: number | undefined;
}

export type SearchAttributeType =
  'Bool' | 'Datetime' | 'Double' | 'Int' | 'Keyword' | 'KeywordList' | 'Text';

export interface SandboxOptions {
  /**
   * Kept when the sandbox stops, and used again by the next start. By default a new folder is created and
   * removed.
   */
  readonly dataDir?: string | undefined;
  readonly ports?: PortChoice | undefined;
  /** Registry replicas, 1 (default) to 3. */
  readonly replicas?: number | undefined;
  /** kube-apiserver's token cache, a Go duration; default: two minutes, as on a real cluster. */
  readonly tokenCacheTtl?: string | undefined;
  /** Temporal's search attributes, name to type; default: Purser's six. */
  readonly searchAttributes?: Readonly<Record<string, SearchAttributeType>> | undefined;
  /** Folder of manifests of Purser's own rights; default deploy/rbac, which may be missing. */
  readonly manifests?: string | undefined;
  readonly progress: Progress;
  /** Aborts the start, which then removes all that it has made. A running sandbox is ended by stop(). */
  readonly signal: AbortSignal;
}

export type ProgressEvent =
  | { readonly type: 'step'; readonly text: string }
  /** Details for the analysis of a problem. */
  | { readonly type: 'debug'; readonly text: string }
  | {
      readonly type: 'building';
      readonly program: string;
      /** 1-based. */
      readonly index: number;
      readonly of: number;
      readonly seconds: number;
    };

/** Called for every step, and once a second during a build; display-progress.ts shows it. */
export type Progress = (event: ProgressEvent) => void;

/** A program of the supervisor; its output is written to <logs>/<name>.log. */
export interface ProgramSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Added to this process's own environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string | undefined;
}

export interface RunningProgram {
  readonly name: string;
  readonly pid: number;
}

export interface ProgramExit {
  readonly name: string;
  readonly code: number | null;
  readonly signal: string | null;
  readonly logFile: string;
  /** The last 20 lines of its log, oldest first. */
  readonly lastLines: readonly string[];
}

export interface Sandbox {
  readonly info: SandboxInfo;
  /** The programs that run now. */
  readonly programs: readonly RunningProgram[];
  /** Starts one more program under the supervisor (for example a worker); it ends with the sandbox. */
  readonly startProgram: (spec: ProgramSpec) => Promise<RunningProgram>;
  /** Stops one program: SIGTERM, and SIGKILL after 5 s. */
  readonly stopProgram: (name: string) => Promise<void>;
  /** Stops a program and starts it again with the same command; one that has exited is started. */
  readonly restart: (name: string) => Promise<RunningProgram>;
  /** Stops everything in reverse order; resolves when no process is left. May be called twice. */
  readonly stop: () => Promise<void>;
  /** The first program that exits without having been stopped; pending for ever if none does. */
  readonly exited: Promise<ProgramExit>;
}

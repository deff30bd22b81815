import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createSecureContext } from 'node:tls';
import type { SecureContext } from 'node:tls';
import { openBackend } from './content/backend.ts';
import { openCluster } from './cluster.ts';
import type { FrontConfig } from './config.ts';
import { createControl } from './control.ts';
import { createDispatch } from './wire/dispatch.ts';
import { faultsSchema } from './faults.ts';
import type { FaultBox } from './faults.ts';
import { openLogFile } from './telemetry/log.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { follow, listen, stop } from './wire/listening.ts';
import { createServe } from './wire/serve.ts';
import { createMemory } from './content/memory.ts';
import { createStreams } from './content/streams.ts';

export interface Front {
  readonly address: AddressInfo;
  /** Of the control endpoint, where one is configured. */
  readonly control: AddressInfo | undefined;
  readonly reopenLog: () => void;
  /** Ends the listening at once; requests under way get two seconds. */
  readonly close: () => Promise<void>;
}

/** Longer than any client keeps a connection, so that it is never the server who closes first. */
const KEEP_ALIVE_MS = 120_000;

/** Starts the registry's front and resolves when it listens. Rejects where a file or port is bad. */
export async function startFront(config: FrontConfig): Promise<Front> {
  const contexts = await loadCertificates(config.certificates);
  const cluster = await openCluster(config.cluster);
  const faults: FaultBox = { current: {} };
  const metrics = createMetrics(config.version);
  const backend = openBackend(config.backend, metrics);
  const { log, reopen, close: closeLog } = openLogFile(config.logFile);
  const memory = createMemory();
  const means = { backend, cluster, faults, memory, metrics, streams: createStreams(cluster) };
  const serve = createServe({ log, faults, metrics, dispatch: createDispatch(means, log) });

  const server = createServer(
    {
      ...contexts.fallback,
      SNICallback: (name, done) => done(null, otherThan(faults) ?? contexts.byName.get(name)),
      keepAliveTimeout: KEEP_ALIVE_MS,
      requestTimeout: 0,
    },
    (request, response) => {
      void serve(request, response).finally(() => {
        if (!server.listening) {
          // Else a client that keeps its connection would hold up the end.
          setImmediate(() => server.closeIdleConnections());
        }
      });
    },
  );
  const control =
    config.control === undefined ? undefined : createControl(faultsSchema, faults, () => apply());
  log.info('start registry', { distribution_version: 'v3.1.2', openshift_version: config.version });
  const address = await listen(server, config.listen);
  const controlAddress =
    control === undefined || config.control === undefined
      ? undefined
      : await listen(control, config.control);
  log.info(`listening on :${address.port}, tls`);
  const place = { ...config.listen, port: address.port };
  const apply = (): Promise<void> => follow(server, faults.current, place);

  return {
    address,
    control: controlAddress,
    reopenLog: reopen,
    close: async () => {
      await Promise.all([stop(server), ...(control === undefined ? [] : [stop(control)])]);
      await Promise.all([backend.close(), cluster.close()]);
      closeLog();
    },
  };
}

function otherThan({ current: { certificate } }: FaultBox): SecureContext | undefined {
  return certificate === undefined ? undefined : createSecureContext(certificate);
}

interface Certificates {
  readonly fallback: { readonly cert: string; readonly key: string };
  readonly byName: ReadonlyMap<string, SecureContext>;
}

async function loadCertificates(certificates: FrontConfig['certificates']): Promise<Certificates> {
  const loaded = await Promise.all(
    certificates.map(async ({ names, certFile, keyFile }) => ({
      names,
      cert: await readFile(certFile, 'utf8'),
      key: await readFile(keyFile, 'utf8'),
    })),
  );
  const byName = new Map<string, SecureContext>();
  for (const { names, cert, key } of loaded) {
    const context = createSecureContext({ cert, key });
    names.forEach((name) => byName.set(name, context));
  }
  const [first] = loaded;
  return { fallback: { cert: first?.cert ?? '', key: first?.key ?? '' }, byName };
}

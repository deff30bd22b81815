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
import type { FaultState } from './faults.ts';
import { openLogFile } from './telemetry/log.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { applyListeningFaults, listen, stop } from './wire/listening.ts';
import { createServe } from './wire/serve.ts';
import { createMemory } from './content/memory.ts';
import { createStreams } from './content/streams.ts';

export interface Front {
  readonly address: AddressInfo;
  /** The control endpoint's address, if one is configured. */
  readonly control: AddressInfo | undefined;
  readonly reopenLog: () => void;
  /** Stops listening at once; requests under way get two seconds. */
  readonly close: () => Promise<void>;
}

/** Longer than any client keeps a connection, so that the server never closes it first. */
const KEEP_ALIVE_MS = 120_000;

/** Starts the registry's front and resolves when it listens. Rejects if a file or port is bad. */
export async function startFront(config: FrontConfig): Promise<Front> {
  const contexts = await loadCertificates(config.certificates);
  const cluster = await openCluster(config.cluster);
  const faults: FaultState = { current: {} };
  const metrics = createMetrics(config.version);
  const backend = openBackend(config.backend, metrics);
  const { log, reopen, close: closeLog } = openLogFile(config.logFile);
  const memory = createMemory();
  const services = { backend, cluster, faults, memory, metrics, streams: createStreams(cluster) };
  const serve = createServe({ log, faults, metrics, dispatch: createDispatch(services, log) });

  const server = createServer(
    {
      ...contexts.fallback,
      SNICallback: (name, done) =>
        done(null, faultCertificate(faults) ?? contexts.byName.get(name)),
      keepAliveTimeout: KEEP_ALIVE_MS,
      requestTimeout: 0,
    },
    (request, response) => {
      void serve(request, response).finally(() => {
        if (!server.listening) {
          // Otherwise a client with an open connection would delay the shutdown.
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
  const endpoint = { ...config.listen, port: address.port };
  const apply = (): Promise<void> => applyListeningFaults(server, faults.current, endpoint);

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

function faultCertificate({ current: { certificate } }: FaultState): SecureContext | undefined {
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

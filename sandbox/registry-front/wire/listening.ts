import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const FINISH_WITHIN_MS = 2_000;

interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** Resolves with the address of the server. */
export function listen(server: Server, { host, port }: HostPort): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address();
      if (address === null || typeof address === 'string') {
        reject(new Error(`${host}:${port} gave no TCP address, but ${String(address)}`));
      } else {
        resolve(address);
      }
    });
  });
}

/** Makes a server listen or not, as its faults say. */
export async function applyListeningFaults(
  server: Server,
  { stopped }: { readonly stopped?: boolean | undefined },
  endpoint: HostPort,
): Promise<void> {
  // Only a new connection gets another certificate, so idle ones are closed.
  server.closeIdleConnections();
  if (stopped === true && server.listening) await halt(server);
  if (stopped !== true && !server.listening) await listen(server, endpoint);
}

/** Closes every connection at once, as when the process is killed. */
export function halt(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** Stops listening at once; requests under way get two seconds. */
export function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const impatient = setTimeout(() => server.closeAllConnections(), FINISH_WITHIN_MS);
    server.close(() => {
      clearTimeout(impatient);
      resolve();
    });
    server.closeIdleConnections();
  });
}

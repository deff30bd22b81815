import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const FINISH_WITHIN_MS = 2_000;

interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** Resolves with the address that it listens at. */
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

/** Has a server listen, or not, as a fault of it says. */
export async function follow(
  server: Server,
  { stopped }: { readonly stopped?: boolean | undefined },
  place: HostPort,
): Promise<void> {
  // A certificate is shown to new connections only.
  server.closeIdleConnections();
  if (stopped === true && server.listening) await halt(server);
  if (stopped !== true && !server.listening) await listen(server, place);
}

/** As a process that is gone: nobody gets an answer any more. */
export function halt(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** Ends the listening at once; requests under way get two seconds. */
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

import { createServer } from 'node:net';
import type { Server } from 'node:net';
import type { PortChoice } from '../info.ts';

/** Every port of one sandbox, all on 127.0.0.1. */
export interface Ports {
  readonly etcd: number;
  readonly etcdPeer: number;
  readonly cluster: number;
  readonly openshift: number;
  readonly backend: number;
  readonly temporal: number;
  readonly temporalUi: number;
  readonly kwok: number;
  /** The router before the fronts, with its own control endpoint. */
  readonly router: number;
  readonly routerControl: number;
  /** One front and one control endpoint for each replica. */
  readonly fronts: readonly number[];
  readonly controls: readonly number[];
}

/** Chooses free ports, and checks that the configured ones are free; the error names one that is not. */
export async function choosePorts(choice: PortChoice, replicas: number): Promise<Ports> {
  const held: Server[] = [];
  const take = async (name: string, wanted = 0): Promise<number> => {
    const server = await bind(name, wanted);
    held.push(server);
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('Expected a TCP address');
    return address.port;
  };
  try {
    const many = async (name: string): Promise<number[]> => {
      const ports: number[] = [];
      for (let index = 0; index < replicas; index += 1) {
        ports.push(await take(name));
      }
      return ports;
    };
    return {
      cluster: await take('cluster', choice.cluster),
      temporal: await take('temporal', choice.temporal),
      temporalUi: await take('temporalUi', choice.temporalUi),
      router: await take('registry', choice.registry),
      routerControl: await take('routerControl'),
      fronts: await many('front'),
      controls: await many('control'),
      etcd: await take('etcd'),
      etcdPeer: await take('etcdPeer'),
      openshift: await take('openshift'),
      backend: await take('backend'),
      kwok: await take('kwok'),
    };
  } finally {
    await Promise.all(held.map(close));
  }
}

function bind(name: string, port: number): Promise<Server> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const way =
        port === 0 ? '' : `. Choose another port for "${name}", or name none to get a free one`;
      reject(
        new Error(`Tried to bind 127.0.0.1:${port} for ${name}: ${error.message}${way}`, {
          cause: error,
        }),
      );
    });
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

import { Duplex, PassThrough, Writable } from 'node:stream';
import { PortForward } from '@kubernetes/client-node';
import type { Connection } from './api/connection.ts';
import { withoutSecrets } from '../domain/redact/redact-lines.ts';
import { ClusterFailure } from './api/failure.ts';

/**
 * Opens a byte stream to a port of a pod through the cluster's API (needs `create` on
 * pods/portforward). Destroying the stream closes the connection. Throws a ClusterFailure if the
 * API refuses; a refusal of the pod itself ends the stream with an error.
 */
export async function openPortForward(
  connection: Pick<Connection, 'forSockets'>,
  at: { readonly namespace: string; readonly pod: string; readonly port: number },
  signal: AbortSignal,
): Promise<Duplex> {
  const kubeConfig = await connection.forSockets(signal);
  const tried = `port-forward to ${at.namespace}/${at.pod}:${at.port}`;
  const toPod = new PassThrough();
  const stream = new Duplex({
    read: () => {},
    write: (chunk, encoding, done) => void toPod.write(chunk, encoding, done),
    final: (done) => void toPod.end(done),
  });
  // The library writes here without waiting, so there is no back-pressure to pass on.
  const fromPod = sink((chunk) => stream.push(chunk));
  // The stream of errors begins with the port's number, which leaves an empty chunk behind.
  const errors = sink((text) => {
    if (text.length > 0) {
      stream.destroy(new Error(`${tried}: ${text.toString('utf8').slice(0, 300)}`));
    }
  });
  const socket = await new PortForward(kubeConfig)
    .portForward(at.namespace, at.pod, [at.port], fromPod, errors, toPod)
    .catch((error: unknown) => {
      const advice = 'check the right to create pods/portforward';
      throw new ClusterFailure(`${tried}: ${withoutSecrets(messageOf(error))}`, {
        failureCause: 'tcp',
        advice,
      });
    });
  if (typeof socket === 'function') {
    throw new ClusterFailure(`${tried}: no socket`, { failureCause: 'probe' });
  }
  socket.on('close', () => stream.push(null));
  socket.on('error', (error: unknown) =>
    stream.destroy(new Error(`${tried}: ${messageOf(error)}`)),
  );
  stream.once('close', () => socket.close());
  signal.addEventListener('abort', () => stream.destroy(), { once: true });
  return stream;
}

function sink(take: (chunk: Buffer) => void): Writable {
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      take(chunk);
      done();
    },
  });
}

// The WebSocket library throws events as well as errors.
function messageOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'message' in error)
    return String(error.message);
  return String(error);
}

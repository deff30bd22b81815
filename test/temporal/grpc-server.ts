import { once } from 'node:events';
import { createSecureServer, createServer } from 'node:http2';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Pair } from '../registry/certificates.ts';

/** What a call is answered with: a gRPC status, 0 with a message that is empty if none is given. */
export interface GrpcAnswer {
  readonly status: number;
  readonly message?: string;
  /** An encoded message of protobuf, for status 0. */
  readonly body?: Uint8Array;
}

/** A server that speaks as much gRPC as is needed to refuse. */
export interface GrpcServer {
  /** host:port */
  readonly address: string;
  /** The methods that were called, by their last name. */
  readonly calls: readonly string[];
  close(): Promise<void>;
}

/** Answers each method as `answer` says; with a pair it speaks TLS. */
export async function grpcServer(
  answer: (method: string) => GrpcAnswer,
  tls?: Pair,
): Promise<GrpcServer> {
  const calls: string[] = [];
  const sessions = new Set<{ destroy(): void }>();
  const onStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void => {
    const method = String(headers[':path']).split('/').at(-1) ?? '';
    calls.push(method);
    reply(stream, answer(method));
  };
  const server =
    tls === undefined
      ? createServer().on('stream', onStream)
      : createSecureServer({ ...tls }).on('stream', onStream);
  server.on('session', (session) => sessions.add(session));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const at = server.address();
  return {
    address: `localhost:${typeof at === 'object' ? at?.port : at}`,
    calls,
    close: async () => {
      for (const session of sessions) session.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function reply(
  stream: ServerHttp2Stream,
  { status, message = '', body = new Uint8Array() }: GrpcAnswer,
): void {
  const trailers = { 'grpc-status': String(status), 'grpc-message': encodeURIComponent(message) };
  stream.on('error', () => {});
  if (status !== 0) {
    stream.respond({ 'content-type': 'application/grpc', ...trailers }, { endStream: true });
    return;
  }
  stream.respond({ 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  // No compression, and the length.
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  stream.end(Buffer.concat([head, body]));
}

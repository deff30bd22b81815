import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Duplex } from 'node:stream';
import { suite, test } from 'node:test';
import { createRegistry } from '../../src/registry/registry.ts';
import { failure } from './failure-of.ts';
import { ca, likeOpenShift, ORIGIN, patience, stage, TOKEN } from './play.ts';
import { bothFail, withRegistry } from './ways.ts';

suite('over a stream of bytes (a port-forward)', () => {
  test('TLS is checked by the name, one stream serves many requests, and closing ends it', async () => {
    const server = await stage(likeOpenShift());
    const streams: Duplex[] = [];
    const registry = createRegistry({
      origin: ORIGIN,
      ca: ca.cert,
      connect: async () => {
        const stream = tunnel(server.port);
        streams.push(stream);
        return stream;
      },
    });
    try {
      const reach = await registry.inspect(patience());
      assert.equal(reach.failure, undefined);
      assert.deepEqual(
        reach.stages.map(({ stage: name }) => name),
        ['tcp', 'tls'],
      );
      assert.equal(reach.tls?.trusted, true);
      assert.equal(streams[0]?.destroyed, true);
      const session = await registry.login(TOKEN, { account: 'alice' }, patience());
      assert.equal(await session.stillLoggedIn(patience()), true);
      assert.equal(streams.length, 2);
    } finally {
      await registry.close();
      await server.close();
    }
    assert.ok(streams.every(({ destroyed }) => destroyed));
  });

  test('a wrong name is still tls', async () => {
    const server = await stage(likeOpenShift(), await ca.leaf(['localhost']));
    try {
      await withRegistry(
        { origin: ORIGIN, ca: ca.cert, connect: async () => tunnel(server.port) },
        (registry) => bothFail(registry, 'tls', /for another name/),
      );
    } finally {
      await server.close();
    }
  });

  for (const facts of [{ status: 403 }, { code: 'ECONNREFUSED' }, { failureCause: 'forbidden' }]) {
    test(`a stream that can't be opened (${JSON.stringify(facts)}) is probe: the registry wasn't asked`, () =>
      withRegistry(
        {
          origin: ORIGIN,
          connect: () => Promise.reject(Object.assign(new Error('no such pod'), facts)),
        },
        (registry) => bothFail(registry, 'probe', /no such pod.*says nothing about the registry/),
      ));
  }

  test('a stream that is never there is timeout, and is told to give up', async () => {
    let wasTold = false;
    await withRegistry(
      {
        origin: ORIGIN,
        timeouts: { connect: 150 },
        connect: (signal) => {
          signal.addEventListener('abort', () => (wasTold = true));
          return new Promise(() => {});
        },
      },
      (registry) => bothFail(registry, 'timeout', /opening the stream to/),
    );
    assert.equal(wasTold, true);
  });

  test('a stream that comes too late is closed', async () => {
    const late = Promise.withResolvers<Duplex>();
    await withRegistry(
      { origin: ORIGIN, timeouts: { connect: 100 }, connect: () => late.promise },
      async (registry) => {
        assert.equal((await failure(registry.challenge(patience()))).failureCause, 'timeout');
      },
    );
    const stream = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
    const closed = once(stream, 'close');
    late.resolve(stream);
    await closed;
  });

  test('a stream that breaks in the handshake is tcp', () =>
    withRegistry(
      {
        origin: ORIGIN,
        connect: async () =>
          new Duplex({ read() {}, write: (_chunk, _encoding, done) => done(broken()) }),
      },
      (registry) => bothFail(registry, 'tcp', /in the TLS handshake/),
    ));
});

function broken(): Error {
  return Object.assign(new Error('lost connection to pod'), { code: 'ECONNRESET' });
}

/** A stream that is no socket, as a WebSocket's is not. */
function tunnel(port: number): Duplex {
  const socket = connect(port, '127.0.0.1');
  const stream = new Duplex({
    read: () => socket.resume(),
    write: (chunk, _encoding, done) => void socket.write(chunk, done),
    final: (done) => void socket.end(done),
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', (chunk) => {
    if (!stream.push(chunk)) socket.pause();
  });
  socket.on('end', () => stream.push(null));
  socket.on('error', (error) => stream.destroy(error));
  return stream;
}

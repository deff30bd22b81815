import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { suite, test } from 'node:test';
import { CANARY } from '../../src/registry/canary.ts';
import { failure } from './failure-of.ts';
import { json, likeOpenShift, meet, meetAs, patience, TOKEN } from './play.ts';
import type { Part, Reply } from './play.ts';

const REPOSITORY = 'team-a/app';
const blob = CANARY.layer;
function onRepository(reply: Reply): Part {
  return ({ url }) => (url.startsWith('/v2/team-a') ? reply : undefined);
}
function begin(response: ServerResponse, length: number): void {
  response.writeHead(200, { 'content-length': length });
  response.write(blob.bytes.subarray(0, 10));
}

suite('a server that', () => {
  test('never answers is timeout', () =>
    meetAs(
      onRepository(() => {}),
      async (session) => {
        const error = await failure(session.listTags(REPOSITORY, patience()));
        assert.equal(error.failureCause, 'timeout');
        assert.equal(error.tried.path, '/v2/team-a/app/tags/list');
      },
      { timeouts: { headers: 200 } },
    ));

  test('stops in the middle of a blob is timeout', () =>
    meetAs(
      onRepository((response) => begin(response, blob.size)),
      async (session) => {
        assert.equal(
          (await failure(session.getBlob(REPOSITORY, blob, patience()))).failureCause,
          'timeout',
        );
      },
      { timeouts: { body: 200 } },
    ));

  test('stops in the middle of an error is timeout', () =>
    meetAs(
      onRepository((response) => void response.writeHead(500).write('{"errors":')),
      async (session) => {
        assert.equal(
          (await failure(session.listTags(REPOSITORY, patience()))).failureCause,
          'timeout',
        );
      },
      { timeouts: { body: 200 } },
    ));

  test('answers drop by drop is timeout all the same', () => {
    let timer: NodeJS.Timeout | undefined;
    return meetAs(
      onRepository((response) => {
        response.writeHead(200);
        timer = setInterval(() => response.write(' '), 20);
      }),
      async (session) => {
        assert.equal(
          (await failure(session.listTags(REPOSITORY, patience()))).failureCause,
          'timeout',
        );
      },
      { timeouts: { call: 400 } },
    ).finally(() => clearInterval(timer));
  });

  test('resets the connection before its answer is tcp', () =>
    meetAs(
      onRepository((_response, socket) => socket.destroy()),
      async (session) => {
        assert.equal((await failure(session.listTags(REPOSITORY, patience()))).failureCause, 'tcp');
      },
    ));

  test('ends the connection in the middle of a blob is tcp', () =>
    meetAs(
      onRepository((response, socket) => {
        begin(response, blob.size);
        setImmediate(() => socket.end());
      }),
      async (session) => {
        assert.equal(
          (await failure(session.getBlob(REPOSITORY, blob, patience()))).failureCause,
          'tcp',
        );
      },
    ));
});

suite("the caller's signal", () => {
  const reason = new Error('the workflow was cancelled');

  test('that has gone off sends nothing, and its reason is thrown as it is', () =>
    meet(likeOpenShift(), async (registry, { seen }) => {
      await assert.rejects(registry.challenge(AbortSignal.abort(reason)), (e) => e === reason);
      await assert.rejects(registry.inspect(AbortSignal.abort(reason)), (e) => e === reason);
      assert.equal(seen.length, 0);
    }));

  test('ends a wait for the answer', async () => {
    const stop = new AbortController();
    await meetAs(
      onRepository(() => stop.abort(reason)),
      async (session) => {
        await assert.rejects(session.listTags(REPOSITORY, stop.signal), (e) => e === reason);
      },
    );
  });

  test('ends a blob in its middle, and its connection', async () => {
    const stop = new AbortController();
    let closed: Promise<unknown> | undefined;
    await meetAs(
      onRepository((response, socket) => {
        closed = new Promise((resolve) => socket.once('close', resolve));
        begin(response, blob.size);
        setImmediate(() => stop.abort(reason));
      }),
      async (session) => {
        await assert.rejects(session.getBlob(REPOSITORY, blob, stop.signal), (e) => e === reason);
        await closed;
      },
    );
  });

  test('ends a wait for the connection', async () => {
    const stop = new AbortController();
    await meet(
      likeOpenShift(),
      async (registry) => {
        const call = registry.challenge(stop.signal);
        stop.abort(reason);
        await assert.rejects(call, (e) => e === reason);
      },
      { connect: () => new Promise(() => {}) },
    );
  });

  test('that ends an upload has it cancelled at the registry', async () => {
    const stop = new AbortController();
    await meetAs(
      ({ method, url }) => {
        if (!url.startsWith('/v2/team-a')) return undefined;
        if (method === 'PATCH') return () => stop.abort(reason);
        return { status: method === 'DELETE' ? 204 : 202, headers: { location: url } };
      },
      async (session, { seen }) => {
        const call = session.putBlob(REPOSITORY, blob.bytes, stop.signal);
        await assert.rejects(call, (e) => e === reason);
        assert.equal(seen.at(-1)?.method, 'DELETE');
      },
    );
  });
});

suite('connections', () => {
  test('are reused: one serves a login and many calls, errors among them', () =>
    meet(
      likeOpenShift(({ url }) =>
        url.endsWith('/tags/list') ? json(200, { tags: null }) : undefined,
      ),
      async (registry, { seen, sockets }) => {
        const session = await registry.login(TOKEN, { account: 'alice' }, patience());
        for (let i = 0; i < 10; i += 1) {
          assert.deepEqual(await session.listTags(REPOSITORY, patience()), []);
          await failure(session.getManifest(REPOSITORY, 'none', patience()));
        }
        assert.equal(seen.length, 23);
        assert.equal(sockets(), 1);
      },
    ));

  test('are four at most', () =>
    meetAs(onRepository(json(200, { tags: ['a'] })), async (session, { sockets }) => {
      const calls = Array.from({ length: 20 }, () => session.listTags(REPOSITORY, patience()));
      await Promise.all(calls);
      assert.ok(sockets() > 1 && sockets() <= 4, `${sockets()}`);
    }));

  test('whose answer is not wanted are closed', async () => {
    let closed: Promise<unknown> | undefined;
    await meetAs(
      ({ url }) =>
        url === '/extensions/v2/metrics'
          ? (response, socket) => {
              closed = new Promise((resolve) => socket.once('close', resolve));
              response.writeHead(200, { 'content-type': 'text/html' }).write('<html>');
            }
          : undefined,
      async (session) => {
        assert.equal((await failure(session.metrics(patience()))).failureCause, 'configuration');
        await closed;
      },
    );
  });

  test('that the server has closed meanwhile are made anew', () =>
    meetAs(
      onRepository((response) => {
        response.writeHead(200, { connection: 'close' }).end('{"tags":[]}');
      }),
      async (session, { sockets }) => {
        assert.deepEqual(await session.listTags(REPOSITORY, patience()), []);
        assert.deepEqual(await session.listTags(REPOSITORY, patience()), []);
        assert.equal(sockets(), 2);
      },
    ));

  test('are gone once the client is closed, and a call after that is probe', () =>
    meet(likeOpenShift(), async (registry, { sockets }) => {
      await registry.challenge(patience());
      await registry.close();
      assert.equal((await failure(registry.challenge(patience()))).failureCause, 'probe');
      assert.equal(sockets(), 1);
    }));

  test('close() ends what is under way', () =>
    meet(
      likeOpenShift(() => () => {}),
      async (registry) => {
        const call = failure(registry.challenge(patience()));
        await registry.close();
        assert.equal((await call).failureCause, 'probe');
      },
    ));
});

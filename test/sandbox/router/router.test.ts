import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { after, afterEach, before, test } from 'node:test';
import { Agent, request } from 'undici';
import type { Dispatcher } from 'undici';
import { startRouter } from '../../../sandbox/router/router.ts';
import type { Router } from '../../../sandbox/router/router.ts';
import { createCa } from '../../registry/certificates.ts';

const SERVICE = 'image-registry.openshift-image-registry.svc';
const UPLOADS = '/v2/team-a/app/blobs/uploads/';

const folder = mkdtempSync(path.join(tmpdir(), 'purser-router-'));
const [ingress, service] = await Promise.all([createCa('ingress'), createCa('service')]);
const replicas: { server: Server; port: number }[] = [];
let answer: RequestListener = (_asked, response) => response.end('registry');
let router: Router;
let agent: Agent;

before(async () => {
  for (let count = 0; count < 2; count += 1) {
    const server = createServer(await service.leaf([SERVICE]), (asked, response) => {
      response.setHeader('x-replica', count);
      answer(asked, response);
    });
    replicas.push({ server, port: await listening(server) });
  }
  const file = (name: string, content: string): string => {
    writeFileSync(path.join(folder, name), content);
    return path.join(folder, name);
  };
  const { cert, key } = await ingress.leaf(['localhost', 'route.example']);
  router = await startRouter({
    listen: { host: '127.0.0.1', port: 0 },
    certFile: file('route.crt', cert),
    keyFile: file('route.key', key),
    backends: replicas.map(({ port }) => ({ host: '127.0.0.1', port })),
    backendName: SERVICE,
    backendCaFile: file('service-ca.crt', service.cert),
    control: { host: '127.0.0.1', port: 0 },
  });
  agent = new Agent({ connect: { ca: ingress.cert } });
});
afterEach(async () => {
  answer = (_asked, response) => response.end('registry');
  await fault({});
  for (const { server, port } of replicas) if (!server.listening) await listening(server, port);
});
after(async () => {
  await agent.destroy();
  await router.close();
  for (const { server } of replicas) server.close();
  rmSync(folder, { recursive: true });
});

async function listening(server: Server, port = 0): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function down(...indexes: readonly number[]): Promise<void> {
  for (const index of indexes) {
    const server = replicas[index]?.server;
    server?.closeAllConnections();
    await new Promise((resolve) => server?.close(resolve));
  }
}

async function fault(faults: unknown): Promise<void> {
  const url = `http://127.0.0.1:${router.control.port}/faults`;
  const { statusCode, body } = await request(url, { method: 'PUT', body: JSON.stringify(faults) });
  assert.equal(statusCode, 200, await body.text());
}

async function ask(at: string, options: Partial<Dispatcher.RequestOptions> = {}) {
  const { statusCode, headers, body } = await request(
    `https://localhost:${router.address.port}${at}`,
    { method: 'GET', ...options, dispatcher: agent },
  );
  return { status: statusCode, headers, text: await body.text() };
}

/** Every byte of the answer, over a connection whose certificate was verified. */
async function raw(): Promise<string> {
  const socket = connect({
    host: '127.0.0.1',
    port: router.address.port,
    servername: 'localhost',
    ca: ingress.cert,
  });
  socket.write('GET /v2/ HTTP/1.1\r\nHost: localhost\r\n\r\n');
  return text(socket);
}

test('a request is forwarded unchanged, with the headers of a route, and its answer comes back', async () => {
  const seen: IncomingMessage[] = [];
  answer = (asked, response) => {
    seen.push(asked);
    void text(asked).then((body) => {
      response.writeHead(202, 'Accepted', { Location: '/there', 'x-body': body });
      response.end('taken');
    });
  };
  const got = await ask(`${UPLOADS}?mount=x`, {
    method: 'PATCH',
    headers: { host: 'route.example', authorization: 'Bearer x', 'x-forwarded-for': '10.1.1.1' },
    body: 'some bytes',
  });
  assert.deepEqual(
    [got.status, got.headers['location'], got.headers['x-body'], got.text],
    [202, '/there', 'some bytes', 'taken'],
  );
  const [asked] = seen;
  assert.deepEqual([asked?.method, asked?.url], ['PATCH', `${UPLOADS}?mount=x`]);
  const { host, authorization, connection, ...headers } = asked?.headers ?? {};
  assert.deepEqual([host, authorization, connection], ['route.example', 'Bearer x', 'close']);
  assert.equal(headers['x-forwarded-for'], '10.1.1.1, 127.0.0.1');
  assert.equal(headers['x-forwarded-host'], 'route.example');
  assert.equal(headers['x-forwarded-proto'], 'https');
});

test('a HEAD keeps the length of the omitted body', async () => {
  answer = (_asked, response) => response.writeHead(200, { 'Content-Length': '7' }).end();
  const { status, headers } = await ask('/v2/', { method: 'HEAD' });
  assert.deepEqual([status, headers['content-length']], [200, '7']);
});

test('the next replica answers if the first one is down', async () => {
  assert.equal((await ask('/v2/')).headers['x-replica'], '0');
  await down(0);
  assert.equal((await ask('/v2/')).headers['x-replica'], '1');
});

for (const [what, setUp] of [
  ['no replica is up', () => down(0, 1)],
  ['that is switched on', () => fault({ router: 'no-backend' })],
] as const) {
  test(`where ${what} the router answers 503 by itself, as HAProxy does, over its own certificate`, async () => {
    await setUp();
    const [head = '', body = ''] = (await raw()).split('\r\n\r\n');
    assert.deepEqual(head.split('\r\n'), [
      'HTTP/1.0 503 Service Unavailable',
      'Pragma: no-cache',
      'Cache-Control: private, max-age=0, no-cache, no-store',
      'Connection: close',
      'Content-Type: text/html',
    ]);
    assert.match(body, /<h1>Application is not available<\/h1>/);
    const upload = await ask(UPLOADS, { method: 'POST', body: 'x'.repeat(100_000) });
    assert.deepEqual([upload.status, upload.headers['content-type']], [503, 'text/html']);
  });
}

test('a replica that disconnects before it answers is a 502 of the router', async () => {
  answer = (asked) => asked.socket.destroy();
  const { status, headers, text: body } = await ask('/v2/');
  assert.deepEqual([status, headers['content-type']], [502, 'text/html']);
  assert.match(body, /502 Bad Gateway/);
});

test('an answer that is cut off is cut off for the client, too', async () => {
  answer = (asked, response) => {
    response
      .writeHead(200, { 'Content-Length': '100' })
      .write('some', () => asked.socket.destroy());
  };
  await assert.rejects(ask('/v2/'));
});

test('if a client disconnects, so does the router from the replica', async () => {
  const { promise: gone, resolve } = Promise.withResolvers<void>();
  const leaving = new AbortController();
  answer = (asked) => {
    asked.socket.once('close', () => resolve());
    leaving.abort();
  };
  await assert.rejects(ask('/v2/', { signal: leaving.signal }));
  await gone;
});

test('a fault can replace the answer to one method and path', async () => {
  const page = '<html>blocked</html>';
  await fault({ router: { match: { method: 'POST', path: UPLOADS }, status: 403, body: page } });
  const blocked = await ask(UPLOADS, { method: 'POST', body: 'x' });
  assert.deepEqual(
    [blocked.status, blocked.headers['content-type'], blocked.text],
    [403, 'text/html', page],
  );
  assert.equal((await ask(UPLOADS)).text, 'registry');
  assert.equal((await ask('/v2/', { method: 'POST' })).text, 'registry');
  const lost = { status: 404, contentType: 'text/plain', body: '404 page not found\n' };
  await fault({ router: { ...lost, headers: { 'X-From': 'elsewhere' } } });
  const { status, headers, text: body } = await ask('/v2/');
  assert.deepEqual([status, headers['x-from'], body], [404, 'elsewhere', lost.body]);
});

test('a stopped router refuses connections, and listens at the same port once healed', async () => {
  await fault({ stopped: true });
  await assert.rejects(ask('/v2/'), { code: 'ECONNREFUSED' });
  await fault({});
  assert.equal((await ask('/v2/')).status, 200);
});

test('another certificate is shown to new connections', async () => {
  const other = await createCa('another');
  await fault({ certificate: await other.leaf(['localhost']) });
  await assert.rejects(raw(), /self.signed|unable to/);
  await fault({});
  assert.match(await raw(), /^HTTP\/1\.1 200 OK/);
});

test('an unknown fault is refused by its name', async () => {
  const url = `http://127.0.0.1:${router.control.port}/faults`;
  const { statusCode, body } = await request(url, { method: 'PUT', body: '{"rooter":"x"}' });
  assert.equal(statusCode, 400);
  assert.match(await body.text(), /rooter/);
});

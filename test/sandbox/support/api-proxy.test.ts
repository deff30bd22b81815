import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { Agent, request } from 'undici';
import type { Dispatcher } from 'undici';
import { parse, stringify } from 'yaml';
import { openApiProxy } from '../../acceptance/support/api-proxy.ts';
import type { ApiProxy } from '../../acceptance/support/api-proxy.ts';
import type { Environment } from '../../acceptance/support/environment.ts';
import { createCa } from '../../registry/certificates.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'purser-api-proxy-'));
const ca = await createCa('cluster');
/** The request as the API server received it, which returns it. */
const arrived: string[] = [];
const server = createServer(await ca.leaf(['127.0.0.1']), (asked, response) => {
  void text(asked).then((body) => {
    const what = `${asked.method} ${asked.url} ${asked.headers['content-type'] ?? ''} ${body}`;
    arrived.push(what.trim());
    response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify({ what }));
  });
});
let proxy: ApiProxy;
let origin: string;
let agent: Agent;

before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const [caFile, kubeconfig] = ['ca.crt', 'kubeconfig'].map((name) => path.join(folder, name));
  assert.ok(caFile !== undefined && kubeconfig !== undefined);
  writeFileSync(caFile, ca.cert);
  writeFileSync(kubeconfig, stringify({ clusters: [{ name: 'sandbox', cluster: {} }] }));
  const cluster = { server: `https://127.0.0.1:${address.port}`, caFile, kubeconfig };
  proxy = await openApiProxy({ info: { cluster } as Environment['info'] });
  const [given] = parse(readFileSync(proxy.kubeconfig, 'utf8')).clusters;
  origin = given.cluster.server;
  const trusted = Buffer.from(given.cluster['certificate-authority-data'], 'base64').toString();
  agent = new Agent({ connect: { ca: trusted } });
});
after(async () => {
  await agent.destroy();
  await proxy.close();
  server.close();
  rmSync(folder, { recursive: true });
});

async function ask(method: Dispatcher.HttpMethod, at: string, signal?: AbortSignal) {
  const { statusCode, headers, body } = await request(`${origin}${at}`, {
    method,
    dispatcher: agent,
    headers: { 'content-type': 'application/merge-patch+json' },
    ...(method === 'GET' ? {} : { body: 'x' }),
    ...(signal === undefined ? {} : { signal }),
  });
  return { status: statusCode, headers, text: await body.text() };
}

test('every method is passed on as it is', async () => {
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const) {
    assert.equal((await ask(method, '/things')).status, 201);
    const body = method === 'GET' ? '' : ' x';
    assert.equal(arrived.at(-1), `${method} /things application/merge-patch+json${body}`);
  }
});

test('a rule answers instead of the server, so many times, and the newest rule counts', async () => {
  const count = arrived.length;
  const end = proxy.rule({ match: { path: '/things' }, answer: { status: 503 } });
  proxy.rule({
    match: { method: 'POST', path: /^\/things$/ },
    times: 1,
    answer: { status: 429, headers: { 'retry-after': '7' } },
  });
  const busy = await ask('POST', '/things');
  assert.deepEqual([busy.status, busy.headers['retry-after']], [429, '7']);
  assert.equal(JSON.parse(busy.text).code, 429);
  assert.equal((await ask('POST', '/things')).status, 503);
  assert.equal((await ask('POST', '/others')).status, 201);
  end();
  assert.equal((await ask('GET', '/things')).status, 201);
  assert.equal(arrived.length, count + 2);
});

for (const late of ['requestMs', 'answerMs'] as const) {
  test(`with a late ${late} the client has given up, and what it asked for is done all the same`, async () => {
    const end = proxy.rule({ match: { path: '/slow' }, delay: { [late]: 200 } });
    const count = arrived.length;
    await assert.rejects(ask('POST', '/slow', AbortSignal.timeout(100)));
    assert.equal(arrived.length, late === 'requestMs' ? count : count + 1);
    await proxy.idle();
    assert.equal(arrived.at(-1), 'POST /slow application/merge-patch+json x');
    end();
  });
}

test('everything is refused on demand', async () => {
  proxy.refuse(500);
  assert.equal((await ask('GET', '/things')).status, 500);
  proxy.refuse(undefined);
  assert.equal((await ask('GET', '/things')).status, 201);
});

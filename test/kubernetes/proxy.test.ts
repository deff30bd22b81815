import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { suite, test } from 'node:test';
import type { TestContext } from 'node:test';
import { z } from 'zod';
import { createCluster } from '../../src/kubernetes/api/cluster.ts';
import { proxyFor } from '../../src/kubernetes/api/kubeconfig/proxy.ts';
import { askAsSocket, makeHome, startMirror } from './kubeconfig-environment.ts';

const PASSWORD = 'hush-hush-2147';
const CALL = { method: 'GET', path: '/' } as const;

/** A proxy that takes every CONNECT to `port` of this machine, whatever was asked for. */
async function startProxy(t: TestContext, port: number) {
  const asked: (readonly [string | undefined, string | undefined])[] = [];
  const server = createServer();
  server.on('connect', (request, socket) => {
    asked.push([request.url, request.headers['proxy-authorization']]);
    const there = connectTcp(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      there.pipe(socket).pipe(there);
    });
    socket.on('error', () => there.destroy());
    t.after(() => there.destroy());
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  t.after(() => server.close());
  const address = server.address();
  const own = typeof address === 'object' ? address?.port : 0;
  return {
    asked,
    url: `http://me:${PASSWORD}@127.0.0.1:${own}`,
    origin: `http://127.0.0.1:${own}`,
  };
}

/** Variables of the environment for one test, in place of all others that name a proxy. */
function setProxies(t: TestContext, given: Readonly<Record<string, string>>): void {
  const before = { ...process.env };
  t.after(() => {
    process.env = before;
  });
  const others = Object.entries(before).filter(([name]) => !/_proxy$/i.test(name));
  process.env = { ...Object.fromEntries(others), ...given };
}

suite('a proxy', () => {
  const authorization = `Basic ${Buffer.from(`me:${PASSWORD}`).toString('base64')}`;
  const wanted = { authorization: 'Bearer t' };

  for (const from of ['proxy-url', 'HTTPS_PROXY', 'https_proxy'] as const) {
    test(`of ${from} is taken by requests, streams and WebSockets`, async (t) => {
      const mirror = await startMirror(t);
      const port = Number(new URL(mirror.cluster.server).port);
      const proxy = await startProxy(t, port);
      setProxies(t, from === 'proxy-url' ? {} : { [from]: proxy.url });
      const connection = await makeHome(t).connect(
        { token: 't' },
        {
          ...mirror.cluster,
          server: `https://api.example:${port}`,
          ...(from === 'proxy-url' ? { 'proxy-url': proxy.url } : {}),
        },
      );
      const cluster = createCluster(connection);
      assert.deepEqual(await cluster.call(z.unknown(), CALL), wanted);
      const signal = new AbortController().signal;
      const bytes = await cluster.stream({ path: '/', idleMs: 1_000, signal });
      for await (const _ of bytes);
      assert.deepEqual(await askAsSocket(connection), wanted);
      const other = createCluster(connection.bearing('u'));
      assert.deepEqual(await other.call(z.unknown(), CALL), { authorization: 'Bearer u' });
      assert.deepEqual(
        [...new Set(proxy.asked.map(String))],
        [`api.example:${port},${authorization}`],
      );
    });
  }

  test('that is not there is named, without its password', async (t) => {
    setProxies(t, { HTTPS_PROXY: `http://me:${PASSWORD}@127.0.0.1:9` });
    const connection = await makeHome(t).connect({ token: 't' }, { server: 'https://api.example' });
    await assert.rejects(createCluster(connection).call(z.unknown(), CALL), (error) => {
      assert.ok(error instanceof Error);
      assert.match(
        error.message,
        /no answer from https:\/\/api\.example by the proxy http:\/\/127\.0\.0\.1:9 \(HTTPS_PROXY\) \(tcp: .*ECONNREFUSED/,
      );
      assert.ok(!`${error.message}${error.stack}`.includes(PASSWORD));
      return true;
    });
  });

  test('of the environment that Purser does not know is refused as one of the kubeconfig is', async (t) => {
    setProxies(t, { HTTPS_PROXY: `socks5://me:${PASSWORD}@127.0.0.1:9` });
    await assert.rejects(makeHome(t).connect({ token: 't' }, { server: 'https://api.example' }), {
      type: 'NotConfigured',
      message: 'HTTPS_PROXY is a socks5 proxy; Purser knows http and https proxies',
    });
  });
});

suite('what a proxy is written as', () => {
  const HUSH = 'hush-hush-2147';
  const table: readonly (readonly [what: string, url: string])[] = [
    ['without a scheme', `${HUSH}@proxy.example:3128`],
    ['without a scheme, but its slashes', `//${HUSH}:x@proxy.example:3128`],
    ['with a "%" in its password that is no escape', `http://me:${HUSH}%@proxy.example:3128`],
    ['with one slash', `http:/me:${HUSH}@proxy.example:3128`],
  ];
  for (const [what, url] of table) {
    test(`${what}, is no URL, and is not shown`, async (t) => {
      setProxies(t, {});
      const cluster = { server: 'https://api.example', 'proxy-url': url };
      await assert.rejects(makeHome(t).connect({ token: 't' }, cluster), {
        type: 'NotConfigured',
        message:
          'the kubeconfig\'s proxy-url is no URL; write it as http://host:port, and a "%" of a password in it as %25',
      });
    });
  }

  test('with a path, is taken without it, as by Go', async (t) => {
    setProxies(t, { HTTPS_PROXY: 'http://me:p%40x@proxy.example:3128/some?where' });
    const proxy = proxyFor({ name: 'k', server: 'https://api.example', skipTLSVerify: false });
    assert.equal(proxy?.url, 'http://me:p%40x@proxy.example:3128');
    await makeHome(t).connect({ token: 't' }, { server: 'https://api.example' });
  });
});

// As golang.org/x/net/http/httpproxy, which kubectl goes by, has each of them.
suite('NO_PROXY', () => {
  const table: readonly (readonly [host: string, noProxy: string, isDirect: boolean])[] = [
    ['https://api.example.com:6443', '', false],
    ['https://api.example.com:6443', '*', true],
    ['https://api.example.com:6443', 'example.com', true],
    ['https://api.example.com:6443', ' foo , EXAMPLE.com ', true],
    ['https://api.example.com:6443', '.example.com', true],
    ['https://api.example.com:6443', '*.example.com', true],
    ['https://api.example.com:6443', 'api.example.com:6443', true],
    ['https://api.example.com:6443', 'api.example.com:', true],
    ['https://api.example.com:6443', 'api.example.com:443', false],
    ['https://api.example.com', 'example.com:443', true],
    ['https://api.example.com:6443', 'exam*.com', false],
    ['https://api.example.com:6443', 'api', false],
    ['https://example.com:6443', '.example.com', false],
    ['https://notexample.com:6443', 'example.com', false],
    ['https://10.1.2.3:6443', '10.0.0.0/8', true],
    ['https://10.1.2.3:6443', '10.1.2.3', true],
    ['https://10.1.2.3:6443', '10.1.2.3:443', false],
    ['https://10.1.2.3:6443', '10.0.0.0/33', false],
    ['https://11.1.2.3:6443', '10.0.0.0/8', false],
    ['https://[fd00::1]:6443', 'fd00::/8', true],
    ['https://[fd00:0::1]:6443', 'fd00::1', true],
    ['https://[fd00::1]:6443', '[fd00::1]:6443', true],
    ['https://172.30.0.1:443', '172.30.0.0/16,.svc', true],
    ['https://localhost:6443', '', true],
    ['https://127.9.9.9:6443', '', true],
    ['https://[::1]:6443', '', true],
    ['https://foo.localhost:6443', '', false],
  ];
  for (const [server, noProxy, isDirect] of table) {
    test(`${JSON.stringify(noProxy)} ${isDirect ? 'takes' : 'does not take'} ${server} from the proxy`, (t) => {
      setProxies(t, { HTTPS_PROXY: 'proxy.example:3128', NO_PROXY: noProxy });
      const url = isDirect ? undefined : 'http://proxy.example:3128';
      assert.equal(proxyFor({ name: 'k', server, skipTLSVerify: false })?.url, url);
    });
  }
});

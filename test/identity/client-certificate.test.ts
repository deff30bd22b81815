import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Reply } from '../registry/play.ts';
import { stage } from '../registry/play.ts';
import type { Pair } from '../registry/certificates.ts';
import {
  assertFinds,
  ca,
  runCheck,
  networkTo,
  setupOf,
  untrustedCa,
} from './support/provider-check.ts';
import { page } from './support/sites.ts';

const own = { ca: { name: 'ca' } };
const BASIC = {
  host: 'basic.test',
  pages: { '/auth': { status: 401, headers: { 'www-authenticate': 'Basic realm="corp"' } } },
  basicAuth: { ...own, url: 'https://basic.test/auth' },
} as const;
const KEYSTONE = {
  host: 'keystone.test',
  pages: { '/v3': page({ version: { id: 'v3.14', status: 'stable' } }) },
  keystone: { ...own, url: 'https://keystone.test/v3', domainName: 'Default' },
} as const;

suite('a client certificate', () => {
  const clients = ca;
  const blockOf = (type: 'BasicAuth' | 'Keystone') => {
    const names = { tlsClientCert: { name: 'client' }, tlsClientKey: { name: 'client' } };
    return type === 'BasicAuth'
      ? { basicAuth: { ...BASIC.basicAuth, ...names } }
      : { keystone: { ...KEYSTONE.keystone, ...names } };
  };

  async function withClient(
    type: 'BasicAuth' | 'Keystone',
    { cert, key }: Pair,
    use: (check: Awaited<ReturnType<typeof runCheck>>) => void,
  ): Promise<void> {
    const { host, pages } = type === 'BasicAuth' ? BASIC : KEYSTONE;
    const place = type === 'BasicAuth' ? 'basicAuth' : 'keystone';
    const wants = { requestCert: true, rejectUnauthorized: true, ca: clients.cert };
    const pair = { ...(await ca.leaf([host])), ...wants };
    const all: Readonly<Record<string, Reply>> = pages;
    const server = await stage(({ url }) => all[url] ?? { status: 404 }, pair);
    try {
      const material = {
        [`${place}.ca`]: ca.cert,
        [`${place}.tlsClientCert`]: cert,
        [`${place}.tlsClientKey`]: key,
      };
      const network = networkTo({ [host]: server.port });
      use(await runCheck(setupOf({ name: 'corp', type, ...blockOf(type) }, material, network)));
    } finally {
      await server.close();
    }
  }

  for (const type of ['BasicAuth', 'Keystone'] as const) {
    test(`of ${type} is sent to the server that requires it`, async () => {
      await withClient(type, await clients.leaf(['openshift']), (check) => {
        assert.equal(check.verdict, 'sound', JSON.stringify(check.findings));
        assert.match(check.seen.join('; '), /client certificate good until \d{4}-/);
      });
    });

    test(`of ${type} that soon ends gets a warning`, async () => {
      await withClient(type, await clients.leaf(['openshift'], { from: -1, to: 9 }), (check) => {
        assertFinds(check, ['warning', 'tls', /tlsClientCert: the certificate .* ends in 8 days/]);
      });
    });

    test(`of ${type} that has expired is found`, async () => {
      await withClient(type, await clients.leaf(['openshift'], { from: -9, to: -2 }), (check) => {
        assertFinds(check, ['error', 'tls', /tlsClientCert: the certificate .* expired on/]);
      });
    });

    test(`of ${type} with another one's key is found`, async () => {
      const { cert } = await clients.leaf(['openshift']);
      const { key } = await clients.leaf(['openshift']);
      await withClient(type, { cert, key }, (check) => {
        assertFinds(check, ['error', 'configuration', /tlsClientKey is no key, or not that/]);
        assert.ok(!JSON.stringify(check).includes(key.split('\n')[1] ?? key));
      });
    });
  }

  test('without its key is found', async () => {
    const basicAuth = { ...BASIC.basicAuth, tlsClientCert: { name: 'client' } };
    const check = await runCheck(
      setupOf({ name: 'corp', type: 'BasicAuth', basicAuth }, { 'basicAuth.ca': untrustedCa.cert }),
    );
    assertFinds(check, ['error', 'configuration', /only one is set/]);
  });
});

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { suite, test } from 'node:test';
import type { TestContext } from 'node:test';
import { inspect } from 'node:util';
import { temporalAddress } from '../../src/temporal/connection/address.ts';
import { createCa } from '../registry/certificates.ts';

const clients = await createCa('Clients');
const [own, other] = [await clients.leaf(['own']), await clients.leaf(['other'])];
const CONFIGURED = { address: 'of-purser.test:7233', namespace: 'of-purser' };
const TOML = `
[profile.default]
address = "of-the-cli.test:7233"
namespace = "of-the-cli"
api_key = "key-of-the-cli"

[profile.prod]
address = "prod.test:7233"
namespace = "prod"
[profile.prod.tls]
server_ca_cert_path = "/nowhere/prod-ca.pem"
`;

/** An environment with a configuration of Temporal's CLI at its usual place, and nothing else of Temporal's. */
function live(t: TestContext, env: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'purser-temporal-'));
  const before = { ...process.env };
  t.after(() => {
    process.env = before;
    rmSync(folder, { recursive: true });
  });
  mkdirSync(path.join(folder, 'temporalio'));
  const file = path.join(folder, 'temporalio', 'temporal.toml');
  writeFileSync(file, TOML);
  const others = Object.entries(before).filter(([name]) => !name.startsWith('TEMPORAL_'));
  process.env = { ...Object.fromEntries(others), XDG_CONFIG_HOME: folder, ...env };
  return file;
}

suite('where Temporal is', () => {
  test("is what purser.yaml says, whatever the configuration of Temporal's CLI says", (t) => {
    live(t);
    const { options, namespace } = temporalAddress(CONFIGURED);
    assert.deepEqual([options.address, namespace], ['of-purser.test:7233', 'of-purser']);
    assert.deepEqual([options.apiKey, options.tls], [undefined, undefined]);
  });

  test('is what the variables say, each by itself', (t) => {
    live(t, { TEMPORAL_ADDRESS: 'of-env.test:7233', TEMPORAL_API_KEY: 'k' });
    const { options, namespace } = temporalAddress(CONFIGURED);
    assert.deepEqual([options.address, namespace], ['of-env.test:7233', 'of-purser']);
    assert.deepEqual([options.apiKey, options.tls], ['k', true]);
  });

  test('is what a profile says that is named on purpose, or a file that is', (t) => {
    const file = live(t, { TEMPORAL_PROFILE: 'default' });
    const wanted = ['of-the-cli.test:7233', 'of-the-cli', 'key-of-the-cli'];
    const found = () => {
      const { options, namespace } = temporalAddress(CONFIGURED);
      return [options.address, namespace, options.apiKey];
    };
    assert.deepEqual(found(), wanted);
    delete process.env['TEMPORAL_PROFILE'];
    process.env['TEMPORAL_CONFIG_FILE'] = file;
    assert.deepEqual(found(), wanted);
  });
});

suite('the variables of Temporal', () => {
  test('that are empty are not set', (t) => {
    const names = ['ADDRESS', 'NAMESPACE', 'API_KEY', 'PROFILE', 'CONFIG_FILE'];
    const files = ['TLS_CLIENT_CERT_PATH', 'TLS_SERVER_CA_CERT_PATH'];
    for (const nothing of ['', ' \n']) {
      const all = [...names, ...files].map((name) => [`TEMPORAL_${name}`, nothing]);
      live(t, Object.fromEntries(all));
      const { options, namespace } = temporalAddress(CONFIGURED);
      assert.deepEqual([options.address, namespace], ['of-purser.test:7233', 'of-purser']);
      assert.deepEqual([options.apiKey, options.tls], [undefined, undefined]);
    }
  });

  test('are taken without the line break that a file ends with', (t) => {
    live(t, {
      TEMPORAL_ADDRESS: 'of-env.test:7233\n',
      TEMPORAL_NAMESPACE: 'of-env\n',
      TEMPORAL_API_KEY: 'the-key\n',
      TEMPORAL_GRPC_META_AUTHORIZATION: 'Bearer x\r\n',
    });
    const { options, namespace } = temporalAddress(CONFIGURED);
    assert.deepEqual([options.address, namespace], ['of-env.test:7233', 'of-env']);
    assert.deepEqual(
      [options.apiKey, options.metadata],
      ['the-key', { authorization: 'Bearer x' }],
    );
  });

  for (const [name, value] of [
    ['TEMPORAL_API_KEY', 's\u00fcper-secret'],
    ['TEMPORAL_API_KEY', 'super\nsecret'],
    ['TEMPORAL_GRPC_META_AUTHORIZATION', 'super\nsecret'],
  ] as const) {
    test(`are refused where they cannot be sent, without their value: ${JSON.stringify([name, value])}`, (t) => {
      live(t, { [name]: value });
      assert.throws(
        () => temporalAddress(CONFIGURED),
        (error) => {
          assert.ok(error instanceof Error && 'type' in error);
          assert.equal(error.type, 'NotConfigured');
          assert.match(error.message, /\(TEMPORAL_(API_KEY|GRPC_META_…)\) has a line break or/);
          assert.doesNotMatch(inspect(error), /secret/);
          return true;
        },
      );
    });
  }
});

suite('settings of Temporal that cannot be used name themselves:', () => {
  const table: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
    [
      'a CA that is not there',
      { TEMPORAL_TLS_SERVER_CA_CERT_PATH: '/nowhere/ca.pem' },
      /TEMPORAL_TLS_SERVER_CA_CERT_PATH cannot be read: ENOENT.*\/nowhere\/ca\.pem/,
    ],
    [
      'a key that is not there',
      { TEMPORAL_TLS_CLIENT_CERT_DATA: 'x', TEMPORAL_TLS_CLIENT_KEY_PATH: '/nowhere/own.key' },
      /TEMPORAL_TLS_CLIENT_KEY_PATH cannot be read: ENOENT/,
    ],
    [
      'a certificate without its key',
      { TEMPORAL_TLS_CLIENT_CERT_DATA: 'x' },
      /go together, and the key is not set/,
    ],
    [
      'a CA that is none',
      { TEMPORAL_TLS_SERVER_CA_CERT_PATH: '/dev/null' },
      /TEMPORAL_TLS_SERVER_CA_CERT_PATH holds no certificate \(PEM\)/,
    ],
    [
      'a client certificate that is none',
      { TEMPORAL_TLS_CLIENT_CERT_DATA: 'x', TEMPORAL_TLS_CLIENT_KEY_DATA: 'x' },
      /TEMPORAL_TLS_CLIENT_CERT_DATA holds no certificate \(PEM\)/,
    ],
    [
      'the key of another certificate',
      { TEMPORAL_TLS_CLIENT_CERT_DATA: own.cert, TEMPORAL_TLS_CLIENT_KEY_DATA: other.key },
      /TEMPORAL_TLS_CLIENT_CERT_DATA and TEMPORAL_TLS_CLIENT_KEY_DATA do not belong together/,
    ],
    [
      // The library takes it for false, and would send the key in the clear.
      'a switch that is neither true nor false',
      { TEMPORAL_TLS: 'TRUE', TEMPORAL_API_KEY: 'k' },
      /TEMPORAL_TLS is neither true nor false/,
    ],
    [
      'an address with a scheme',
      { TEMPORAL_ADDRESS: 'https://temporal.test:7233' },
      /its address \(temporal\.address, or TEMPORAL_ADDRESS, which wins\) is not host:port/,
    ],
    [
      'a CA of a profile',
      { TEMPORAL_PROFILE: 'prod' },
      /tls\.server_ca_cert_path of its profile cannot be read: ENOENT.*prod-ca\.pem/,
    ],
    [
      'a profile that is not there',
      { TEMPORAL_PROFILE: 'nope' },
      /TEMPORAL_PROFILE \(nope\).*nope/,
    ],
    [
      'a file that is not there',
      { TEMPORAL_CONFIG_FILE: '/nowhere/temporal.toml' },
      /TEMPORAL_CONFIG_FILE: there is no file \/nowhere\/temporal\.toml/,
    ],
  ];
  for (const [what, env, message] of table) {
    test(what, (t) => {
      live(t, env);
      assert.throws(() => temporalAddress(CONFIGURED), { type: 'NotConfigured', message });
    });
  }

  test('a file that is no TOML is not quoted: it holds keys', (t) => {
    const file = live(t, { TEMPORAL_PROFILE: 'default' });
    writeFileSync(file, '[profile.default]\napi_key = "key-of-the-cli\n');
    assert.throws(
      () => temporalAddress(CONFIGURED),
      (error) => error instanceof Error && !error.message.includes('key-of-the-cli'),
    );
  });

  test('TLS that is switched off needs no files', (t) => {
    live(t, { TEMPORAL_TLS: 'false', TEMPORAL_TLS_SERVER_CA_CERT_PATH: '/nowhere/ca.pem' });
    assert.equal(temporalAddress(CONFIGURED).options.tls, false);
  });
});

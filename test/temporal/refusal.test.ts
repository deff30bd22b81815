import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { inspect } from 'node:util';
import { PurserError } from '../../src/domain/errors.ts';
import { connectClient } from '../../src/temporal/client.ts';
import { connectWithRetry } from '../../src/temporal/connection/connect-with-retry.ts';
import { createLogger } from '../../src/temporal/logging.ts';
import { classifyRefusal } from '../../src/temporal/connection/refusal.ts';
import { createCa } from '../registry/certificates.ts';
import { freePort } from '../support/free-port.ts';
import { grpcServer } from './grpc-server.ts';
import type { GrpcAnswer } from './grpc-server.ts';

const KEY = 'key-4711-of-somebody';
const OK: GrpcAnswer = { status: 0 };
function onNamespace(answer: GrpcAnswer) {
  return (method: string) => (method === 'GetSystemInfo' ? OK : answer);
}

describe('a Temporal that refuses is told from one that does not answer', () => {
  const table: readonly (readonly [string, (method: string) => GrpcAnswer, RegExp])[] = [
    [
      'a namespace that is not there',
      onNamespace({ status: 5, message: 'Namespace nope is not found.' }),
      /has no namespace "nope" \(Namespace nope is not found\.\).*namespace create --namespace nope --retention 30d.*temporal\.namespace.*TEMPORAL_NAMESPACE/,
    ],
    [
      'a key that is not taken',
      () => ({ status: 16, message: `${KEY} is no key` }),
      /UNAUTHENTICATED: \[removed\] is no key.*TEMPORAL_API_KEY \(set\)/,
    ],
    [
      'an account that may not',
      onNamespace({ status: 7, message: 'Request unauthorized.' }),
      /namespace "nope" \(PERMISSION_DENIED: Request unauthorized\.\)/,
    ],
  ];
  for (const [what, answer, message] of table) {
    test(`${what} ends a command at once, with the setting and without the key`, async () => {
      const server = await grpcServer(answer);
      const began = performance.now();
      try {
        await assert.rejects(connect(server.address), (error) => {
          assert.ok(error instanceof PurserError);
          assert.equal(error.type, 'NotConfigured');
          assert.match(error.message, message);
          assert.match(error.message, new RegExp(server.address));
          assert.doesNotMatch(inspect(error, { depth: 9 }), new RegExp(KEY));
          return true;
        });
        assert.ok(performance.now() - began < 4_000, 'it did not wait the 5 s of a silent one');
      } finally {
        await server.close();
      }
    });
  }

  test('a certificate that is not trusted ends a command at once', async () => {
    const ca = await createCa('nobody knows');
    const server = await grpcServer(() => OK, await ca.leaf(['localhost']));
    try {
      await assert.rejects(connect(server.address, { TEMPORAL_TLS: 'true' }), {
        type: 'NotConfigured',
        message: /TLS with Temporal at .* was refused .*TEMPORAL_TLS_SERVER_CA_CERT_PATH/,
      });
    } finally {
      await server.close();
    }
  });

  test('a certificate for another name does, too', async () => {
    const ca = await createCa('known');
    const file = path.join(mkdtempSync(path.join(os.tmpdir(), 'purser-ca-')), 'ca.pem');
    writeFileSync(file, ca.cert);
    const server = await grpcServer(() => OK, await ca.leaf(['elsewhere.test']));
    try {
      const env = { TEMPORAL_TLS: 'true', TEMPORAL_TLS_SERVER_CA_CERT_PATH: file };
      await assert.rejects(connect(server.address, env), {
        type: 'NotConfigured',
        message: /altnames/,
      });
    } finally {
      await server.close();
    }
  });

  test('a CA that is no root, which gRPC cannot be told to take, asks for the root', async () => {
    const issuing = await (await createCa('root')).below('issuing');
    const file = path.join(mkdtempSync(path.join(os.tmpdir(), 'purser-ca-')), 'ca.pem');
    writeFileSync(file, issuing.cert);
    const server = await grpcServer(() => OK, await issuing.leaf(['localhost']));
    try {
      const env = { TEMPORAL_TLS: 'true', TEMPORAL_TLS_SERVER_CA_CERT_PATH: file };
      await assert.rejects(connect(server.address, env), {
        type: 'NotConfigured',
        message: /TEMPORAL_TLS_SERVER_CA_CERT_PATH must hold the root/,
      });
    } finally {
      await server.close();
    }
  });

  test('a client certificate that is no PEM ends a command at once', async () => {
    const env = {
      TEMPORAL_TLS: 'true',
      TEMPORAL_TLS_CLIENT_CERT_DATA: 'nonsense',
      TEMPORAL_TLS_CLIENT_KEY_DATA: 'nonsense',
    };
    await assert.rejects(connect('localhost:1', env), {
      type: 'NotConfigured',
      message: /TEMPORAL_TLS_CLIENT_CERT_DATA holds no certificate \(PEM\)/,
    });
  });

  test('a file of TLS that is not there names itself', async () => {
    const env = { TEMPORAL_TLS: 'true', TEMPORAL_TLS_SERVER_CA_CERT_PATH: '/nowhere/ca.pem' };
    await assert.rejects(connect('localhost:1', env), {
      type: 'NotConfigured',
      message: /\/nowhere\/ca\.pem/,
    });
  });

  test('nobody at the address is Unreachable, with what the network said', async () => {
    await assert.rejects(connect(`localhost:${await freePort()}`), {
      type: 'Unreachable',
      message: /does not answer at localhost:\d+ \(.*ECONNREFUSED.*\); start it/,
    });
  });

  for (const [what, error] of [
    ['a server that is busy', grpc(14, 'upstream has no certificate')],
    ['a deadline', grpc(4, 'Deadline exceeded')],
    ['a rate limit', grpc(8, 'namespace rate limit exceeded')],
    ['an error of the server', grpc(13, 'sql: certificate table is missing')],
    ['no such name', grpc(14, 'Name resolution failed for target dns:certificate.test:7233')],
    [
      'a refused connection to a host of that name',
      grpc(14, 'No connection established. Last error: getaddrinfo ENOTFOUND certificate.test.'),
    ],
  ] as const) {
    test(`${what} may pass, for as long as it takes`, () => {
      const address = { options: { address: 'certificate.test:7233' }, namespace: 'default' };
      const { error: judged, patienceMs } = classifyRefusal(error, address);
      assert.equal(judged.type, 'Unreachable');
      assert.equal(patienceMs, Number.POSITIVE_INFINITY);
    });
  }
});

describe('a worker', () => {
  const opened: { close(): Promise<void> }[] = [];
  after(async () => {
    for (const each of opened) await each.close();
  });
  const wait = async (answer: (method: string) => GrpcAnswer) => {
    const server = await grpcServer(answer);
    opened.push(server);
    const lines: Record<string, unknown>[] = [];
    const { promise: waited, resolve } = Promise.withResolvers<void>();
    const logger = createLogger('info', {
      write: (line) => {
        lines.push(JSON.parse(line));
        resolve();
      },
    });
    const stopping = new AbortController();
    const address = { options: { address: server.address }, namespace: 'nope' };
    const ended = connectWithRetry(address, { logger, signal: stopping.signal });
    return { ended, lines, waited, stopping };
  };

  test('ends at once where its credentials are refused', async () => {
    const { ended, lines } = await wait(() => ({ status: 16, message: 'no' }));
    await assert.rejects(ended, { type: 'NotConfigured', message: /UNAUTHENTICATED/ });
    assert.deepEqual(lines, []);
  });

  test('gives a namespace a minute to come to be, and says so', async () => {
    const began = Date.now();
    const { ended, lines, waited, stopping } = await wait(onNamespace({ status: 5 }));
    await waited;
    stopping.abort('SIGTERM');
    await assert.rejects(ended, (reason) => reason === 'SIGTERM');
    const [line] = lines;
    assert.equal(line?.['msg'], 'Temporal still refuses the connection');
    const givesUp = Date.parse(String(line?.['givesUpAt'])) - began;
    assert.ok(givesUp >= 60_000 && givesUp < 65_000, `${givesUp} ms`);
    assert.match(JSON.stringify(line?.['error']), /"type":"NotConfigured".*no namespace/);
  });

  test("ends when the namespace's minute is over", async (t) => {
    const { ended, lines, waited } = await wait(onNamespace({ status: 5, message: 'not found' }));
    await waited;
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 60_000 });
    await assert.rejects(ended, { type: 'NotConfigured', message: /no namespace "nope"/ });
    assert.equal(lines.length, 1);
  });
});

function grpc(code: number, details: string): Error {
  return new Error('Failed to connect', {
    cause: Object.assign(new Error(`${code} X: ${details}`), { code, details }),
  });
}

async function connect(address: string, env: Readonly<Record<string, string>> = {}) {
  const all = {
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: 'nope',
    TEMPORAL_API_KEY: KEY,
    TEMPORAL_TLS: 'false',
    ...env,
  };
  const before = Object.keys(all).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, all);
  try {
    return await connectClient({ address: 'unused:1', namespace: 'unused' });
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

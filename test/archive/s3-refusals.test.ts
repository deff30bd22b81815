import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { IncomingMessage } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createS3Archive } from '../../src/archive/s3/archive.ts';
import type { Bucket } from '../../src/archive/s3/bucket.ts';
import { createCa } from '../registry/certificates.ts';

const SECRET = 'the-secret-of-the-store-4711';
const OWN = [
  'ACCESS_KEY_ID',
  'SECRET_ACCESS_KEY',
  'REQUEST_CHECKSUM_CALCULATION',
  'CONFIG_FILE',
] as const;
const root = await createCa('Corporate Root');
const issuing = await root.below('Issuing CA');

/** What a store answers, by its own codes. */
interface Refusal {
  readonly status: number;
  readonly code: string;
  /** A page of somebody in front, in place of the code. */
  readonly page?: string;
}

describe('a store that speaks S3, and', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'purser-s3-refusals-'));
  const ca = path.join(folder, 'issuing.pem');
  const asked: IncomingMessage[] = [];
  let refusal: Refusal | undefined;
  let endpoint = '';
  let server: ReturnType<typeof createServer>;
  before(async () => {
    // An issuing CA in place of the root, as a corporate store's bundle often has it.
    writeFileSync(ca, issuing.cert);
    process.env['AWS_ACCESS_KEY_ID'] = 'purser-test';
    process.env['AWS_SECRET_ACCESS_KEY'] = SECRET;
    process.env['AWS_REQUEST_CHECKSUM_CALCULATION'] = 'WHEN_SUPPORTED';
    process.env['AWS_CONFIG_FILE'] = path.join(folder, 'none');
    server = createServer(await issuing.leaf(['127.0.0.1']), (request, response) => {
      asked.push(request);
      request.resume().on('end', () => {
        if (refusal === undefined) return void response.setHeader('etag', '"1"').end();
        const { status, code, page } = refusal;
        response.writeHead(status, { 'content-type': 'application/xml' });
        return void response.end(
          page ?? `<Error><Code>${code}</Code><Message>no</Message></Error>`,
        );
      });
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(0, '127.0.0.1', resolve);
    await promise;
    const at = server.address();
    endpoint = `https://127.0.0.1:${typeof at === 'object' ? at?.port : at}`;
  });
  after(() => {
    for (const name of OWN) delete process.env[`AWS_${name}`];
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });
  const open = (given: Partial<Bucket> = {}) =>
    createS3Archive({
      bucket: 'bundles',
      region: 'us-east-1',
      endpoint,
      forcePathStyle: true,
      ca,
      ...given,
    });

  test('has a certificate of the CA that is named, root or not, gets what is kept', async () => {
    refusal = undefined;
    assert.equal(await open().put('a', 'x'), 's3://bundles/a');
  });

  test('knows no newer checksums is sent none, whatever the environment asks for', async () => {
    refusal = undefined;
    asked.length = 0;
    await open().put('a', 'x');
    await open().write('b', one(), new AbortController().signal);
    assert.equal(asked.length, 2);
    const names = asked.flatMap(({ headers }) => Object.keys(headers));
    const newer = names.filter((name) => /checksum|trailer|content-encoding/.test(name));
    assert.deepEqual(newer, []);
  });

  const table: readonly (readonly [string, Refusal, string, RegExp])[] = [
    [
      'knows no conditional writes is a mistake of the configuration',
      { status: 501, code: 'NotImplemented' },
      'NotConfigured',
      /needs conditional writes \(If-None-Match, If-Match\).*another one, or archive\.folder/,
    ],
    [
      'says so in a word of its own is as well',
      { status: 501, code: 'Whatever' },
      'NotConfigured',
      /conditional writes/,
    ],
    [
      'has no quota left is full',
      { status: 403, code: 'QuotaExceeded' },
      'Unreachable',
      /it is full: make room, or shorten logs\.keep/,
    ],
    [
      'has another time names the clocks',
      { status: 403, code: 'RequestTimeTooSkewed' },
      'NotConfigured',
      /the clocks of this machine and of the store/,
    ],
    [
      'has no quota of storage left is full, too',
      { status: 403, code: 'StorageQuotaExceeded' },
      'Unreachable',
      /it is full/,
    ],
    ...['ExpiredToken', 'TokenRefreshRequired'].map(
      (code) =>
        [
          `says ${code} names the credentials`,
          { status: 400, code },
          'CredentialsUnavailable',
          /its credentials have ended: renew/,
        ] as const,
    ),
    [
      'takes the session token for none names the credentials',
      { status: 400, code: 'InvalidToken' },
      'Forbidden',
      /look at AWS_SESSION_TOKEN/,
    ],
    [
      'was sent the body too slowly may take it at the next try',
      { status: 400, code: 'RequestTimeout' },
      'Unreachable',
      /too slow/,
    ],
    [
      "has a front with a page of its own is not told by the parser's words",
      { status: 403, code: '', page: '<html>front' },
      'Forbidden',
      /\(403 its answer is no XML: a proxy or something else in front of the store/,
    ],
    [
      'denies it names the rights',
      { status: 403, code: 'AccessDenied' },
      'Forbidden',
      /s3:GetObject/,
    ],
  ];
  for (const [what, answer, type, message] of table) {
    test(what, async () => {
      refusal = answer;
      await assert.rejects(open().putNew('a', 'x'), (error) => {
        assert.ok(error instanceof Error && 'type' in error, String(error));
        assert.equal(error.type, type, error.message);
        assert.match(error.message, message);
        assert.ok(!error.message.includes(SECRET));
        return true;
      });
    });
  }

  test('is changed by others at the same time is tried again', async () => {
    refusal = { status: 409, code: 'OperationAborted' };
    await assert.rejects(open().put('a', 'x'), {
      type: 'Unreachable',
      message: /changed by others/,
    });
  });

  test('has a CA whose file comes late is reached then', async () => {
    refusal = undefined;
    const late = path.join(folder, 'late.pem');
    const archive = open({ ca: late });
    await assert.rejects(archive.put('a', 'x'), { type: 'NotConfigured', message: /late\.pem/ });
    writeFileSync(late, issuing.cert);
    assert.equal(await archive.put('a', 'x'), 's3://bundles/a');
  });

  test("is to be asked by web identity names its token's file that is not there", async (t) => {
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = process.env;
    t.after(() => {
      Object.assign(process.env, { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY });
      delete process.env['AWS_ROLE_ARN'];
      delete process.env['AWS_WEB_IDENTITY_TOKEN_FILE'];
    });
    delete process.env['AWS_ACCESS_KEY_ID'];
    delete process.env['AWS_SECRET_ACCESS_KEY'];
    process.env['AWS_ROLE_ARN'] = 'arn:aws:iam::123456789012:role/purser';
    process.env['AWS_WEB_IDENTITY_TOKEN_FILE'] = '/nowhere/token';
    await assert.rejects(open().put('a', 'x'), {
      type: 'NotConfigured',
      message: /the file \/nowhere\/token, which the credentials .* AWS_WEB_IDENTITY_TOKEN_FILE/,
    });
  });

  test("has a certificate of nobody's names the setting of its CA", async () => {
    const other = path.join(folder, 'other.pem');
    writeFileSync(other, (await createCa('Another')).cert);
    await assert.rejects(open({ ca: other }).put('a', 'x'), {
      type: 'Unreachable',
      message: /unknown issuer: name the CA that signed it as archive\.s3\.ca/,
    });
  });

  test('has no region, in purser.yaml or the environment, names the setting', async () => {
    await assert.rejects(open({ region: undefined }).put('a', 'x'), {
      type: 'NotConfigured',
      message: /there is no region: set archive\.s3\.region or AWS_REGION/,
    });
  });
});

async function* one(): AsyncIterable<Uint8Array> {
  yield Buffer.alloc(1024, 1);
}

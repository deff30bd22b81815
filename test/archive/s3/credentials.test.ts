import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { suite, test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createS3Archive } from '../../../src/archive/s3/archive.ts';
import { KEPT, setAws, startStore } from './fake-store.ts';
import type { Reply } from './fake-store.ts';

function stsRefused(status: number, code: string): Reply {
  return {
    status,
    body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>no</Message></Error></ErrorResponse>`,
  };
}

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'purser-s3-credentials-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** An archive whose credentials are to come from a server like AWS's STS, by the token of a pod. */
async function openByRole(t: TestContext, reply: Reply) {
  const token = path.join(makeFolder(t), 'token');
  writeFileSync(token, 'a-made-up-token');
  const sts = await startStore(t, reply);
  setAws(t, {
    AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/purser',
    AWS_WEB_IDENTITY_TOKEN_FILE: token,
    AWS_ENDPOINT_URL_STS: sts.endpoint,
  });
  return openStore(t);
}

async function openStore(t: TestContext) {
  const { asked, endpoint } = await startStore(t, KEPT);
  const bucket = { bucket: 'bundles', region: 'us-east-1', endpoint, forcePathStyle: true };
  return { asked, archive: createS3Archive(bucket) };
}

suite('a server that issues credentials', () => {
  const table: readonly (readonly [string, Reply, string, RegExp])[] = [
    [
      'denies the role is no refusal of the bucket',
      stsRefused(403, 'AccessDenied'),
      'Forbidden',
      /could not sign a request: the server that issues credentials .* refuses: look at the role \(AWS_ROLE_ARN\).* \(403 AccessDenied no\)/,
    ],
    [
      'does not take the token may take the next',
      stsRefused(400, 'InvalidIdentityToken'),
      'CredentialsUnavailable',
      /refuses: .* AWS_WEB_IDENTITY_TOKEN_FILE, .* \(400 InvalidIdentityToken/,
    ],
    [
      'says that the token has ended says so',
      stsRefused(400, 'ExpiredTokenException'),
      'CredentialsUnavailable',
      /its credentials have ended/,
    ],
    [
      'is asked too often is asked later',
      stsRefused(400, 'Throttling'),
      'Unreachable',
      /cannot do so at the moment/,
    ],
    [
      'is a page of something in front is told without a code that is none',
      { status: 403, body: '<html>no</html>', headers: { 'content-type': 'text/html' } },
      'Forbidden',
      /\(403, without a code\)$/,
    ],
    ['fails may be well later', { status: 502 }, 'Unreachable', /cannot do so at the moment \(502/],
    [
      'gives none is named',
      { status: 200 },
      'CredentialsUnavailable',
      /gave none: look at the role/,
    ],
  ];
  for (const [what, reply, type, message] of table) {
    test(`and ${what}`, async (t) => {
      const { archive, asked } = await openByRole(t, reply);
      await assert.rejects(archive.put('a', 'x'), { type, message });
      assert.deepEqual(asked, []);
    });
  }
});

test("a profile's command that fails once is a mistake at first, and later something that passes", async (t) => {
  const folder = makeFolder(t);
  const config = path.join(folder, 'config');
  const credentials = path.join(folder, 'credentials.json');
  writeFileSync(config, `[profile own]\ncredential_process=cat ${credentials}\n`);
  setAws(t, { AWS_CONFIG_FILE: config, AWS_PROFILE: 'own' });
  const { archive } = await openStore(t);
  await assert.rejects(archive.put('a', 'x'), { type: 'NotConfigured' });
  const keys = { Version: 1, AccessKeyId: 'purser-test', SecretAccessKey: 'of-this-test' };
  const ended = new Date(Date.now() + 1_000).toISOString();
  writeFileSync(credentials, JSON.stringify({ ...keys, Expiration: ended }));
  await archive.put('a', 'x');
  rmSync(credentials);
  await sleep(1_100);
  await assert.rejects(archive.put('a', 'x'), { type: 'CredentialsUnavailable' });
  writeFileSync(credentials, JSON.stringify(keys));
  await archive.put('a', 'x');
});

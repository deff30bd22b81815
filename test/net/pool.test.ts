import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { suite, test } from 'node:test';
import { readPool, readPoolFile, trustedCertificates } from '../../src/net/pool.ts';
import { createCa } from '../registry/certificates.ts';
import { BRAINPOOL_CA, NEGATIVE_SERIAL } from './odd-certificates.ts';

const one = (await createCa('One')).cert.trim();
const two = (await createCa('Two')).cert.trim();
const base64 = one.replaceAll(/-----[A-Z ]+-----/g, '').trim();
const BEGIN = '-----BEGIN CERTIFICATE-----';
const END = '-----END CERTIFICATE-----';

suite('of a bundle of two, as Go 1.26 reads it, are read', () => {
  // Each was held against pem.Decode and x509.ParseCertificate.
  const table: readonly (readonly [string, string, number])[] = [
    ['two with line breaks of Windows', `${one}\n${two}\n`.replaceAll('\n', '\r\n'), 2],
    ['none with line breaks of old Macs', `${one}\n${two}\n`.replaceAll('\n', '\r'), 0],
    ['none of two files without a line break between them', `${one}${two}`, 0],
    ['none that is indented', `${one}\n${two}`.replaceAll(/^/gm, '  '), 0],
    ['two with blanks at line ends', `${one}\n${two}\n`.replaceAll(/$/gm, ' \t'), 2],
    ['two with comments between', `# mine\n${one}\nsubject=/CN=Two\n${two}`, 2],
    ['one after a byte order mark', `\uFEFF${one}\n${two}`, 1],
    ["one beside one of OpenSSL's TRUSTED", `${one.replaceAll('CERT', 'TRUSTED CERT')}\n${two}`, 1],
    ['one beside one with headers', `${BEGIN}\nComment: x\n\n${base64}\n${END}\n${two}`, 1],
    ['two, one of them in one line', `${BEGIN}\n${base64.replaceAll('\n', '')}\n${END}\n${two}`, 2],
    ['one where the other has no end', `${BEGIN}\n${base64}\n${two}`, 1],
    ['one where the other ends in mid-word', `${BEGIN}\n${base64.slice(0, 99)}\n${END}\n${two}`, 1],
    ['one where the other has something behind it', `${one}junk\n${two}`, 1],
    ['one where the other has a checksum', `${BEGIN}\n${base64}\n=abcd\n${END}\n${two}`, 1],
    ['two with blank lines within', `${BEGIN}\n\n${base64}\n\n${END}\n${two}`, 2],
    ['none of what is one line with \\n in it', `${one}\n${two}`.replaceAll('\n', '\\n'), 0],
    ['one beside a curve that Go does not know', `${BRAINPOOL_CA}\n${one}`, 1],
    ['one beside a negative serial number', `${NEGATIVE_SERIAL}\n${one}`, 1],
  ];
  for (const [what, pem, count] of table) {
    test(what, () => assert.equal(readPool(pem).length, count));
  }
});

test('an expired certificate is passed over where its issuer is there, and trusted otherwise', async () => {
  const root = await createCa('Corporate Root');
  const { cert: expired } = await root.leaf(['old.test'], { from: -9, to: -1 });
  assert.deepEqual(trustedCertificates(`${expired}\n${root.cert}`).length, 1);
  assert.deepEqual(trustedCertificates(`${expired}\n${two}`).length, 2);
});

// In one Node 26.10 looks for the next issuer for ever: tried with a server, this process would not end.
suite('of CAs that have signed each other no circle is trusted', async () => {
  const [older, newer] = [await createCa('Older'), await createCa('Newer')];
  const olderByNewer = await newer.over(older.cert);
  const newerByOlder = await older.over(newer.cert);
  const table: readonly (readonly [string, readonly string[], number])[] = [
    ['of both and their roots one goes', [olderByNewer, newerByOlder, older.cert, newer.cert], 3],
    [
      'of both and one root, that of the CA with a root',
      [newerByOlder, olderByNewer, newer.cert],
      2,
    ],
    ['of both alone one goes', [olderByNewer, newerByOlder], 1],
    ['one alone stays', [olderByNewer, newer.cert, older.cert], 3],
  ];
  for (const [what, bundle, count] of table) {
    test(what, () => assert.equal(trustedCertificates(`${bundle.join('\n')}\n`).length, count));
  }

  test('and none goes that is the only one of its CA, where another can', () => {
    const left = trustedCertificates(`${newerByOlder}\n${olderByNewer}\n${newer.cert}\n`);
    assert.deepEqual(left, [olderByNewer.trim(), newer.cert.trim()]);
  });
});

test('a file without any certificate is refused, and its setting named', (t) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'purser-pool-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'ca.pem');
  writeFileSync(file, `${BEGIN}\nbm90aGluZw==\n${END}\n`);
  const wanted = (message: RegExp) => ({ type: 'NotConfigured', message });
  const read = () => readPoolFile(file, 'target prod: registry.ca');
  assert.throws(read, wanted(/^target prod: registry\.ca cannot be read: there is no certificate/));
  rmSync(file);
  assert.throws(read, wanted(/^target prod: registry\.ca cannot be read: ENOENT/));
});

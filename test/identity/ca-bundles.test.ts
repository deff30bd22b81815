import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readCertificates } from '../../src/identity/material.ts';
import { createNotes } from '../../src/identity/notes.ts';
import { createCa } from '../registry/certificates.ts';

const one = `${(await createCa('One')).cert.trim()}\n`;
const two = `${(await createCa('Two')).cert.trim()}\n`;
const old = await (await createCa('Old')).leaf(['old.test'], { from: -9, to: -2 });
const expired = `${old.cert.trim()}\n`;
const lines = one.split('\n').slice(1, -2);
function block(body: readonly string[]) {
  return `-----BEGIN CERTIFICATE-----\n${body.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function read(text: string, are: 'pool' | 'chain' = 'pool') {
  const notes = createNotes({ name: 'corp', type: 'OpenID' });
  const { length } = readCertificates(text, { field: 'openID.ca', are }, notes);
  const [worst = 'nothing'] = notes.findings.map(({ severity }) => severity);
  return [length, worst];
}

// How many certificates, and what is said. Each was put to client-go's ParseCertsPEM (0.36, Go 1.26), by which
// the OAuth server and the API server read a CA; where it refuses the bundle, it is broken.
const POOLS: readonly (readonly [what: string, text: string, count: number, severity: string])[] = [
  ['two', one + two, 2, 'nothing'],
  ['an expired one behind a good one', one + expired, 2, 'warning'],
  ['an expired one before a good one', expired + one, 2, 'warning'],
  ['an expired one alone', expired, 1, 'error'],
  ['a remark between two', `# first\n${one}# second - with dashes\n${two}`, 2, 'nothing'],
  ['a key beside it', one + block(lines).replaceAll('CERTIFICATE', 'PRIVATE KEY'), 1, 'nothing'],
  ['a line break missing between two', one.trim() + two, 0, 'error'],
  ['a byte order mark', `\u{feff}${one}`, 0, 'error'],
  ['blanks before every line', one.replaceAll(/^/gm, '  '), 0, 'error'],
  ['a second one that is indented', one + two.replaceAll(/^/gm, '  '), 1, 'warning'],
  ['a second one that is no base64', one + block(['!!!!']), 1, 'warning'],
  ['a second one without its end', two + one.replace(/-----END.*/, ''), 1, 'warning'],
  ['a second one that lost its last lines', two + block(lines.slice(0, 3)), 1, 'error'],
  ['a first one that is no certificate', block(['AAAA']) + two, 1, 'error'],
  ['a blank line within', block([...lines.slice(0, 2), '', ...lines.slice(2)]), 1, 'nothing'],
  ['text', 'hello', 0, 'error'],
];

suite('a CA file is judged as OpenShift reads it, with', () => {
  for (const [what, text, ...expected] of POOLS) {
    test(what, () => assert.deepEqual(read(text), expected));
  }
});

test('a chain that is sent to a server has to be complete', () => {
  assert.deepEqual(read(one + block(['!!!!']), 'chain'), [1, 'error']);
  assert.deepEqual(read(one + expired, 'chain'), [2, 'error']);
});

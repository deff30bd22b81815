import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ensurePki, routeHost } from '../../sandbox/folder/pki.ts';
import { temporaryFolder } from './support/folders.ts';

function read(file: string): X509Certificate {
  return new X509Certificate(readFileSync(file));
}

test('each certificate is signed by its own authority, for its own names', async (t) => {
  const pki = await ensurePki(temporaryFolder(t));
  const table = [
    [pki.apiServer, pki.clusterCa, '127.0.0.1'],
    [pki.openshift, pki.clusterCa, 'openshift-api.openshift-sandbox.svc'],
    [pki.service, pki.serviceCa, 'image-registry.openshift-image-registry.svc'],
    [pki.service, pki.serviceCa, 'image-registry.openshift-image-registry.svc.cluster.local'],
    [pki.route, pki.ingressCa, routeHost],
    [pki.route, pki.ingressCa, 'localhost'],
    [pki.route, pki.ingressCa, '127.0.0.1'],
  ] as const;
  for (const [pair, ca, host] of table) {
    const certificate = read(pair.certFile);
    assert.ok(certificate.verify(read(ca).publicKey), `${host} is not signed by ${ca}`);
    const found = /^\d/.test(host) ? certificate.checkIP(host) : certificate.checkHost(host);
    assert.equal(found, host);
  }
  assert.equal(read(pki.route.certFile).verify(read(pki.serviceCa).publicKey), false);
  assert.equal(read(pki.service.certFile).checkHost(routeHost), undefined);
});

test('keys are ECDSA P-256 and readable by this user only', async (t) => {
  const folder = temporaryFolder(t);
  const pki = await ensurePki(folder);
  const details = read(pki.route.certFile).publicKey.asymmetricKeyDetails;
  assert.equal(details?.namedCurve, 'prime256v1');
  for (const name of readdirSync(folder).filter((each) => each.endsWith('.key'))) {
    assert.equal(statSync(path.join(folder, name)).mode & 0o777, 0o600, name);
  }
});

test('a second start finds the same authorities', async (t) => {
  const folder = temporaryFolder(t);
  const first = read((await ensurePki(folder)).ingressCa).fingerprint256;
  assert.equal(read((await ensurePki(folder)).ingressCa).fingerprint256, first);
});

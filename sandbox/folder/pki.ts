import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
// First: x509 does not load without it.
import './reflect-metadata.ts';
import * as x509 from '@peculiar/x509';

export interface KeyPair {
  readonly certFile: string;
  readonly keyFile: string;
}

/** The files of one sandbox's three authorities and their certificates. */
export interface Pki {
  readonly clusterCa: string;
  readonly serviceCa: string;
  readonly ingressCa: string;
  readonly apiServer: KeyPair;
  readonly aggregator: KeyPair;
  readonly webhook: KeyPair;
  readonly openshift: KeyPair;
  readonly kubeletClient: KeyPair;
  readonly service: KeyPair;
  readonly route: KeyPair;
  readonly serviceAccountKey: string;
}

/**
 * Creates the authorities and certificates in `folder`, or uses the present ones: a resumed sandbox keeps
 * its CAs, because clients trust them already. Keys are ECDSA P-256, files of mode 0600.
 */
export async function ensurePki(folder: string): Promise<Pki> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const [cluster, service, ingress] = await Promise.all([
    authority(folder, 'cluster-ca', 'purser-sandbox-cluster-ca'),
    authority(folder, 'service-ca', 'openshift-service-serving-signer'),
    authority(folder, 'ingress-ca', 'ingress-operator'),
  ]);
  const pair = (name: string, issuer: Authority, leaf: CertificateOptions): Promise<KeyPair> =>
    certificate(folder, name, issuer, leaf);
  const [apiServer, aggregator, webhook, openshift, kubeletClient, serving, route] =
    await Promise.all([
      pair('kube-apiserver', cluster, { name: 'kube-apiserver', hosts: apiServerHosts }),
      pair('aggregator', cluster, { name: aggregatorName, hosts: [] }),
      pair('webhook', cluster, { name: webhookName, hosts: [] }),
      pair('openshift-api', cluster, { name: 'openshift-api', hosts: openshiftHosts }),
      pair('kubelet-client', cluster, { name: 'kube-apiserver-kubelet-client', hosts: [] }),
      pair('service', service, { name: serviceHosts[0], hosts: serviceHosts }),
      pair('route', ingress, { name: routeHost, hosts: [routeHost, 'localhost', '127.0.0.1'] }),
    ]);
  return {
    clusterCa: cluster.certFile,
    serviceCa: service.certFile,
    ingressCa: ingress.certFile,
    apiServer,
    aggregator,
    webhook,
    openshift,
    kubeletClient,
    route,
    service: serving,
    serviceAccountKey: serviceAccountKey(folder),
  };
}

export const aggregatorName = 'system:openshift-aggregator';
export const webhookName = 'system:kube-apiserver-webhook';
export const routeHost = 'default-route-openshift-image-registry.apps.sandbox.test';
export const serviceHosts = [
  'image-registry.openshift-image-registry.svc',
  'image-registry.openshift-image-registry.svc.cluster.local',
] as const;

const apiServerHosts = [
  'localhost',
  '127.0.0.1',
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
];
// kube-apiserver checks an aggregated server's certificate for <service>.<namespace>.svc.
const openshiftHosts = ['openshift-api.openshift-sandbox.svc', 'localhost', '127.0.0.1'];
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const years = 10;

interface Authority {
  readonly certFile: string;
  readonly certificate: x509.X509Certificate;
  readonly key: CryptoKey;
}
interface CertificateOptions {
  readonly name: string;
  readonly hosts: readonly string[];
}

async function authority(folder: string, name: string, commonName: string): Promise<Authority> {
  const { certFile, keyFile } = filesOf(folder, name);
  if (!existsSync(certFile)) {
    const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const made = await x509.X509CertificateGenerator.createSelfSigned({
      name: [{ CN: [commonName] }],
      ...validity(),
      signingAlgorithm: algorithm,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(
          x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
          true,
        ),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    await savePair(folder, name, made, keys.privateKey);
  }
  return {
    certFile,
    certificate: new x509.X509Certificate(readFileSync(certFile, 'utf8')),
    key: await importKey(readFileSync(keyFile, 'utf8')),
  };
}

async function certificate(
  folder: string,
  name: string,
  issuer: Authority,
  leaf: CertificateOptions,
): Promise<KeyPair> {
  const files = filesOf(folder, name);
  if (existsSync(files.certFile)) return files;
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const made = await x509.X509CertificateGenerator.create({
    subject: [{ CN: [leaf.name] }],
    issuer: issuer.certificate.subjectName,
    ...validity(),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: issuer.key,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([
        x509.ExtendedKeyUsage.serverAuth,
        x509.ExtendedKeyUsage.clientAuth,
      ]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.certificate.publicKey),
      ...alternativeNames(leaf.hosts),
    ],
  });
  await savePair(folder, name, made, keys.privateKey);
  return files;
}

function alternativeNames(hosts: readonly string[]): x509.Extension[] {
  if (hosts.length === 0) return [];
  const names = hosts.map((value) => ({
    type: /^[\d.]+$/.test(value) ? ('ip' as const) : ('dns' as const),
    value,
  }));
  return [new x509.SubjectAlternativeNameExtension(names)];
}

function validity(): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - 60_000), notAfter: new Date(now + years * 365 * 86_400_000) };
}

function filesOf(folder: string, name: string): KeyPair {
  return { certFile: path.join(folder, `${name}.crt`), keyFile: path.join(folder, `${name}.key`) };
}

// The key first: a certificate that is there is taken to be complete.
async function savePair(
  folder: string,
  name: string,
  made: x509.X509Certificate,
  key: CryptoKey,
): Promise<void> {
  const files = filesOf(folder, name);
  writeFileSync(files.keyFile, await exportKey(key), { mode: 0o600 });
  writeFileSync(files.certFile, `${made.toString('pem')}\n`);
}

// kube-apiserver signs service account tokens with it and checks them against it; for the second it reads
// only the older SEC 1 form of a private key, not PKCS #8.
function serviceAccountKey(folder: string): string {
  const file = path.join(folder, 'service-account.key');
  if (existsSync(file)) return file;
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(file, privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 });
  return file;
}

async function exportKey(key: CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

function importKey(pem: string): Promise<CryptoKey> {
  const der = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' });
  return crypto.subtle.importKey('pkcs8', new Uint8Array(der), algorithm, true, ['sign']);
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { createServer } from 'node:https';
import { stringify } from 'yaml';
import { connect } from '../../src/kubernetes/api/connection.ts';
import type { Connection } from '../../src/kubernetes/api/connection.ts';
import { createCa } from '../registry/certificates.ts';
import type { Oddity, Pair } from '../registry/certificates.ts';

/** A folder with a kubeconfig in it, and what it names beside it. */
export interface Home {
  readonly folder: string;
  /** Writes a file into the folder, and gives its path. */
  write(name: string, text: string, mode?: number): string;
  connect(user: unknown, cluster?: object, loginWithinMs?: number): Promise<Connection>;
}

export function makeHome(t: TestContext): Home {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'purser-kubeconfig-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const write: Home['write'] = (name, text, mode = 0o600) => {
    const file = path.join(folder, name);
    writeFileSync(file, text, { mode });
    return file;
  };
  return {
    folder,
    write,
    connect: async (user, cluster = {}, loginWithinMs = 20_000) => {
      const kubeconfig = write('kubeconfig', stringify(content(user, cluster)));
      const connection = await connect({ kubeconfig }, { loginWithinMs });
      t.after(() => connection.dispatcher.destroy());
      return connection;
    },
  };
}

function content(user: unknown, cluster: object) {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'here',
    clusters: [{ name: 'here', cluster: { server: 'https://127.0.0.1:6443', ...cluster } }],
    users: [{ name: 'purser', user }],
    contexts: [{ name: 'here', context: { cluster: 'here', user: 'purser' } }],
  };
}

/** A login command that does what the shell script says, as `exec` of a kubeconfig's user. */
export function command(script: string, more: object = {}) {
  return {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: '/bin/sh',
    args: ['-c', script],
    interactiveMode: 'Never',
    ...more,
  };
}

/** The shell command that prints an ExecCredential. */
export function prints(status: object): string {
  return `cat <<'END'\n${JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status })}\nEND`;
}

/** A server that says whose client certificate it was shown; its own is of an issuing CA, or odd. */
export async function startMirror(t: TestContext, oddity?: Oddity) {
  const root = await createCa('Corporate Root');
  const issuing = await root.below('Issuing CA');
  const clients = await createCa('Clients');
  const server = createServer(
    {
      ...(await (oddity === undefined
        ? issuing.leaf(['127.0.0.1', 'api.example'])
        : issuing.odd(oddity, '127.0.0.1'))),
      // OpenSSL would not serve what it does not take.
      ciphers: 'DEFAULT@SECLEVEL=0',
      ca: clients.cert,
      requestCert: true,
      rejectUnauthorized: false,
    },
    ({ socket, headers }, response) => {
      const { subject } = (socket as TLSSocket).getPeerCertificate();
      const { authorization } = headers;
      response.end(JSON.stringify({ name: subject?.CN, authorization }));
    },
  );
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    ca: issuing.cert,
    cluster: {
      server: `https://127.0.0.1:${port}`,
      'certificate-authority-data': Buffer.from(issuing.cert).toString('base64'),
    },
    clientNamed: (name: string): Promise<Pair> => clients.leaf([name]),
    oddClient: (odd: Oddity, name: string): Promise<Pair> => clients.odd(odd, name),
  };
}

/** What client-node's WebSockets would be answered. */
export async function askAsSocket(connection: Connection): Promise<unknown> {
  const options = {};
  await (await connection.forSockets()).applyToHTTPSOptions(options);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  get(connection.server, options, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (some: string) => (text += some));
    response.on('end', () => resolve(text));
  }).on('error', reject);
  return JSON.parse(await promise);
}

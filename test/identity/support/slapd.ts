import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Pair } from '../../registry/certificates.ts';
import { debianProgram } from '../../support/debian-program.ts';
import type { Found } from '../../support/debian-program.ts';

export const BASE = 'dc=corp,dc=test';
/** An attribute of gerda's that is no text (`audio`), as objectGUID is none. */
export const NO_TEXT = Buffer.from('00c3fffe10806b', 'hex');
export const ADMIN = { dn: `cn=admin,${BASE}`, password: 'the-bind-password-of-the-provider' };

/** A directory with a few people, on two ports of this machine. */
export interface Slapd {
  /** ldap://, where StartTLS is offered if a certificate was given. */
  readonly plain: number;
  /** ldaps:// */
  readonly tls: number;
  stop(): Promise<void>;
}

export interface SlapdOptions {
  /** Without one there is no TLS of either kind. */
  readonly pair?: Pair;
  /** Lines of slapd.conf, of the whole server and of the one database. */
  readonly server?: readonly string[];
  readonly database?: readonly string[];
}

const PEOPLE = `dn: ${BASE}
objectClass: dcObject
objectClass: organization
o: Corp
dc: corp

dn: ou=people,${BASE}
objectClass: organizationalUnit
ou: people

dn: ou=empty,${BASE}
objectClass: organizationalUnit
ou: empty

${person('alice', 'alice@corp.test')}
${person('bob', 'shared@corp.test')}
${person('carol', 'shared@corp.test')}
${person('dora', undefined)}description: CORP/dora

${person('jürgen', undefined)}
${person('o*(x)', undefined)}
${person('gerda', undefined)}audio:: ${NO_TEXT.toString('base64')}
`;

function person(uid: string, mail: string | undefined): string {
  // Base 64 takes any name; an entry's own name must not need escapes.
  const [name, id] = [
    `person-${Buffer.from(uid).toString('hex')}`,
    Buffer.from(uid).toString('base64'),
  ];
  return `dn: cn=${name},ou=people,${BASE}
objectClass: inetOrgPerson
cn: ${name}
sn: Person
uid:: ${id}
${mail === undefined ? '' : `mail: ${mail}\n`}`;
}

/** Starts a directory of its own. The program is looked for, or fetched: see `debianProgram`. */
export async function startSlapd(options: SlapdOptions = {}): Promise<Slapd> {
  const program = await debianProgram({
    program: 'slapd',
    package: 'slapd',
    variable: 'PURSER_SLAPD',
  });
  const folder = mkdtempSync(path.join(tmpdir(), 'purser-slapd-'));
  const conf = write(folder, program, options);
  await fill(program, folder, conf);
  const { child, plain, tls } = await listen(program, conf, options);
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  return {
    plain,
    tls,
    stop: async () => {
      process.off('exit', kill);
      const ended = once(child, 'exit');
      if (child.exitCode === null && child.kill('SIGKILL')) await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function write(folder: string, { root }: Found, options: SlapdOptions): string {
  const { pair, server = [], database = [] } = options;
  mkdirSync(path.join(folder, 'data'));
  const tls = pair === undefined ? [] : certificateLines(folder, pair);
  const schemas = ['core', 'cosine', 'inetorgperson'].map(
    (name) => `include ${path.join(root, 'etc/ldap/schema', `${name}.schema`)}`,
  );
  const conf = path.join(folder, 'slapd.conf');
  const lines = [
    ...schemas,
    `pidfile ${path.join(folder, 'pid')}`,
    `modulepath ${path.join(root, 'usr/lib/ldap')}`,
    'moduleload back_mdb',
    ...tls,
    ...server,
    'database mdb',
    `suffix ${BASE}`,
    `rootdn ${ADMIN.dn}`,
    `rootpw ${ADMIN.password}`,
    `directory ${path.join(folder, 'data')}`,
    ...database,
  ];
  writeFileSync(conf, `${lines.join('\n')}\n`);
  return conf;
}

function certificateLines(folder: string, { key, cert }: Pair): readonly string[] {
  const [certFile, keyFile] = [path.join(folder, 'tls.crt'), path.join(folder, 'tls.key')];
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, key, { mode: 0o600 });
  return [`TLSCertificateFile ${certFile}`, `TLSCertificateKeyFile ${keyFile}`];
}

async function fill({ file, env }: Found, folder: string, conf: string): Promise<void> {
  const ldif = path.join(folder, 'people.ldif');
  writeFileSync(ldif, PEOPLE);
  await promisify(execFile)(file, ['-T', 'add', '-f', conf, '-l', ldif], {
    env: { ...process.env, ...env },
  });
}

const PLACES_AT_MOST = 5;
const READY_WITHIN_MS = 30_000;

async function listen({ file, env }: Found, conf: string, { pair }: SlapdOptions) {
  for (let tried = 0; tried < PLACES_AT_MOST; tried += 1) {
    const [plain, tls] = [await freePort(), await freePort()];
    const secure = pair === undefined ? '' : ` ldaps://127.0.0.1:${tls}/`;
    const child = spawn(
      file,
      ['-d', '0', '-f', conf, '-h', `ldap://127.0.0.1:${plain}/${secure}`],
      {
        env: { ...process.env, ...env },
        stdio: 'ignore',
      },
    );
    if (await isUp(child, plain)) return { child, plain, tls };
  }
  return assert.fail('slapd found no port to listen on');
}

/** False where it ended: somebody else has taken the port meanwhile. */
async function isUp(child: ChildProcess, port: number): Promise<boolean> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (child.exitCode === null) {
    if (await answers(port)) return child.exitCode === null;
    assert.ok(Date.now() < deadline, 'slapd does not listen');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

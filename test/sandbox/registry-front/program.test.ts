import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { setTimeout as delay } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import { Agent, request } from 'undici';
import { writeCertificate } from './support/certificate.ts';
import type { CertificateFiles } from './support/certificate.ts';

const MAIN = join(import.meta.dirname, '../../../sandbox/registry-front/main.ts');
const SERVICE = 'image-registry.openshift-image-registry.svc';

type RunningFront = ChildProcessByStdio<null, Readable, Readable>;

let folder: string;
let route: CertificateFiles;
let service: CertificateFiles;
let program: RunningFront;
let port: number;
let control: number;

function run(config: string): RunningFront {
  return spawn(process.execPath, [MAIN, config], { stdio: ['ignore', 'pipe', 'pipe'] });
}

function files({ names, certFile, keyFile }: CertificateFiles) {
  return { names, certFile, keyFile };
}

async function startProgram(): Promise<RunningFront> {
  const started = run(join(folder, 'config.json'));
  const [line] = (await once(started.stdout, 'data')) as [Buffer];
  const said: unknown = JSON.parse(String(line));
  assert.ok(typeof said === 'object' && said !== null && 'listening' in said && 'control' in said);
  port = Number(said.listening);
  control = Number(said.control);
  return started;
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'purser-front-program-'));
  route = await writeCertificate(folder, ['localhost', 'route.example']);
  service = await writeCertificate(folder, [SERVICE]);
  await writeFile(join(folder, 'token'), 'registry-token\n');
  await writeFile(
    join(folder, 'config.json'),
    JSON.stringify({
      listen: { host: '127.0.0.1', port: 0 },
      certificates: [files(route), files(service)],
      backend: 'http://127.0.0.1:1',
      cluster: { server: 'http://127.0.0.1:1', tokenFile: join(folder, 'token') },
      logFile: join(folder, 'front.log'),
      podName: 'image-registry-0',
      version: '4.21.0',
      control: { host: '127.0.0.1', port: 0 },
    }),
  );
  program = await startProgram();
});
after(async () => {
  program.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

async function health(agent: Agent): Promise<number> {
  const answer = await request(`https://localhost:${port}/healthz`, { dispatcher: agent });
  await answer.body.dump();
  return answer.statusCode;
}

async function breakWith(faults: unknown): Promise<void> {
  const url = `http://127.0.0.1:${control}/faults`;
  const answer = await request(url, { method: 'PUT', body: JSON.stringify(faults) });
  assert.equal(answer.statusCode, 200, await answer.body.text());
}

async function logHas(file: string, part: string): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!(await readFile(join(folder, file), 'utf8').catch(() => '')).includes(part)) {
    assert.ok(Date.now() < deadline, `${file} never had ${part}`);
    await delay(10);
  }
}

/** A client gets the certificate of the name that it uses; for an unknown name, the first one. */
const NAMES: readonly (readonly [string, () => string])[] = [
  [SERVICE, () => service.names[0] ?? ''],
  ['route.example', () => route.names[0] ?? ''],
  ['somebody.else', () => route.names[0] ?? ''],
];

for (const [name, expected] of NAMES) {
  test(`a client that names ${name} is shown its certificate`, async () => {
    const options = { port, host: '127.0.0.1', servername: name, rejectUnauthorized: false };
    const socket = connect(options);
    try {
      await once(socket, 'secureConnect');
      assert.equal(socket.getPeerCertificate().subject['CN'], expected());
    } finally {
      socket.destroy();
    }
  });
}

test('a cluster API that is out of reach is an empty 400, and a backend is never asked', async () => {
  const agent = new Agent({ connect: { ca: route.pem } });
  try {
    const answer = await request(`https://localhost:${port}/v2/`, {
      dispatcher: agent,
      headers: { Authorization: 'Bearer sha256~x' },
    });
    assert.equal(answer.statusCode, 400);
    assert.equal(await answer.body.text(), '');
  } finally {
    await agent.destroy();
  }
});

test('SIGHUP after a rename opens the log anew; lines before it follow the file', async () => {
  const agent = new Agent({ connect: { ca: route.pem } });
  try {
    await logHas('front.log', 'msg="start registry"');
    await rename(join(folder, 'front.log'), join(folder, 'front.log.1'));
    await health(agent);
    await logHas('front.log.1', 'http.request.uri=/healthz');
    program.kill('SIGHUP');
    const deadline = Date.now() + 5_000;
    while (
      (await readFile(join(folder, 'front.log'), 'utf8').catch(() => undefined)) === undefined
    ) {
      assert.ok(Date.now() < deadline, 'SIGHUP opened no new file');
      await delay(10);
    }
    await health(agent);
    await logHas('front.log', 'http.request.uri=/healthz');
  } finally {
    await agent.destroy();
  }
});

test('SIGTERM lets a request under way end and exits with 0', async () => {
  const agent = new Agent({ connect: { ca: route.pem } });
  try {
    await breakWith({ slowMs: 300 });
    const slow = health(agent);
    const start = Date.now();
    await delay(50);
    program.kill('SIGTERM');
    const [code] = await once(program, 'exit');
    assert.equal(code, 0);
    assert.equal(await slow, 200);
    assert.ok(Date.now() - start < 2_000, 'it waited for more than the request');
  } finally {
    await agent.destroy();
  }
});

test('SIGTERM cuts a request that hangs, after two seconds', async () => {
  const agent = new Agent({ connect: { ca: route.pem } });
  program = await startProgram();
  try {
    await breakWith({ hang: true });
    const hanging = assert.rejects(health(agent));
    await delay(50);
    const start = Date.now();
    program.kill('SIGTERM');
    const [code] = await once(program, 'exit');
    assert.equal(code, 0);
    await hanging;
    assert.ok(Date.now() - start >= 1_900);
  } finally {
    await agent.destroy();
  }
});

test('a config with a wrong field is refused by file and field', async () => {
  const file = join(folder, 'wrong.json');
  await writeFile(file, JSON.stringify({ listen: { host: '127.0.0.1' } }));
  const wrong = run(file);
  const [said, [code]] = await Promise.all([text(wrong.stderr), once(wrong, 'exit')]);
  assert.equal(code, 1);
  assert.match(said, /wrong\.json/);
  assert.match(said, /listen\.port/);
});

test('no config at all: the usage, and exit code 2', async () => {
  const none = spawn(process.execPath, [MAIN], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [said, [code]] = await Promise.all([text(none.stderr), once(none, 'exit')]);
  assert.equal(code, 2);
  assert.match(said, /usage: .*config\.json/);
});

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { z } from 'zod';
import type { ProgressEvent } from '../../../sandbox/info.ts';
import { sandboxInfo } from '../../../sandbox/info.ts';
import { identify } from '../../../src/process-identity.ts';
import { findRunningSandbox, stopSandbox } from '../../../sandbox/running.ts';
import { eventually } from '../support/eventually.ts';
import { script, temporaryFolder } from '../support/folders.ts';
import { privateState } from '../support/private-state.ts';
import { adminOf, startQuietly } from '../support/running-sandbox.ts';

const state = privateState();
after(() => state.remove());

function alive(pid: number): boolean {
  return identify(pid) !== undefined;
}
const started = z.object({
  info: sandboxInfo,
  programs: z.array(z.object({ name: z.string(), pid: z.int() })),
});

describe('a sandbox in another process', () => {
  for (const [how, end] of [
    ['is killed with -9', (pid: number) => Promise.resolve(process.kill(pid, 'SIGKILL'))],
    ['is stopped', (_pid: number, info: z.infer<typeof sandboxInfo>) => stopSandbox(info)],
  ] as const) {
    test(`that ${how} leaves no process, no folder and no announcement`, async (t) => {
      const main = fileURLToPath(new URL('./up-and-wait.ts', import.meta.url));
      const child = spawn(process.execPath, [main], { stdio: ['ignore', 'pipe', 'inherit'] });
      t.after(() => child.kill('SIGKILL'));
      const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
      const { info, programs } = started.parse(JSON.parse(String(line)));
      assert.equal(findRunningSandbox()?.pid, child.pid);
      assert.equal(programs.length, 8);
      assert.ok(programs.every(({ pid }) => alive(pid)));

      await end(info.pid, info);
      await eventually(
        'the programs to end',
        () => !programs.some(({ pid }) => alive(pid)),
        30_000,
      );
      await eventually('its folder to go', () => !existsSync(info.dataDir));
      assert.deepEqual(state.leftovers(), []);
      assert.equal(findRunningSandbox(), undefined);
    });
  }
});

describe('a sandbox with a data folder', () => {
  test('resumes with its users, bindings and workflows, and is not resumed twice at once', async (t) => {
    const dataDir = temporaryFolder(t);
    const first = await startQuietly({ dataDir });
    const binding = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'kept', namespace: 'team-a' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    };
    try {
      await assert.rejects(
        startQuietly({ dataDir }),
        new RegExp(`process ${process.pid} already runs one there`),
      );
      const admin = adminOf(first.info);
      await admin.ensure(binding);
      await admin.send('DELETE', '/apis/user.openshift.io/v1/users/bob');
      await admin.close();
      await withTemporal(first.info.temporal.address, (client) =>
        client.workflow.start('kept', { taskQueue: 'none', workflowId: 'kept', args: [] }),
      );
    } finally {
      await first.stop();
    }
    assert.ok(existsSync(dataDir));

    const second = await startQuietly({ dataDir, replicas: 2 });
    try {
      assert.equal(second.info.id, first.info.id);
      const admin = adminOf(second.info);
      const bindings = '/apis/rbac.authorization.k8s.io/v1/namespaces/team-a/rolebindings';
      assert.ok(await admin.get(`${bindings}/kept`));
      assert.ok(await admin.get('/apis/user.openshift.io/v1/users/alice'));
      assert.equal(await admin.get('/apis/user.openshift.io/v1/users/bob'), undefined);
      const pods = '/api/v1/namespaces/openshift-image-registry/pods';
      assert.ok(await admin.get(`${pods}/image-registry-1`));
      await admin.close();
      const kept = await withTemporal(second.info.temporal.address, (client) =>
        client.workflow.getHandle('kept').describe(),
      );
      assert.equal(kept.status.name, 'RUNNING');
    } finally {
      await second.stop();
    }
  });
});

describe('a start', () => {
  const taken = 'listen tcp 127.0.0.1:1: bind: address already in use';
  const trace = Array.from({ length: 15 }, (_, index) => [
    `main.f${index}(...)`,
    `\tmain.go:${index}`,
  ]);
  for (const { program, variable, lastWords } of [
    { program: 'etcd', variable: 'PURSER_ETCD', lastWords: [taken] },
    {
      // Its own servers find their ports by themselves; what it says then is a trace for the greater part.
      program: 'temporal',
      variable: 'PURSER_TEMPORAL',
      lastWords: [
        `level=ERROR msg="Failed to start gRPC listener" error="${taken}"`,
        'panic: runtime error: invalid memory address or nil pointer dereference',
        '',
        'goroutine 1 [running]:',
        ...trace.flat(),
      ],
    },
  ]) {
    test(`in which the port of ${program} is taken by another process is tried again with other ports`, async (t) => {
      const folder = temporaryFolder(t);
      const [real, tried] = [process.env[variable], path.join(folder, 'tried')];
      assert.ok(real, `${variable} must name ${program} for this test`);
      writeFileSync(path.join(folder, 'said'), lastWords.join('\n'));
      const unlucky = script(
        path.join(folder, program),
        `[ -e ${tried} ] && exec ${real} "$@"`,
        `touch ${tried}`,
        `cat ${path.join(folder, 'said')} >&2; exit 2`,
      );
      const events: ProgressEvent[] = [];
      process.env[variable] = unlucky;
      try {
        const progress = (event: ProgressEvent): void => void events.push(event);
        await (await startQuietly({ progress })).stop();
      } finally {
        process.env[variable] = real;
      }
      const told = events.flatMap((event) => (event.type === 'step' ? [event.text] : []));
      const again = told.find((text) => text.includes('; trying again'));
      assert.match(String(again), /address already in use/);
      assert.doesNotMatch(String(again), /main\.f/);
      assert.deepEqual(state.leftovers(), []);
    });
  }

  test('on a configured port that is in use is refused, and leaves nothing', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    try {
      await assert.rejects(
        startQuietly({ ports: { cluster: address.port } }),
        new RegExp(
          `Tried to bind 127\\.0\\.0\\.1:${address.port} for cluster: .*Choose another port`,
        ),
      );
    } finally {
      server.close();
    }
    assert.deepEqual(state.leftovers(), []);
  });

  test('in which a program exits reports which one, how, and its last log lines', async (t) => {
    const real = process.env['PURSER_KUBE_APISERVER'];
    const broken = script(
      path.join(temporaryFolder(t), 'broken'),
      'echo "no such flag" >&2; exit 7',
    );
    process.env['PURSER_KUBE_APISERVER'] = broken;
    try {
      await assert.rejects(
        startQuietly(),
        /kube-apiserver exited unexpectedly with exit code 7; the last lines of its log .*:\nno such flag/,
      );
    } finally {
      if (real === undefined) delete process.env['PURSER_KUBE_APISERVER'];
      else process.env['PURSER_KUBE_APISERVER'] = real;
    }
    assert.deepEqual(state.leftovers(), []);
  });

  test('that is aborted leaves nothing', async () => {
    const controller = new AbortController();
    const progress = (event: ProgressEvent): void => {
      if (event.type === 'step' && event.text.startsWith('creating'))
        controller.abort(new Error('enough'));
    };
    await assert.rejects(startQuietly({ progress, signal: controller.signal }), /enough/);
    assert.deepEqual(state.leftovers(), []);
  });

  test('with four replicas is refused', async () => {
    await assert.rejects(startQuietly({ replicas: 4 }), /Expected replicas to be 1, 2 or 3, got 4/);
  });
});

async function withTemporal<T>(address: string, act: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address });
  try {
    return await act(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

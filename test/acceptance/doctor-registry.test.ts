import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import { after, before, describe, test } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createDoctorActivities } from '../../activities/doctor.ts';
import type { DoctorCheck } from '../../src/domain/finding.ts';
import { createCa } from '../registry/certificates.ts';
import { targetOf, temporaryFile } from './support/health-checks.ts';
import { openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

describe('the doctor', () => {
  let env: Environment;
  before(async () => {
    env = await openEnvironment();
  });
  after(() => env.close());

  async function examine(registry: object = {}): Promise<readonly DoctorCheck[]> {
    const doctor = createDoctorActivities(await targetOf(env, { registry }));
    let checks: readonly DoctorCheck[] = [];
    await new MockActivityEnvironment().run(async () => {
      ({ checks } = await doctor.checkTarget());
    });
    return checks.filter(({ name }) => ['reach', '/v2/', '/healthz'].includes(name));
  }

  test('is content with a registry that asks for a token and is well', async () => {
    const checks = await examine();
    assert.deepEqual(
      checks.map(({ name, finding }) => [name, finding?.severity]),
      [
        ['reach', undefined],
        ['/v2/', undefined],
        ['/healthz', undefined],
      ],
      JSON.stringify(checks),
    );
  });

  test('is not content with a router that has no registry behind it, and says where to look', async () => {
    const router = await openRouter(env.info.registry.routeHost);
    try {
      const [reach, v2, healthz] = await examine(router.registry);
      assert.ok(reach !== undefined);
      assert.deepEqual(reach.finding, undefined);
      for (const check of [v2, healthz]) {
        assert.equal(check?.finding?.severity, 'error');
        assert.match(check.finding.text, /503 .*this 503 is of the router/);
        assert.match(check.finding.advice ?? '', /pods of openshift-image-registry/);
      }
    } finally {
      router.close();
    }
  });

  test('is not content with a page to log in at that stands before the registry, and says so', async () => {
    const { routeAddress: connect, ingressCaFile: ca } = env.info.registry;
    await env.fault({ router: { status: 200, body: '<h1>Log in</h1>' } });
    const [, ...answers] = await examine({ reach: 'route', connect, ca });
    await env.fault({});
    assert.deepEqual(
      answers.map(({ name, finding }) => [name, finding?.severity]),
      [
        ['/v2/', 'unknown'],
        ['/healthz', 'unknown'],
      ],
    );
    for (const { finding } of answers) {
      assert.match(finding?.text ?? '', /a front answered in the registry's place/);
      assert.match(finding?.advice ?? '', /another server answers there/);
    }
  });
});

/** Answers as HAProxy does where no pod is ready: by itself, with the route's certificate. */
async function openRouter(host: string) {
  const ca = await createCa('ingress');
  const server = createServer(await ca.leaf([host]), (_, response) => {
    response.writeHead(503, { 'content-type': 'text/html', 'cache-control': 'no-cache' });
    response.end('<html><body><h1>Application is not available</h1></body></html>');
  });
  const { promise: listening, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await listening;
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const { file, end } = temporaryFile(ca.cert);
  return {
    registry: { connect: `127.0.0.1:${port}`, ca: file },
    close: () => {
      end();
      server.closeAllConnections();
      server.close();
    },
  };
}

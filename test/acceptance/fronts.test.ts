import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { describeFinding } from '../../src/domain/finding.ts';
import type { Report } from '../../src/access/model/report/report.ts';
import { createNamespace, createUser, grantsIn } from './support/fixtures.ts';
import { onboard, openEnvironment, revoke } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

const target = 'fronted';

/** A firewall, a gateway or a wrong route before the registry answers with the numbers that the registry uses. */
describe("a front that answers in the registry's place", () => {
  let env: Environment;
  before(async () => {
    env = await openEnvironment();
    const { routeAddress: connect, ingressCaFile: ca } = env.info.registry;
    const registry = { reach: 'route' as const, connect, ca };
    await env.serve({
      [target]: { registry },
      lending: { registry, proof: { canary: true, mintTokens: true } },
    });
  });
  after(() => env.close());

  const newcomer = async () => ({
    subject: await createUser(env),
    namespace: await createNamespace(env),
  });
  const page = (status: number, match: object) => ({
    router: { match, status, body: '<html><h1>Access blocked</h1></html>' },
  });
  const stepOf = (report: Report, name: string) => {
    const step = report.steps.find((each) => each.name === name);
    assert.ok(step, report.steps.map((each) => each.name).join(', '));
    return step;
  };
  const assertOfFront = (report: Report, name: string) => {
    const { outcome, cause, detail } = stepOf(report, name);
    assert.deepEqual([outcome, cause], ['not-tried', 'configuration'], detail);
    assert.match(detail, /page of HTML, "Access blocked"; a front answered in the registry's/);
  };

  const errors = (code: string) => JSON.stringify({ errors: [{ code, message: 'no' }] });
  const others = [
    ['says 200 to everything', 200, '{}', {}],
    ['is Nexus', 401, errors('UNAUTHORIZED'), { 'www-authenticate': 'BASIC realm="Nexus"' }],
    ['is Harbor', 404, errors('NOT_FOUND'), {}],
    ['is a firewall that speaks JSON', 403, errors('FORBIDDEN'), {}],
    ['is a portal', 302, '', { location: 'https://portal.invalid/login' }],
    ['is a portal that says so', 511, '', {}],
  ] as const;
  for (const [what, status, body, own] of others) {
    test(`that ${what}, with the registry's header, proves and refuses nothing`, async () => {
      const { subject, namespace } = await newcomer();
      const headers = { 'docker-distribution-api-version': 'registry/2.0', ...own };
      const match = { path: `/v2/${namespace}/` };
      const router = { match, status, contentType: 'application/json', headers, body };
      await env.fault({ letThrough: true, router });
      const accesses = [`pull:${namespace}`];
      const { report, failure } = await onboard(env, { target, subject, accesses });
      await env.fault({});
      assert.equal(failure, undefined, String(report.failure?.message));
      for (const name of [`pull ${namespace}`, `push ${namespace} refused`]) {
        const { outcome, cause, detail } = stepOf(report, name);
        assert.deepEqual([outcome, cause], ['not-tried', 'configuration'], detail);
        assert.match(detail, /front/);
      }
      assert.equal((await grantsIn(env, namespace)).length, 1);
    });
  }

  test('is not taken for its refusal, so that a registry that lets everything through is not called sound', async () => {
    const { subject, namespace } = await newcomer();
    const uploads = { method: 'POST', path: '/blobs/uploads/' };
    await env.fault({ letThrough: true, ...page(403, uploads) });
    const { report, failure } = await onboard(env, {
      target,
      subject,
      accesses: [`pull:${namespace}`],
    });
    await env.fault({});
    assert.equal(failure, undefined, String(report.failure?.message));
    assertOfFront(report, `push ${namespace} refused`);
    assert.equal(report.outcome, 'granted-unproven');
  });

  for (const status of [401, 404]) {
    test(`is not taken for a pull that is ${status === 401 ? 'refused' : 'allowed'} where it says ${status} to a manifest`, async () => {
      const { subject, namespace } = await newcomer();
      await env.fault(page(status, { path: '/manifests/' }));
      const { report, failure } = await onboard(env, {
        target,
        subject,
        accesses: [`pull:${namespace}`],
      });
      await env.fault({});
      assert.equal(failure, undefined, String(report.failure?.message));
      assertOfFront(report, `pull ${namespace}`);
      assert.equal(report.outcome, 'granted-unproven');
      assert.equal((await grantsIn(env, namespace)).length, 1);
    });
  }

  test('is not taken for a refused push, and the grant stays', async () => {
    const { subject, namespace } = await newcomer();
    await env.fault(page(403, { method: 'POST', path: '/blobs/uploads/' }));
    const accesses = [`push:${namespace}`];
    const { report, failure } = await onboard(env, { target, subject, accesses });
    await env.fault({});
    assert.equal(failure, undefined, String(report.failure?.message));
    assertOfFront(report, `push ${namespace}`);
    assert.equal((await grantsIn(env, namespace)).length, 1);
  });

  test('is not taken for a refused login', async () => {
    const { subject, namespace } = await newcomer();
    await env.fault(page(401, { path: '/openshift/token' }));
    const accesses = [`pull:${namespace}`];
    const { report, failure } = await onboard(env, { target, subject, accesses });
    await env.fault({});
    assert.equal(failure, undefined, String(report.failure?.message));
    assertOfFront(report, 'login');
    assert.match(stepOf(report, `pull ${namespace}`).detail, /login could not be tried/);
  });

  test('is not taken for the refusal after a revocation', async () => {
    const { subject, namespace } = await newcomer();
    const accesses = [`pull:${namespace}`];
    await onboard(env, { target, subject, accesses });
    await env.fault(page(401, { path: '/manifests/' }));
    const { report } = await revoke(env, { target, subject, accesses });
    await env.fault({});
    assert.equal(report.outcome, 'revoked-unproven', JSON.stringify(report.steps));
    assertOfFront(report, `pull ${namespace} refused`);
    assert.deepEqual(await grantsIn(env, namespace), []);
  });

  test("does not pass for a missing right of Purser's where it stops the canary", async () => {
    const { subject, namespace } = await newcomer();
    await env.fault(page(403, { method: 'POST', path: '/blobs/uploads/' }));
    const accesses = [`pull:${namespace}`];
    const { report } = await onboard(env, { target: 'lending', subject, accesses });
    await env.fault({});
    const findings = report.findings.map(describeFinding).join('\n');
    assert.match(findings, /could not lend .* a canary: .*a front answered/);
    assert.doesNotMatch(findings, /option-canary/);
    assert.equal(stepOf(report, `pull ${namespace}`).outcome, 'passed');
  });
});

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { describeFinding } from '../../src/domain/finding.ts';
import { STOCK_ROLES } from '../../src/access/model/stock-roles.ts';
import type { RoleName } from '../../src/access/model/stock-roles.ts';
import { createNamespace, createUser, grantsIn, make } from './support/fixtures.ts';
import { onboard, openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

const ROLES = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
const SECRETS = { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list'] };

describe('a role that is not as OpenShift has it', () => {
  let env: Environment;
  before(async () => {
    env = await openEnvironment();
    await env.serve({
      'with-extras': { grants: { roleExtras: { 'prometheus-scraper': [SECRETS] } } },
    });
  });
  after(() => env.close());

  /** Has a ClusterRole with these rules for a while: the sandbox is shared. */
  async function withRole(
    name: RoleName,
    changed: { readonly rules: readonly object[]; readonly aggregationRule?: object },
    act: () => Promise<void>,
  ): Promise<void> {
    const there = await env.admin.get(`${ROLES}/${name}`);
    if (there === undefined) await make(env, ROLES, { metadata: { name }, rules: [] });
    const set = async (body: object) => {
      const answer = await env.admin.send('PATCH', `${ROLES}/${name}`, body);
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
    };
    await set(changed);
    try {
      await act();
    } finally {
      await set({ rules: STOCK_ROLES[name], aggregationRule: null });
    }
  }

  const scraper = STOCK_ROLES['prometheus-scraper'];

  test('with all Secrets of the cluster is not bound, and the error names them and the setting', async () => {
    const subject = await createUser(env);
    await withRole('prometheus-scraper', { rules: [...scraper, SECRETS] }, async () => {
      const { report, failure } = await onboard(env, { subject, accesses: ['metrics'] });
      assert.equal(failure, 'Forbidden', report.outcome);
      const message = report.failure?.message ?? '';
      assert.match(message, /prometheus-scraper holds more than .*: get,list secrets\./);
      assert.ok(
        message.includes(
          `grants.roleExtras: ${JSON.stringify({ 'prometheus-scraper': [SECRETS] })}`,
        ),
        message,
      );
      assert.equal(report.failure?.undone, 'nothing had been granted yet');
    });
    const own = (await grantsIn(env)).filter((each) => each.endsWith(subject.name));
    assert.deepEqual(own, []);
  });

  test('is bound where the configuration allows what is more, and that is said', async () => {
    const subject = await createUser(env);
    await withRole('prometheus-scraper', { rules: [...scraper, SECRETS] }, async () => {
      const request = { target: 'with-extras', subject, accesses: ['metrics'] };
      const { report } = await onboard(env, request);
      assert.equal(report.outcome, 'proven', report.failure?.message ?? '');
      assert.match(
        report.findings.map(describeFinding).join(),
        /prometheus-scraper also reads the Secrets of every namespace and gives more than OpenShift's own: get,list secrets/,
      );
    });
  });

  const MORE: readonly (readonly [string, readonly object[], RegExp])[] = [
    ['any verb', [{ apiGroups: [''], resources: ['pods'], verbs: ['*'] }], /: \* pods\./],
    ['a URL', [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }], /: get \/metrics\./],
    [
      'one named object',
      [{ apiGroups: [''], resources: ['secrets'], resourceNames: ['a'], verbs: ['get'] }],
      /: get secrets named a\./,
    ],
  ];
  for (const [what, more, message] of MORE) {
    test(`with ${what} more is not bound`, async () => {
      const [subject, namespace] = [await createUser(env), await createNamespace(env)];
      const rules = [...STOCK_ROLES['registry-viewer'], ...more];
      await withRole('registry-viewer', { rules }, async () => {
        const accesses = [`pull:${namespace}`];
        const { report, failure } = await onboard(env, { subject, accesses });
        assert.equal(failure, 'Forbidden', report.outcome);
        assert.match(report.failure?.message ?? '', message);
      });
      assert.deepEqual(await grantsIn(env, namespace), []);
    });
  }

  test('that is aggregated may get any rule, and is not bound', async () => {
    const [subject, namespace] = [await createUser(env), await createNamespace(env)];
    const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { 'example.com/a': 'b' } }] };
    const changed = { rules: STOCK_ROLES['registry-viewer'], aggregationRule };
    await withRole('registry-viewer', changed, async () => {
      const accesses = [`pull:${namespace}`];
      const { report, failure } = await onboard(env, { subject, accesses });
      assert.equal(failure, 'Forbidden', report.outcome);
      assert.match(report.failure?.message ?? '', /registry-viewer is aggregated/);
    });
    assert.deepEqual(await grantsIn(env, namespace), []);
  });

  test('with fewer rules is bound, and no right is claimed that it does not give', async () => {
    const [subject, namespace] = [await createUser(env), await createNamespace(env)];
    const rules = STOCK_ROLES['registry-editor'].filter(
      ({ resources }) => !(resources ?? []).includes('secrets'),
    );
    await withRole('registry-editor', { rules }, async () => {
      const accesses = [`push:${namespace}`];
      const { report } = await onboard(env, { subject, accesses });
      assert.equal(report.outcome, 'proven', report.failure?.message ?? '');
      assert.doesNotMatch(report.findings.map(describeFinding).join(), /Secrets/);
    });
  });
});

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { describeFinding } from '../../src/domain/finding.ts';
import { z } from 'zod';
import { ca } from '../identity/support/provider-check.ts';
import { site } from '../identity/support/sites.ts';
import { BASE, startSlapd } from '../identity/support/slapd.ts';
import { createNamespace, createUser, fresh, make } from './support/fixtures.ts';
import { PROVIDER_SECRET } from './support/provider-secret.ts';
import { assertProven, onboard, openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

const PURSER = fileURLToPath(new URL('../../bin/purser', import.meta.url));
const OAUTH = '/apis/config.openshift.io/v1/oauths/cluster';
const IN_CONFIG = '/api/v1/namespaces/openshift-config';

const oauthSchema = z.object({ spec: z.object({ identityProviders: z.array(z.looseObject({})) }) });
const checkSchema = z.object({
  kind: z.string(),
  providers: z.array(
    z.object({
      provider: z.string(),
      verdict: z.string(),
      findings: z.array(
        z.object({ cause: z.string(), text: z.string(), advice: z.string().optional() }),
      ),
    }),
  ),
});

describe('the identity providers of a cluster', () => {
  let env: Environment;
  let config: string;
  before(async () => {
    env = await openEnvironment();
    config = path.join(env.info.dataDir, 'purser.yaml');
    await env.serve({ 'no-secrets': { identity: { readSecrets: false } } });
  });
  after(() => env.close());

  async function check(...args: readonly string[]) {
    const child = spawn(PURSER, ['identity', 'check', ...args, '--config', config]);
    const [out, err, code] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise<number | null>((resolve) => child.once('close', resolve)),
    ]);
    return { out, err, code };
  }

  test('are a table with a verdict, and all is well in the sandbox', async () => {
    const { code, out, err } = await check();
    assert.equal(code, 0, out + err);
    assert.match(
      out,
      /^PROVIDER +TYPE +VERDICT +FINDING +ADVICE\nlocal +HTPasswd +sound +4 users in its file\n$/,
    );
  });

  test('know a person, and do not know another', async () => {
    const known = await check('--provider', 'local', '--user', 'alice');
    assert.equal(known.code, 0, known.out);
    assert.match(known.out, /alice is in its file/);
    const unknown = await check('--user', 'mallory');
    assert.equal(unknown.code, 1, unknown.out);
    assert.match(unknown.out, /\(all\) +error +error \[not-found\]: mallory is not known to local/);
  });

  test('are named where another one is asked for, which is bad usage', async () => {
    const { code, out, err } = await check('--provider', 'corp-ldap');
    assert.equal(code, 2);
    assert.equal(out, '');
    assert.match(
      err,
      /InvalidRequest: provider: "corp-ldap" is not configured .*; there is: local\n$/,
    );
  });

  test('are one JSON document for machines', async () => {
    const { out, code } = await check('--output', 'json');
    assert.equal(code, 0);
    const { kind, providers } = checkSchema.parse(JSON.parse(out));
    assert.equal(kind, 'oauth');
    assert.deepEqual(providers, [{ provider: 'local', verdict: 'sound', findings: [] }]);
  });

  test('are checked without their secrets, as it is installed, and what was not seen is said', async () => {
    const person = await createUser(env);
    const namespace = await createNamespace(env);
    const { report } = await onboard(env, {
      target: 'no-secrets',
      subject: person,
      accesses: [`pull:${namespace}`],
      prove: 'review',
    });
    assert.equal(report.outcome, 'granted-unproven', report.failure?.message ?? '');
    const found = report.findings.map(describeFinding).join('\n');
    assert.match(
      found,
      /provider local \(HTPasswd\): Secret openshift-config\/htpasswd .* was not read.*identity\.readSecrets/,
    );
    assert.match(found, /could not be looked up at local/);
  });

  test('that do not work are told of with what would mend them, and stop no onboarding', async () => {
    const stale = await site('127.0.0.1', {}, await ca.leaf(['127.0.0.1'], { from: -9, to: -2 }));
    const directory = await startSlapd({ pair: await ca.leaf(['127.0.0.1']) });
    const name = fresh('identity');
    await make(env, `${IN_CONFIG}/configmaps`, {
      kind: 'ConfigMap',
      metadata: { name },
      data: { 'ca.crt': ca.cert },
    });
    await make(env, `${IN_CONFIG}/secrets`, {
      kind: 'Secret',
      metadata: { name },
      stringData: { bindPassword: PROVIDER_SECRET },
    });
    const basic = {
      name: 'corp-basic',
      type: 'BasicAuth',
      basicAuth: { url: `https://127.0.0.1:${stale.port}/`, ca: { name } },
    };
    const ldap = {
      name: 'corp-ldap',
      type: 'LDAP',
      ldap: {
        url: `ldap://127.0.0.1:${directory.plain}/ou=people,${BASE}?uid`,
        ca: { name },
        bindDN: `cn=admin,${BASE}`,
        bindPassword: { name },
        attributes: { id: ['dn'] },
      },
    };
    try {
      await withProviders(env, [basic, ldap], async () => {
        const { out, code } = await check('--output', 'json');
        assert.equal(code, 1, out);
        const { providers } = checkSchema.parse(JSON.parse(out));
        assert.deepEqual(
          providers.map(({ provider, verdict }) => [provider, verdict]),
          [
            ['local', 'sound'],
            ['corp-basic', 'broken'],
            ['corp-ldap', 'broken'],
          ],
        );
        const [, expired, refused] = providers.map(({ findings }) => findings[0]);
        assert.equal(expired?.cause, 'tls');
        assert.match(expired.text, /as seen from the worker, .* has expired/);
        assert.match(expired.advice ?? '', /renewed/);
        assert.equal(refused?.cause, 'unauthorized');
        assert.match(refused.advice ?? '', /ldap\.bindPassword/);

        const doctor = spawn(PURSER, ['doctor', '--config', config]);
        const shown = await text(doctor.stdout);
        assert.match(
          shown,
          /✘ identity providers +local \(HTPasswd\) sound, corp-basic \(BasicAuth\) broken/,
        );
        assert.match(shown, /`purser identity check --target sandbox` says what is wrong/);

        const person = await createUser(env);
        const namespace = await createNamespace(env);
        const { report } = await onboard(env, {
          subject: person,
          accesses: [`pull:${namespace}`],
        });
        assertProven(report);
        const step = report.steps.find((each) => each.name === 'identity provider');
        assert.match(step?.detail ?? '', /local \(HTPasswd\), corp-basic \(BasicAuth, broken\)/);
        const found = report.findings.map(describeFinding).join('\n');
        assert.match(found, /provider corp-basic \(BasicAuth\): .*has expired/);
        assert.match(found, /provider corp-ldap \(LDAP\): .*invalid credentials/);
        assert.ok(!JSON.stringify(report).includes(PROVIDER_SECRET));
      });
    } finally {
      await Promise.all([stale.close(), directory.stop()]);
    }
  });

  test('are foretold what a person will meet: a User who belongs to somebody else', async () => {
    const second = {
      name: 'second',
      type: 'HTPasswd',
      mappingMethod: 'claim',
      htpasswd: { fileData: { name: 'htpasswd' } },
    };
    await withProviders(env, [second], async () => {
      const { out, code } = await check('--provider', 'second', '--user', 'alice');
      assert.equal(code, 1, out);
      assert.match(out, /mapping_claim_error.*belongs to local:alice/);
    });
  });
});

async function withProviders(
  env: Environment,
  more: readonly object[],
  act: () => Promise<void>,
): Promise<void> {
  const { identityProviders: own } = oauthSchema.parse(await env.admin.get(OAUTH)).spec;
  const set = async (identityProviders: readonly object[]) => {
    const answer = await env.admin.send('PATCH', OAUTH, { spec: { identityProviders } });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
  };
  await set([...own, ...more]);
  try {
    await act();
  } finally {
    await set(own);
  }
}

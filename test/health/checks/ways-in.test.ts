import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Cause } from '../../../src/domain/cause.ts';
import { evaluateEndpoints, uncheckedService } from '../../../src/health/endpoint.ts';
import type { ReachedEndpoint } from '../../../src/health/endpoint.ts';
import { evaluateIdentity } from '../../../src/health/identity.ts';
import type { Providers } from '../../../src/health/identity.ts';
import { evaluateWritePath, verdicts } from '../../../src/health/write-path.ts';
import type { Stage, WritePathResult } from '../../../src/health/write-path.ts';
import { severitiesOf } from './severities.ts';

const OK: Stage = { durationMs: 20 };
function bad(cause: Cause): Stage {
  return { durationMs: 20, failure: { cause, text: 'no' } };
}
const WELL: WritePathResult = { login: OK, push: OK, pull: OK, replicas: {}, delete: OK };

describe('write-path', () => {
  for (const [what, trip, expected, works] of [
    ['all well', WELL, [], [true, true]],
    ['a login that fails', { login: bad('tls'), replicas: {} }, ['error tls'], [false, false]],
    [
      "Purser's way in",
      { login: bad('probe'), replicas: {} },
      ['unknown probe'],
      [undefined, undefined],
    ],
    [
      'a push that fails, a read that works',
      { ...WELL, push: bad('server-error'), pull: undefined, read: OK },
      ['error server-error'],
      [false, true],
    ],
    [
      'a push that fails, nothing to read',
      { ...WELL, push: bad('storage'), pull: undefined, read: 'nothing kept' },
      ['error storage'],
      [false, undefined],
    ],
    [
      'both fail',
      { ...WELL, push: bad('storage'), pull: undefined, read: bad('storage') },
      ['error storage', 'error storage'],
      [false, false],
    ],
    [
      'no right to push',
      { ...WELL, push: bad('forbidden'), pull: undefined, read: OK },
      ['unknown probe'],
      [undefined, true],
    ],
    [
      'its own quota',
      { ...WELL, push: bad('quota'), pull: undefined, read: OK },
      ['unknown probe'],
      [undefined, true],
    ],
    [
      'what was pushed is not there',
      { ...WELL, pull: bad('not-found') },
      ['error storage'],
      [true, false],
    ],
    [
      'another replica does not have it',
      { ...WELL, replicas: { b: bad('not-found') } },
      ['error storage'],
      [true, false],
    ],
    [
      'too many requests',
      { ...WELL, push: bad('rate-limited'), pull: undefined, read: OK },
      ['warning rate-limited'],
      [false, true],
    ],
    ['a stream that stays', { ...WELL, delete: bad('probe') }, ['note probe'], [true, true]],
    ['a slow push', { ...WELL, push: { durationMs: 6_000 } }, ['warning slow'], [true, true]],
  ] as const satisfies readonly (readonly [
    string,
    Loose,
    readonly string[],
    readonly unknown[],
  ])[]) {
    test(`${what}: ${expected.join(', ') || 'nothing'}`, () => {
      const given = withoutUndefined(trip);
      assert.deepEqual(severitiesOf(evaluateWritePath(given, { slowSeconds: 5 })), expected);
      const { writing, reading } = verdicts(given);
      assert.deepEqual([writing, reading], works);
    });
  }
});

type Loose = { readonly [K in keyof WritePathResult]: WritePathResult[K] | undefined };

function withoutUndefined({ login = OK, replicas = {}, ...rest }: Loose): WritePathResult {
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return { login, replicas, ...given };
}

const LIMITS = { slowSeconds: 5, certificateDays: 14 };
const ROUTE: ReachedEndpoint = {
  name: 'route',
  origin: 'https://r',
  stages: [{ stage: 'tcp', ok: true, durationMs: 4 }],
  certificateDays: 90,
  certificate: 'CN=r, by CN=ca',
  healthz: { durationMs: 5 },
};
function no(cause: Cause) {
  return { cause, text: 'no' };
}

describe('endpoint', () => {
  for (const [what, door, expected] of [
    ['all well', ROUTE, []],
    ['no name', { ...ROUTE, failure: no('dns') }, ['error dns']],
    ["Purser's way in", { ...ROUTE, failure: no('probe') }, ['unknown probe']],
    [
      'too many requests',
      { ...ROUTE, healthz: { durationMs: 1, failure: no('rate-limited') } },
      ['warning rate-limited'],
    ],
    [
      'an ill storage',
      { ...ROUTE, healthz: { durationMs: 1, failure: no('storage') } },
      ['error storage'],
    ],
    ['a slow answer', { ...ROUTE, healthz: { durationMs: 5_100 } }, ['warning slow']],
    ['13 days left', { ...ROUTE, certificateDays: 13 }, ['warning tls']],
    ['14 days left', { ...ROUTE, certificateDays: 14 }, []],
    ['a short key, which Go takes', { ...ROUTE, weakKey: 'CN=r has … 1024 bits' }, ['note tls']],
    ['the service, from outside', uncheckedService('a port-forward is not allowed'), ['note dns']],
  ] as const) {
    test(`${what}: ${expected.join(', ') || 'nothing'}`, () => {
      assert.deepEqual(severitiesOf(evaluateEndpoints([door], LIMITS)), expected);
    });
  }

  test('the two certificates are measured apart', () => {
    const service = { ...ROUTE, name: 'service', certificateDays: 700 } as const;
    const { measurements } = evaluateEndpoints([service, ROUTE], LIMITS);
    assert.equal(measurements['service_certificate_days_left'], 700);
    assert.equal(measurements['route_certificate_days_left'], 90);
  });
});

const LOCAL = { name: 'local (HTPasswd)', isBroken: false } as const;
const SSO = { name: 'sso (OpenID)', isBroken: true } as const;
const OAUTH: Providers = { kind: 'oauth', providers: [LOCAL], findings: [] };
function flaw(severity: 'error' | 'warning' | 'unknown') {
  return {
    cause: 'tls' as const,
    severity,
    text: 'sso: its certificate',
    advice: 'replace it',
  };
}

describe('identity', () => {
  for (const [what, providers, kubeadmin, expected] of [
    ['a provider, no kubeadmin', OAUTH, false, []],
    ['kubeadmin is still there', OAUTH, true, ['note configuration']],
    ['kubeadmin may not be looked at', OAUTH, undefined, ['note probe']],
    [
      'one provider of two is broken',
      { ...OAUTH, providers: [LOCAL, SSO], findings: [flaw('error')] },
      false,
      ['warning tls'],
    ],
    [
      'the only provider is broken',
      { ...OAUTH, providers: [SSO], findings: [flaw('error')] },
      false,
      ['error tls'],
    ],
    ['a provider is in doubt', { ...OAUTH, findings: [flaw('warning')] }, false, ['warning tls']],
    [
      'something of a provider was not checked',
      { ...OAUTH, findings: [flaw('unknown')] },
      false,
      ['note tls'],
    ],
    ['only kubeadmin', { ...OAUTH, providers: [] }, true, ['warning configuration']],
    ['nobody at all', { ...OAUTH, providers: [] }, false, ['error configuration']],
    [
      'type None',
      { kind: 'none', providers: [], findings: [] },
      undefined,
      ['error configuration'],
    ],
    ['external OIDC', { kind: 'oidc', providers: [SSO], findings: [] }, undefined, []],
    [
      'plain Kubernetes',
      { kind: 'absent', providers: [], findings: [] },
      undefined,
      ['note configuration'],
    ],
  ] as const) {
    test(`${what}: ${expected.join(', ') || 'nothing'}`, () => {
      assert.deepEqual(severitiesOf(evaluateIdentity(providers, kubeadmin)), expected);
    });
  }
});

import { describeFinding } from '../../src/domain/finding.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatIdentityCheck } from '../../src/cli/identity/display.ts';
import { asFinding, verdictOfProvider } from '../../src/identity/model/provider-check.ts';
import type { IdentityCheck, ProviderFinding } from '../../src/identity/model/provider-check.ts';
import type { FindingSeverity } from '../../src/domain/finding.ts';

function finding(severity: FindingSeverity, text: string, advice = 'mend it'): ProviderFinding {
  return {
    provider: 'corp',
    type: 'LDAP',
    severity,
    cause: 'tls',
    text,
    ...(advice === '' ? {} : { advice }),
  };
}
function check(more: Partial<IdentityCheck>): IdentityCheck {
  return {
    target: 'prod',
    kind: 'oauth',
    providers: [],
    findings: [],
    ...more,
  };
}

test('a table names each provider once, what was seen first, then its findings', () => {
  const findings = [finding('error', 'has expired'), finding('note', 'by the way', '')];
  const all = { provider: '', type: '' };
  const shown = formatIdentityCheck(
    check({
      providers: [
        { provider: 'corp', type: 'LDAP', verdict: 'broken', seen: ['one', 'two'], findings },
        { provider: 'local', type: 'HTPasswd', verdict: 'sound', seen: [], findings: [] },
      ],
      findings: [{ ...finding('unknown', 'alice?', 'log in'), ...all }],
      clusterName: 'https://issuer.test#alice',
    }),
  );
  assert.deepEqual(
    shown.split('\n').map((line) => line.split(/ {2,}/)),
    [
      ['PROVIDER', 'TYPE', 'VERDICT', 'FINDING', 'ADVICE'],
      ['corp', 'LDAP', 'broken', 'one; two'],
      ['', 'error [tls]: has expired', 'mend it'],
      ['', 'note: by the way'],
      ['local', 'HTPasswd', 'sound', 'nothing to check'],
      ['(all)', 'unknown', 'unknown: alice?', 'log in'],
      ["The user's name on the cluster is https://issuer.test#alice."],
    ],
  );
});

test('findings are wrapped to the width of a terminal, words and addresses whole', () => {
  const text = 'as seen from the worker, https://a-rather-long-name.corp.test:8443 has expired';
  const findings = [finding('error', text, 'have the certificate of the server renewed')];
  const shown = formatIdentityCheck(
    check({
      providers: [{ provider: 'corp', type: 'LDAP', verdict: 'broken', seen: [], findings }],
    }),
    100,
  );
  assert.deepEqual(shown.split('\n').slice(1), [
    'corp      LDAP  broken   error [tls]: as seen from the worker,          have the certificate of',
    '                         https://a-rather-long-name.corp.test:8443 has  the server renewed',
    '                         expired',
  ]);
  assert.ok(shown.split('\n').every((line) => line.length <= 100));
});

const WITHOUT: readonly (readonly [IdentityCheck['kind'], RegExp])[] = [
  ['absent', /serves no config\.openshift\.io/],
  ['none', /type None, so no user can log in/],
  ['oauth', /only kubeadmin can log in; .*oc edit oauth cluster/],
  ['oidc', /type OIDC and no provider.*oc edit authentication cluster/],
];
for (const [kind, words] of WITHOUT) {
  test(`a cluster of kind ${kind} without a provider is told of in a sentence`, () => {
    assert.match(formatIdentityCheck(check({ kind })), words);
  });
}

const VERDICTS: readonly (readonly [readonly FindingSeverity[], string])[] = [
  [[], 'sound'],
  [['note', 'unknown'], 'sound'],
  [['note', 'warning'], 'doubtful'],
  [['warning', 'error', 'note'], 'broken'],
];
for (const [severities, verdict] of VERDICTS) {
  test(`findings of severity ${severities.join(', ') || 'none'} make a provider ${verdict}`, () => {
    const findings = severities.map((severity) => finding(severity, 'x'));
    assert.equal(verdictOfProvider(findings), verdict);
  });
}

test('a finding is one sentence in a report', () => {
  assert.equal(
    describeFinding(asFinding(finding('error', 'a'))),
    'provider corp (LDAP): a; mend it',
  );
  const all = { ...finding('error', 'a', ''), provider: '' };
  assert.equal(describeFinding(asFinding(all)), 'a');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatIdentityCheck } from '../../src/cli/identity/display.ts';
import { tellFinding, verdictOfProvider } from '../../src/identity/model/provider-check.ts';
import type {
  IdentityCheck,
  ProviderFinding,
  Weight,
} from '../../src/identity/model/provider-check.ts';

function finding(weight: Weight, text: string, mend = 'mend it'): ProviderFinding {
  return {
    provider: 'corp',
    type: 'LDAP',
    cause: 'tls',
    weight,
    text,
    mend,
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
  const findings = [finding('broken', 'has expired'), finding('note', 'by the way', '')];
  const all = { provider: '', type: '' };
  const shown = formatIdentityCheck(
    check({
      providers: [
        { provider: 'corp', type: 'LDAP', verdict: 'broken', seen: ['one', 'two'], findings },
        { provider: 'local', type: 'HTPasswd', verdict: 'sound', seen: [], findings: [] },
      ],
      findings: [{ ...finding('unchecked', 'alice?', 'log in'), ...all }],
      clusterName: 'https://issuer.test#alice',
    }),
  );
  assert.deepEqual(
    shown.split('\n').map((line) => line.split(/ {2,}/)),
    [
      ['PROVIDER', 'TYPE', 'VERDICT', 'FINDING', 'WHAT WOULD MEND IT'],
      ['corp', 'LDAP', 'broken', 'one; two'],
      ['', 'broken [tls]: has expired', 'mend it'],
      ['', 'note: by the way'],
      ['local', 'HTPasswd', 'sound', 'nothing to check'],
      ['(all)', 'unchecked', 'unchecked: alice?', 'log in'],
      ['The cluster knows that person as https://issuer.test#alice.'],
    ],
  );
});

test('findings are wrapped to the width of a terminal, words and addresses whole', () => {
  const text = 'as seen from the worker, https://a-rather-long-name.corp.test:8443 has expired';
  const findings = [finding('broken', text, 'have the certificate of the server renewed')];
  const shown = formatIdentityCheck(
    check({
      providers: [{ provider: 'corp', type: 'LDAP', verdict: 'broken', seen: [], findings }],
    }),
    100,
  );
  assert.deepEqual(shown.split('\n').slice(1), [
    'corp      LDAP  broken   broken [tls]: as seen from the worker,         have the certificate of',
    '                         https://a-rather-long-name.corp.test:8443 has  the server renewed',
    '                         expired',
  ]);
  assert.ok(shown.split('\n').every((line) => line.length <= 100));
});

const WITHOUT: readonly (readonly [IdentityCheck['kind'], RegExp])[] = [
  ['absent', /serves no config\.openshift\.io/],
  ['none', /type None, so nobody can log in/],
  ['oauth', /nobody but kubeadmin can log in; .*oc edit oauth cluster/],
  ['oidc', /type OIDC and no provider.*oc edit authentication cluster/],
];
for (const [kind, words] of WITHOUT) {
  test(`a cluster of kind ${kind} without a provider is told of in a sentence`, () => {
    assert.match(formatIdentityCheck(check({ kind })), words);
  });
}

const VERDICTS: readonly (readonly [readonly Weight[], string])[] = [
  [[], 'sound'],
  [['note', 'unchecked'], 'sound'],
  [['note', 'warning'], 'doubtful'],
  [['warning', 'broken', 'note'], 'broken'],
];
for (const [weights, verdict] of VERDICTS) {
  test(`findings of weight ${weights.join(', ') || 'none'} make a provider ${verdict}`, () => {
    const findings = weights.map((weight) => finding(weight, 'x'));
    assert.equal(verdictOfProvider(findings), verdict);
  });
}

test('a finding is one sentence in a report', () => {
  assert.equal(tellFinding(finding('broken', 'a')), 'provider corp (LDAP): a; mend it');
  const all = { ...finding('broken', 'a', ''), provider: '' };
  assert.equal(tellFinding(all), 'a');
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { configSchema, targetConfigSchema } from '../../src/config/schema.ts';

// The purser.yaml of docs/configuration.md shows every setting: the defaults as they are, the others as comments.
const PAGE = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
const SHOWN = [...PAGE.matchAll(/^```yaml\n([^]*?)^```/gm)]
  .map(([, block = '']) => block)
  .find((block) => /^targets:/m.test(block));
const WHOLE = SHOWN?.replaceAll(/^( *)# (\w+: )/gm, '$1$2');

test('the documented purser.yaml is a configuration, also with its comments made settings', () => {
  assert.ok(
    SHOWN !== undefined && WHOLE !== undefined,
    'docs/configuration.md shows no purser.yaml',
  );
  assert.notEqual(WHOLE, SHOWN);
  for (const text of [SHOWN, WHOLE]) configSchema.parse(parse(text));
});

test('what the documented purser.yaml sets is what is taken where nothing is set', () => {
  const { prod } = configSchema.parse(parse(SHOWN ?? '')).targets;
  assert.deepEqual(
    { ...prod, kubeconfig: undefined },
    { ...targetConfigSchema.parse({}), kubeconfig: undefined },
  );
  const shown = configSchema.parse(parse(SHOWN ?? ''));
  const defaults = configSchema.parse({ targets: { prod: {} } });
  assert.deepEqual({ ...shown, targets: undefined }, { ...defaults, targets: undefined });
});

test('the documented purser.yaml leaves no setting out', () => {
  const target: unknown = parse(WHOLE ?? '').targets.prod;
  assert.deepEqual(settingsOf(target), [
    'context',
    'grant',
    'grants.accesses',
    'grants.protectedNamespaces',
    'grants.provision',
    'grants.roleExtras.prometheus-scraper',
    'grants.systemGroups',
    'identity.readSecrets',
    'kubeconfig',
    'logs.containerBytes',
    'logs.containerLines',
    'logs.keep.age',
    'logs.keep.bundles',
    'logs.keep.bytes',
    'logs.lineBytes',
    'logs.redact',
    'logs.window',
    'logs.workloads',
    'patience',
    'proof.canary',
    'proof.mintTokens',
    'proof.serviceAccountTokens',
    'registry.ca',
    'registry.connect',
    'registry.reach',
    'registry.realm',
    'roles',
  ]);
  const { shape } = targetConfigSchema;
  const top = new Set(settingsOf(target).map((each) => each.split('.')[0] ?? ''));
  assert.deepEqual([...top].sort(), Object.keys(shape).sort());
});

function settingsOf(value: unknown, at = ''): readonly string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [at];
  return Object.entries(value)
    .flatMap(([key, inner]) => settingsOf(inner, at === '' ? key : `${at}.${key}`))
    .sort();
}

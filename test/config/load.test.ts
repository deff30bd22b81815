import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, test } from 'node:test';
import type { TestContext } from 'node:test';
import { loadConfig, soleTarget, targetOf } from '../../src/config/load.ts';
import type { LoadedConfig } from '../../src/config/load.ts';
import { PurserError } from '../../src/domain/errors.ts';

function NO_SANDBOX() {
  return undefined;
}
const SMALLEST = 'targets: { prod: {} }\n';

const home = process.cwd();

beforeEach(() => {
  delete process.env['PURSER_CONFIG'];
});

function folder(t: TestContext, files: Readonly<Record<string, string>> = {}): string {
  const made = mkdtempSync(path.join(tmpdir(), 'purser-config-test-'));
  t.after(() => {
    process.chdir(home);
    rmSync(made, { recursive: true, force: true });
  });
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(made, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return made;
}

function load(t: TestContext, text: string): LoadedConfig['config'] {
  const file = path.join(folder(t, { 'purser.yaml': text }), 'purser.yaml');
  return loadConfig(file, NO_SANDBOX).config;
}

function refused(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    assert.ok(error instanceof PurserError, String(error));
    assert.equal(error.type, 'NotConfigured');
    return error.message;
  }
  return assert.fail('nothing was thrown');
}

test('the smallest configuration is one target; all else has the documented defaults', (t) => {
  const { archive, health, ...config } = load(t, SMALLEST);
  assert.ok(path.isAbsolute(archive.folder ?? ''));
  assert.deepEqual([health.failuresToGoDown, health.successesToComeBack], [3, 2]);
  assert.deepEqual(config, {
    temporal: { address: 'localhost:7233', namespace: 'default' },
    notify: [],
    worker: { metrics: {} },
    targets: {
      prod: {
        kubeconfig: undefined,
        roles: 'product',
        registry: { reach: 'auto', ca: undefined },
        grants: {
          accesses: ['pull', 'push', 'metrics'],
          protectedNamespaces: ['default', 'openshift', 'kube-*', 'openshift-*'],
          systemGroups: [],
          roleExtras: {},
          provision: false,
        },
        // A binding for a name that nobody has yet is for whoever logs in first under it.
        grant: 'after-login',
        patience: '15m',
        // Each of these is a right as good as cluster-admin, or close to it.
        proof: { mintTokens: false, serviceAccountTokens: [], canary: false },
        identity: { readSecrets: false },
        logs: {
          workloads: [
            { namespace: 'openshift-image-registry', selector: 'docker-registry=default' },
            {
              namespace: 'openshift-image-registry',
              selector: 'name=cluster-image-registry-operator',
            },
          ],
          window: '24h',
          redact: [],
          containerBytes: '4 GiB',
          containerLines: 20_000_000,
          lineBytes: '256 KiB',
          keep: { age: '30d', bundles: 5_000, bytes: '50 GiB' },
        },
      },
    },
  });
});

test('the configuration is looked for in four places, in this order', (t) => {
  const at = folder(t, {
    'given.yaml': SMALLEST,
    'environment.yaml': SMALLEST,
    'purser.yaml': SMALLEST,
    'sandbox.yaml': SMALLEST,
  });
  process.chdir(at);
  const sandbox = () => path.join(at, 'sandbox.yaml');
  const chosen = (given?: string) => {
    const { file, chosenBy } = loadConfig(given, sandbox);
    return `${path.basename(file)} by ${chosenBy}`;
  };
  process.env['PURSER_CONFIG'] = path.join(at, 'environment.yaml');
  assert.equal(chosen('given.yaml'), 'given.yaml by --config');
  assert.equal(chosen(), 'environment.yaml by PURSER_CONFIG');
  delete process.env['PURSER_CONFIG'];
  assert.equal(chosen(), 'purser.yaml by this folder');
  rmSync('purser.yaml');
  assert.equal(chosen(), 'sandbox.yaml by the running sandbox');
});

test('without any configuration the message names every way to give one', (t) => {
  process.chdir(folder(t));
  const message = refused(() => loadConfig(undefined, NO_SANDBOX));
  assert.match(message, /--config.*PURSER_CONFIG.*purser\.yaml.*npm start/);
});

test('a path in the file is meant from the file, not from where Purser was started', (t) => {
  const at = folder(t, {
    'etc/purser.yaml': `
archive: { folder: ../reports }
targets:
  near: { kubeconfig: near.kubeconfig, registry: { ca: certs/ca.pem } }
  far: { kubeconfig: /etc/purser/far.kubeconfig }
`,
  });
  process.chdir(at);
  const { config } = loadConfig('etc/purser.yaml', NO_SANDBOX);
  // The name that the folder has for the system, where a temporary folder is behind a link.
  const real = process.cwd();
  assert.equal(config.archive.folder, path.join(real, 'reports'));
  assert.equal(config.targets['near']?.kubeconfig, path.join(real, 'etc/near.kubeconfig'));
  assert.equal(config.targets['near']?.registry.ca, path.join(real, 'etc/certs/ca.pem'));
  assert.equal(config.targets['far']?.kubeconfig, '/etc/purser/far.kubeconfig');
});

test('everything that can be set is taken as it is', (t) => {
  const { targets, temporal } = load(
    t,
    `
temporal: { address: 'temporal:7233', namespace: purser, ui: 'https://temporal.example' }
targets:
  prod:
    context: admin
    roles: least
    registry:
      reach: route
      connect: '[::1]:8443'
      realm: https://tokens.example
    grants: { accesses: [pull, 'pull:*', admin], protectedNamespaces: [], provision: true }
    grant: before-login
    patience: 1h30m
    proof: { mintTokens: true, serviceAccountTokens: [team-a], canary: true }
    identity: { readSecrets: true }
    logs:
      workloads: [{ namespace: team-a, selector: 'app=web,tier=front' }]
      window: 2h
      redact: ['customer-\\d+']
      containerBytes: 1.5 GiB
      containerLines: 1000
      lineBytes: 16 KiB
      keep: { age: 7d, bundles: 10, bytes: 1 TiB }
`,
  );
  assert.deepEqual(temporal, {
    address: 'temporal:7233',
    namespace: 'purser',
    ui: 'https://temporal.example',
  });
  assert.deepEqual(targets['prod'], {
    kubeconfig: undefined,
    context: 'admin',
    roles: 'least',
    registry: {
      reach: 'route',
      connect: '[::1]:8443',
      realm: 'https://tokens.example',
      ca: undefined,
    },
    grants: {
      accesses: ['pull', 'pull:*', 'admin'],
      protectedNamespaces: [],
      systemGroups: [],
      roleExtras: {},
      provision: true,
    },
    grant: 'before-login',
    patience: '1h30m',
    proof: { mintTokens: true, serviceAccountTokens: ['team-a'], canary: true },
    identity: { readSecrets: true },
    logs: {
      workloads: [{ namespace: 'team-a', selector: 'app=web,tier=front' }],
      window: '2h',
      redact: ['customer-\\d+'],
      containerBytes: '1.5 GiB',
      containerLines: 1_000,
      lineBytes: '16 KiB',
      keep: { age: '7d', bundles: 10, bytes: '1 TiB' },
    },
  });
});

const WRONG: readonly (readonly [string, string, RegExp])[] = [
  ['an empty file', '', /: the file: .*expected object/],
  ['a list', '- prod', /: the file: .*expected object/],
  ['no targets at all', 'temporal: {}', /targets: /],
  ['an empty list of targets', 'targets: {}', /targets: must name at least one target/],
  ['a target with a bad name', 'targets: { Prod_EU: {} }', /targets\.Prod_EU: /],
  ['a word that is not a setting', 'target: {}\ntargets: { prod: {} }', /"target"/],
  [
    'an archive in two places',
    'archive: { folder: a, s3: { bucket: abc } }\ntargets: { prod: {} }',
    /archive: .*keep one of them/,
  ],
  [
    'a time without unit',
    "targets: {prod: {logs: {window: '24'}}}",
    /logs\.window: "24" is not a duration/,
  ],
  ['a size alone', "targets: {a: {logs: {keep: {bytes: '5'}}}}", /bytes: "5" write a size/],
  ['a setting in the wrong place', 'targets: { prod: { mintTokens: true } }', /"mintTokens"/],
  [
    'an unknown way to reach the registry',
    'targets: { prod: { registry: { reach: ingress } } }',
    /targets\.prod\.registry\.reach: "ingress" /,
  ],
  [
    'an address without a port',
    'targets: { prod: { registry: { connect: localhost } } }',
    /targets\.prod\.registry\.connect: "localhost" write host:port/,
  ],
  [
    'a token realm without TLS',
    'targets: { prod: { registry: { realm: "http://tokens.example" } } }',
    /targets\.prod\.registry\.realm: /,
  ],
  [
    'a namespace that is none',
    'targets: { prod: { proof: { serviceAccountTokens: [Team_A] } } }',
    /targets\.prod\.proof\.serviceAccountTokens\[0\]: "Team_A" a namespace is/,
  ],
  [
    'a word for a switch',
    'targets: { prod: { proof: { mintTokens: "no" } } }',
    /mintTokens: "no" /,
  ],
];

for (const [what, text, message] of WRONG) {
  test(`${what} is refused, and the setting is named`, (t) => {
    const said = refused(() => load(t, text));
    assert.match(said, /purser\.yaml is not a configuration: /);
    assert.match(said, message);
  });
}

test('all that is wrong is said at once', (t) => {
  const said = refused(() => load(t, 'targets: { a: { roles: x }, b: { roles: y } }'));
  assert.match(said, /targets\.a\.roles: "x" .*; targets\.b\.roles: "y" /);
});

test('a file that is not YAML, and one that is not there, are told apart', (t) => {
  assert.match(
    refused(() => load(t, 'targets: { prod: {')),
    /cannot be read: .*line 1/,
  );
  assert.match(
    refused(() => loadConfig('/nowhere/purser.yaml', NO_SANDBOX)),
    /\/nowhere\/purser\.yaml cannot be read: ENOENT/,
  );
});

test('a target is found by its name, and nothing else is taken for one', (t) => {
  const config = load(t, 'targets: { prod: { roles: least }, test: {} }');
  assert.equal(targetOf(config, 'prod').roles, 'least');
  for (const name of ['stage', 'constructor', 'toString', '__proto__', '']) {
    const said = refused(() => targetOf(config, name));
    assert.equal(said, `there is no target ${JSON.stringify(name)}; purser.yaml has prod, test`);
  }
});

test('a target need not be named where there is only one', (t) => {
  assert.equal(soleTarget(load(t, SMALLEST)), 'prod');
  const two = load(t, 'targets: { prod: {}, test: {} }');
  assert.match(
    refused(() => soleTarget(two)),
    /has 2 targets; name one with --target: prod, test/,
  );
});

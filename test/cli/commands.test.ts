import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Command } from 'commander';
import { accessCommand } from '../../src/cli/access/access.ts';
import { sweepCommand } from '../../src/cli/access/sweep.ts';
import { cancelCommand } from '../../src/cli/access/cancel.ts';
import { doctorCommand } from '../../src/cli/doctor.ts';
import { healthCommand } from '../../src/cli/health/health.ts';
import { identityCommand } from '../../src/cli/identity/identity.ts';
import { onboardCommand } from '../../src/cli/access/onboard.ts';
import { readyCommand } from '../../src/cli/access/ready.ts';
import { revokeCommand } from '../../src/cli/access/revoke.ts';
import { sandboxCommand } from '../../sandbox/cli/sandbox.ts';
import { setupCommand } from '../../src/cli/setup.ts';
import { startCommand } from '../../sandbox/cli/start.ts';
import { workerCommand } from '../../src/cli/worker.ts';
import { createRunner } from './command.ts';

const EXAMPLE = /Examples?:\n +\$ (purser|npm|skopeo) /;

// Port 9 (discard) is never listened on, so no command gets as far as Temporal.
const { file, run } = createRunner(`
temporal: { address: '127.0.0.1:9' }
targets: { prod: {}, test: {} }
`);

const two = { concurrency: 2 };

/** Each command, and words that its help must hold besides an example. */
const HELP: readonly (readonly [readonly string[], RegExp])[] = [
  [['start'], /--once/],
  [['onboard'], /--access <access>[^]*ServiceAccount\/team-a:ci[^]*Exit codes/],
  [['ready'], /check at once[^]*Exit codes/],
  [['revoke'], /--access <access>[^]*Exit codes/],
  [['access', 'list'], /--output <format>/],
  [['identity', 'check'], /--provider <name>[^]*--user <name>[^]*Exit codes/],
  [['cancel'], /<subject-or-id>[^]*--abandon[^]*Exit codes/],
  [['sweep', 'run'], /--target <name>[^]*Exit codes/],
  [['sweep', 'schedule'], /^ +set .*[^]*^ +list .*[^]*^ +pause .*[^]*^ +resume .*[^]*^ +remove /m],
  [['sweep', 'schedule', 'set'], /--every <duration>.*\(default: 1h\)/],
  [['health', 'schedule'], /^ +set .*[^]*^ +list .*[^]*^ +pause .*[^]*^ +resume .*[^]*^ +remove /m],
  [['health', 'schedule', 'set'], /--every <duration>.*\(default: 1m\)/],
  [['sweep', 'list'], /Lists the schedules of sweeps/],
  [['sweep', 'remove'], /--target <name>/],
  [['doctor'], /--target <name>/],
  [['worker'], /--only <roles>[^]*workflows, steps, proof/],
  [['setup'], /search attributes/],
  [['sandbox', 'up'], /--data-dir <folder>/],
  [['sandbox', 'login'], /<user>[^]*--provider <name>/],
];

const COMMANDS = [
  startCommand(),
  onboardCommand(),
  readyCommand(),
  revokeCommand(),
  accessCommand(),
  identityCommand(),
  cancelCommand(),
  sweepCommand(),
  healthCommand(),
  doctorCommand(),
  workerCommand(),
  setupCommand(),
  sandboxCommand(),
];

describe('the help', () => {
  for (const [names, words] of HELP) {
    test(`of \`purser ${names.join(' ')}\` has an example`, () => {
      let out = '';
      commandOf(names)
        .configureOutput({ writeOut: (text) => void (out += text) })
        .outputHelp();
      assert.match(out, EXAMPLE);
      assert.match(out, words);
    });
  }

  test('of purser itself names every command, and ends well', async () => {
    const { code, out, err } = await run('--help');
    assert.equal(code, 0);
    assert.equal(err, '');
    assert.match(out, EXAMPLE);
    assert.match(out, /Exit codes: 0 done and proven, 1 failed, 2 bad usage/);
    for (const command of COMMANDS) assert.match(out, new RegExp(`^ +${command.name()} `, 'm'));
  });

  test('of a command can be asked for', async () => {
    const { code, out } = await run('access', 'list', '--help');
    assert.equal(code, 0);
    assert.match(out, /^Usage: purser access list /);
  });
});

function commandOf(names: readonly string[]): Command {
  const [first, ...inner] = names;
  return inner.reduce((found, name) => named(found.commands, name), named(COMMANDS, first));
}

function named(commands: readonly Command[], wanted: string | undefined): Command {
  const found = commands.find((each) => each.name() === wanted);
  return found ?? assert.fail(`there is no command ${wanted}`);
}

interface Wrong {
  readonly what: string;
  readonly args: readonly string[];
  readonly says: RegExp;
  readonly code?: number;
}

const ALICE = ['onboard', 'alice', '--config', file] as const;
const WRONG: readonly Wrong[] = [
  { what: 'an unknown command', args: ['onbord'], says: /unknown command 'onbord'/ },
  { what: 'an unknown option', args: ['doctor', '--tagret'], says: /unknown option '--tagret'/ },
  { what: 'no subject', args: ['cancel'], says: /missing required argument 'subject-or-id'/ },
  { what: 'no access', args: ALICE, says: /required option '-a, --access <access>' not specified/ },
  {
    what: 'a wrong way to prove',
    args: [...ALICE, '-a', 'metrics', '--prove', 'no'],
    says: /Allowed choices are required, if-possible, review/,
  },
  {
    what: 'a malformed access',
    args: [...ALICE, '-t', 'prod', '-a', 'pul:team-a'],
    says: /^purser: InvalidRequest: accesses\[0\]: "pul:team-a" is not an access; write /,
  },
  {
    what: 'a malformed subject',
    args: ['revoke', 'Group/', '-c', file, '-t', 'prod', '-a', 'metrics'],
    says: /^purser: InvalidRequest: subject\.name: "" must not be empty/,
  },
  {
    what: 'an unknown target',
    args: [...ALICE, '-t', 'stage', '-a', 'metrics'],
    says: /^purser: NotConfigured: there is no target "stage"; purser\.yaml has prod, test/,
  },
  {
    what: 'no target where there are two',
    args: [...ALICE, '-a', 'metrics'],
    says: /^purser: NotConfigured: .* name one with --target: prod, test/,
  },
  {
    what: 'a person without a name',
    args: ['identity', 'check', '--user', '', '--config', file, '--target', 'prod'],
    says: /^purser: InvalidRequest: user: "" must not be empty/,
  },
  {
    what: "what is no target's name, to remove its schedule",
    args: ['sweep', 'remove', '--target', 'Old/Name', '--config', file],
    says: /^purser: InvalidRequest: target: /,
  },
  // As far as to Temporal: purser.yaml need not name it any more.
  ...['sweep', 'health', 'logs'].map((of) => ({
    what: `a target that is gone, to remove its schedule of ${of}`,
    args: [of, 'remove', '--target', 'old', '--config', file],
    says: /^purser: Unreachable: Temporal does not answer at 127\.0\.0\.1:9 /,
    code: 1,
  })),
  {
    what: 'no configuration',
    args: ['access', 'list'],
    says: /^purser: NotConfigured: no configuration: name one with --config/,
  },
  {
    what: 'an unknown role of a worker',
    args: ['worker', '--config', file, '--only', 'steps,all'],
    says: /"all" is none of workflows, steps, proof/,
  },
  {
    what: 'a port that is none',
    args: ['sandbox', 'up', '--ui-port', '70000'],
    says: /"70000" is not a number from 1 to 65535/,
  },
  { what: 'no sandbox', args: ['sandbox', 'status'], says: /NotConfigured: no sandbox is running/ },
  // No bad usage: the same command may work a minute later.
  {
    what: 'a Temporal that does not answer',
    args: ['access', 'list', '--config', file, '--target', 'prod'],
    says: /^purser: Unreachable: Temporal does not answer at 127\.0\.0\.1:9 .*TEMPORAL_ADDRESS\n$/,
    code: 1,
  },
];

describe('a command with', two, () => {
  for (const { what, args, says, code = 2 } of WRONG) {
    test(`${what} ends with ${code} and a line that says what to do`, async () => {
      const ended = await run(...args);
      assert.equal(ended.code, code, ended.err);
      assert.equal(ended.out, '');
      assert.match(ended.err, says);
      assert.doesNotMatch(ended.err, /^ +at /m, 'a stack trace');
    });
  }
});

describe('what goes with every command', two, () => {
  test("the version is the package's", async () => {
    assert.match((await run('--version')).out, /^\d+\.\d+\.\d+\n$/);
  });

  test('--debug shows where an error came from', async () => {
    const { code, err } = await run('access', 'list', '--debug', '--config', '/nowhere.yaml');
    assert.equal(code, 2);
    assert.match(err, /NotConfigured: \/nowhere\.yaml cannot be read: ENOENT[^]*^ +at .*load\.ts/m);
  });
});

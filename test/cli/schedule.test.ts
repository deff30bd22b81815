import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Command } from 'commander';
import proto from '@temporalio/proto';
import { sweepSchedule } from '../../src/cli/access/sweep-schedule.ts';
import { healthSchedule } from '../../src/cli/health/schedule.ts';
import { logsSchedule } from '../../src/cli/logs/schedule.ts';
import { createScheduleCommands } from '../../src/cli/schedule.ts';
import { grpcServer } from '../temporal/grpc-server.ts';
import type { GrpcAnswer } from '../temporal/grpc-server.ts';
import { createRunner } from './command.ts';

const { v1: workflowservice } = proto.temporal.api.workflowservice;

const KINDS = ['health', 'logs'] as const;
const WHAT = { health: 'health checks', logs: 'log collections' } as const;
const TARGETS = 'targets: { prod: {}, test: {} }\n';

// Port 9 (discard) is never listened on, so no command gets as far as Temporal.
const unreachable = createRunner(`temporal: { address: '127.0.0.1:9' }\n${TARGETS}`);

describe('the commands of schedules', () => {
  const [health, logs, sweep] = [healthSchedule, logsSchedule, sweepSchedule].map((words) =>
    createScheduleCommands(words).group().commands.map(describeCommand),
  );

  test('are the same for health and for logs, with the same options', () => {
    const withoutOwn = logs?.map(({ name, options }) => ({
      name,
      options: options.filter((option) => !option.startsWith('--node-ca')),
    }));
    assert.deepEqual(withoutOwn, health);
    assert.deepEqual(
      health?.map(({ name }) => name),
      ['set', 'list', 'pause', 'resume', 'remove'],
    );
  });

  test('are the same for sweeps, but for the interval', () => {
    const withoutEvery = (commands: typeof health) =>
      commands?.map(({ name, options }) => ({
        name,
        options: options.filter((option) => !option.startsWith('-e, --every')),
      }));
    assert.deepEqual(withoutEvery(sweep), withoutEvery(health));
    assert.equal(
      sweep?.[0]?.options.at(-1),
      '-e, --every <duration>: the interval, from 10m to 7d (1h, 3600000)',
    );
  });

  test('take an interval from 10s to 1d, a minute by default, and several targets or all', () => {
    assert.deepEqual(health?.[0]?.options, [
      '-t, --target <name>: a cluster of purser.yaml; may be repeated',
      '-a, --all: all clusters of purser.yaml',
      '-e, --every <duration>: the interval, from 10s to 1d (1m, 60000)',
    ]);
  });

  test('have the same help, but for what is scheduled', () => {
    for (const name of ['list', 'resume'] as const) {
      const [one, other, third] = [healthSchedule, logsSchedule, sweepSchedule].map((words) => {
        const commands = createScheduleCommands(words);
        const help = commands[name]().helpInformation();
        return help.replaceAll(words.what, 'WHAT').replaceAll(/\s+/g, ' ');
      });
      assert.equal(one, other);
      assert.equal(one, third);
    }
  });
});

function describeCommand(command: Command) {
  const options = command.options.map(
    ({ flags, description, defaultValue, defaultValueDescription: shown }) =>
      `${flags}: ${description}${shown === undefined ? '' : ` (${shown}, ${defaultValue})`}`,
  );
  return { name: command.name(), options };
}

/** What is wrong, and what is said of it: the option, the value, the way out. */
const INTERVAL =
  /option '-e, --every <duration>' argument '.*' is invalid\. ".*" is not a duration from 10s to 1d; write 15m, 1h or 1h30m/;
const WRONG: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['an interval that is too short', ['set', '-t', 'prod', '--every', '9s'], INTERVAL],
  ['an interval that is too long', ['set', '-t', 'prod', '--every', '25h'], INTERVAL],
  ['an interval without a unit', ['-t', 'prod', '--every', '15'], INTERVAL],
  ['an interval that is none', ['--every', 'soon', '--all'], INTERVAL],
  ['all targets and one', ['--all', '--target', 'prod'], /--all and --target exclude each other/],
  [
    'no target, if there are two',
    ['pause'],
    /purser\.yaml has 2 targets; say --all, or --target with some of prod, test/,
  ],
  [
    'an unknown target',
    ['resume', '-t', 'prod', '-t', 'porod'],
    /there is no target "porod"; purser\.yaml has prod, test/,
  ],
  ["what is no target's name", ['remove', '-t', 'Old/Name'], /InvalidRequest: target: /],
  ['a command that is none', ['lsit'], /too many arguments.* got 1|unknown command/],
];

describe('bad usage of schedules', { concurrency: 2 }, () => {
  for (const kind of KINDS) {
    for (const [what, args, says] of WRONG) {
      test(`of ${kind} with ${what} ends with 2 and says what to write instead`, async () => {
        const { file, run } = unreachable;
        const { code, out, err } = await run('-c', file, kind, 'schedule', ...args);
        assert.match(err, says);
        assert.deepEqual([code, out], [2, '']);
        assert.doesNotMatch(err, /\n {4}at /);
      });
    }
  }
});

/** What a command says, and which calls it makes, of a Temporal that has these schedules. */
async function purser(t: TestContext, ids: readonly string[], ...args: readonly string[]) {
  const isThere = ids.length > 0;
  const missing: GrpcAnswer = { status: 5, message: 'schedule not found' };
  const bodies: Readonly<Record<string, Uint8Array>> = {
    DescribeSchedule: described,
    ListSchedules: workflowservice.ListSchedulesResponse.encode({
      schedules: ids.map((scheduleId) => ({ scheduleId })),
    }).finish(),
  };
  const server = await grpcServer((method) => {
    if (method === 'CreateSchedule' && isThere) return { status: 6, message: 'is there' };
    if (method === 'DescribeSchedule' && !isThere) return missing;
    const body = bodies[method];
    return body === undefined ? { status: 0 } : { status: 0, body };
  });
  t.after(() => server.close());
  const { file, run } = createRunner(`temporal: { address: '${server.address}' }\n${TARGETS}`);
  const ended = await run('--config', file, ...args);
  const calls = server.calls.filter((name) => /^(Create|Update|Patch|Delete)Schedule$/.test(name));
  return { ...ended, calls };
}

// A minute ago; only the list looks at it.
const STARTED = new Date(Date.now() - 60_000);
const NEXT = new Date('2100-01-01T12:00:00Z');
const described = workflowservice.DescribeScheduleResponse.encode({
  schedule: {
    spec: { interval: [{ interval: { seconds: 900 as never } }] },
    action: { startWorkflow: { workflowId: 'w', workflowType: { name: 'w' }, taskQueue: {} } },
    policies: {},
    state: { paused: false, notes: '' },
  },
  info: {
    createTime: time(STARTED),
    futureActionTimes: [time(NEXT)],
    recentActions: [
      {
        actualTime: time(STARTED),
        scheduleTime: time(STARTED),
        startWorkflowResult: { workflowId: 'w-1', runId: 'r-1' },
      },
    ],
  },
}).finish();

function time(at: Date) {
  return { seconds: Math.floor(at.getTime() / 1_000) as never, nanos: 0 };
}

describe('schedules', { concurrency: 2 }, () => {
  for (const kind of KINDS) {
    const ids = ['health/prod', 'health/test', 'logs/prod', 'logs/test'];
    const what = WHAT[kind];
    const line = (done: string, target: string, rest: string) =>
      `schedule ${done}: ${what} of ${target}${rest}`;

    test(`of ${kind} are created for all targets, each minute if nothing else is asked for`, async (t) => {
      const { code, out, calls } = await purser(t, [], kind, 'schedule', '--all');
      assert.deepEqual(out.trimEnd().split('\n'), [
        line('created', 'prod', ` every 1m (${kind}/prod)`),
        line('created', 'test', ` every 1m (${kind}/test)`),
      ]);
      assert.deepEqual([code, calls], [0, ['CreateSchedule', 'CreateSchedule']]);
    });

    test(`of ${kind} are updated for the targets that are named, each once`, async (t) => {
      const named = ['-t', 'test', '-t', 'prod', '-t', 'test'];
      const every = ['--every', '10s'];
      const { code, out, calls } = await purser(
        t,
        ids,
        kind,
        'schedule',
        'set',
        ...named,
        ...every,
      );
      assert.deepEqual(out.trimEnd().split('\n'), [
        line('updated', 'test', ` every 10s (${kind}/test)`),
        line('updated', 'prod', ` every 10s (${kind}/prod)`),
      ]);
      assert.equal(code, 0);
      assert.equal(calls.filter((name) => name === 'UpdateSchedule').length, 2);
    });

    test(`of ${kind} are paused, resumed and removed in the same words, by their former names too`, async (t) => {
      for (const path of [['schedule'], []]) {
        const act = async (name: string) => purser(t, ids, kind, ...path, name, '-t', 'prod');
        const paused = await act('pause');
        assert.ok(paused.out.startsWith(line('paused', 'prod', ` (${kind}/prod). `)), paused.out);
        assert.deepEqual(paused.calls, ['PatchSchedule']);
        const resumed = await act('resume');
        assert.equal(resumed.out, `${line('resumed', 'prod', ` (${kind}/prod)`)}\n`);
        const removed = await act('remove');
        assert.ok(removed.out.startsWith(line('removed', 'prod', ` (${kind}/prod). `)));
        assert.deepEqual(removed.calls, ['DeleteSchedule']);
      }
    });

    test(`of ${kind} are paused with a reason, the former name of the note, but not with both`, async (t) => {
      const args = [kind, 'pause', '-t', 'prod', '--reason', 'the archive is moved'];
      const { code, err, calls } = await purser(t, ids, ...args);
      assert.deepEqual([code, calls], [0, ['PatchSchedule']], err);
      const both = await purser(t, ids, ...args, '--note', 'x');
      assert.match(
        both.err,
        /'-r, --reason <text>' cannot be used with option '-n, --note <text>'/,
      );
      assert.deepEqual([both.code, both.calls], [2, []]);
    });

    test(`of ${kind} that are not there end with 2 and the command that creates one`, async (t) => {
      const { code, err } = await purser(t, [], kind, 'schedule', 'pause', '-t', 'prod');
      assert.match(
        err,
        new RegExp(
          `there is no schedule ${kind}/prod; create it with .purser ${kind} schedule --target prod.`,
        ),
      );
      assert.equal(code, 2);
    });

    test(`of ${kind} are listed with interval, state, last run and next run, and no others`, async (t) => {
      const all = [...ids, `${kind}/gone`];
      const { code, out } = await purser(t, all, kind, 'schedule', 'list');
      assert.match(out, /^TARGET +EVERY +SCHEDULE .*LAST RUN +NEXT\n/);
      const lines = out.trimEnd().split('\n').slice(1);
      assert.deepEqual(
        lines.map((each) => each.split(' ')[0]),
        ['gone', 'prod', 'test'],
      );
      for (const each of lines) assert.match(each, /^\w+ +15m +active .* +2100-01-01T12:00:00Z$/);
      assert.equal(code, 0);
      const json: unknown = JSON.parse(
        (await purser(t, all, kind, 'schedule', 'list', '-o', 'json')).out,
      );
      assert.ok(Array.isArray(json));
      assert.deepEqual(
        json.map(({ target, schedule, isLate }) => [target, schedule.everyMs, isLate]),
        ['gone', 'prod', 'test'].map((target) => [target, 900_000, false]),
      );
    });

    test(`of ${kind}, if there are none, are not an empty list but a way to create them`, async (t) => {
      const { code, out } = await purser(t, [], kind, 'schedule', 'list');
      assert.equal(
        out,
        `no ${what} are scheduled; \`purser ${kind} schedule --all\` schedules them\n`,
      );
      assert.equal(code, 0);
    });
  }

  test('of logs say when the last run started', async (t) => {
    const { out } = await purser(t, ['logs/prod'], 'logs', 'schedule', 'list');
    assert.match(out, /\nprod +15m +active +(1m|\d+m\d+s|\d+m) ago +2100/);
  });
});

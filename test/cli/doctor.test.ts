import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import proto from '@temporalio/proto';
import { createFinding } from '../../src/domain/finding.ts';
import type { FindingSeverity } from '../../src/domain/finding.ts';
import { SEARCH_ATTRIBUTES } from '../../workflows/contract.ts';
import { grpcServer } from '../temporal/grpc-server.ts';
import { createRunner } from './command.ts';

const {
  workflowservice: { v1: workflowservice },
  operatorservice: { v1: operatorservice },
  enums: { v1: enums },
} = proto.temporal.api;

const KEYWORD = enums.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;
const TEXT = enums.IndexedValueType.INDEXED_VALUE_TYPE_TEXT;
const TYPES = {
  KEYWORD,
  KEYWORD_LIST: enums.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
  DATETIME: enums.IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
} as const;
const ALL = Object.fromEntries(
  Object.values(SEARCH_ATTRIBUTES).map(({ name, type }) => [name, TYPES[type]]),
);

interface Temporal {
  readonly days: number;
  readonly schedules: number;
  readonly attributes: Record<string, number>;
  readonly isAbsent?: boolean;
}

/** What a command says of a Temporal that has no workers. */
async function told(t: TestContext, given: Temporal, command: string) {
  const { out, err } = await asked(t, given, command);
  return `${out}${err}`;
}

/** Runs a command against a Temporal that answers so; `more` are answers by method. */
async function asked(
  t: TestContext,
  given: Temporal,
  command: string,
  more: Readonly<Record<string, Uint8Array>> = {},
) {
  const { days, schedules, attributes, isAbsent } = given;
  const bodies: Readonly<Record<string, Uint8Array>> = {
    DescribeNamespace: workflowservice.DescribeNamespaceResponse.encode({
      config: { workflowExecutionRetentionTtl: { seconds: days * 86_400 } },
    } as never).finish(),
    ListSearchAttributes: operatorservice.ListSearchAttributesResponse.encode({
      customAttributes: attributes,
    }).finish(),
    ListSchedules: workflowservice.ListSchedulesResponse.encode({
      schedules: Array.from({ length: schedules }, (_, at) => ({ scheduleId: `health/${at}` })),
    }).finish(),
    ...more,
  };
  const server = await grpcServer((method) => {
    if (method === 'DescribeNamespace' && isAbsent === true) return { status: 5, message: 'gone' };
    if (method === 'DescribeSchedule') return { status: 5, message: 'schedule not found' };
    const body = bodies[method];
    return body === undefined ? { status: 0 } : { status: 0, body };
  });
  t.after(() => server.close());
  const { file, run } = createRunner(
    `temporal: { address: '${server.address}' }\ntargets: { prod: { kubeconfig: /nowhere } }\n`,
  );
  return run(command, '--config', file);
}

/** How the doctor ends, and what it says of a target, if its workers answer with these lines. */
async function examined(t: TestContext, lines: readonly object[]) {
  const payload = {
    metadata: { encoding: Buffer.from('json/plain') },
    data: Buffer.from(JSON.stringify(lines)),
  };
  const event = {
    eventId: 1 as never,
    eventType: enums.EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
    workflowExecutionCompletedEventAttributes: { result: { payloads: [payload] } },
  };
  const { code, out } = await asked(t, GOOD, 'doctor', {
    DescribeTaskQueue: workflowservice.DescribeTaskQueueResponse.encode({
      pollers: [{ identity: 'a worker' }],
    }).finish(),
    StartWorkflowExecution: workflowservice.StartWorkflowExecutionResponse.encode({
      runId: 'r',
    }).finish(),
    GetWorkflowExecutionHistory: workflowservice.GetWorkflowExecutionHistoryResponse.encode({
      history: { events: [event] },
    }).finish(),
  });
  return { code, said: out.slice(out.indexOf('target prod')) };
}

const GOOD: Temporal = { days: 30, schedules: 1, attributes: ALL };

test('the doctor finds a search attribute of another type, and setup refuses to go on', async (t) => {
  const wrong = { ...GOOD, attributes: { ...ALL, PurserState: TEXT } };
  const doctor = await told(t, wrong, 'doctor');
  assert.match(
    doctor,
    /✘ search attributes +registered with another type: PurserState is TEXT, not KEYWORD/,
  );
  assert.match(doctor, /→ an attribute's type cannot be changed.*search-attribute remove/);
  const setup = await told(t, wrong, 'setup');
  assert.match(setup, /PurserState is TEXT, not KEYWORD/);
  assert.doesNotMatch(setup, /is registered already/);
});

test('the doctor names those that are missing', async (t) => {
  const { PurserState: _, ...attributes } = ALL;
  assert.match(
    await told(t, { ...GOOD, attributes }, 'doctor'),
    /✘ search attributes +missing: PurserState/,
  );
});

test('the doctor says what a day of retention costs where something is scheduled', async (t) => {
  const short = await told(t, { ...GOOD, days: 1 }, 'doctor');
  assert.match(short, /✔ retention +runs are kept for 1d after their end, and schedules run here/);
  assert.match(short, /→ keep runs longer: .*namespace update --namespace default/);
  const none = await told(t, { ...GOOD, days: 1, schedules: 0 }, 'doctor');
  assert.match(none, /✔ retention +runs are kept for 1d after their end\n/);
  const long = await told(t, GOOD, 'doctor');
  assert.match(long, /✔ retention +runs are kept for 30d after their end\n/);
  assert.match(long, /✔ search attributes +all registered/);
});

test('the doctor says how a namespace is made that is not there', async (t) => {
  assert.match(
    await told(t, { ...GOOD, isAbsent: true }, 'doctor'),
    /has no namespace "default" \(gone\)\. Create it with `temporal operator namespace create/,
  );
});

function line(severity: FindingSeverity) {
  return {
    name: severity,
    finding: createFinding(severity, 'forbidden', 'no right', 'apply rbac'),
  };
}

test('the doctor ends with 0 if the worst findings are warnings', async (t) => {
  const seen = { name: 'permissions', seen: 'all 5 are held' };
  const { code, said } = await examined(t, [seen, line('warning'), line('note')]);
  assert.match(said, /✔ permissions +all 5 are held\n/);
  assert.match(said, /✔ warning +no right\n +→ apply rbac\n/);
  assert.match(said, /✔ note +no right\n +→ apply rbac\n/);
  assert.equal(code, 0);
});

for (const [what, bad, says] of [
  ['an error', line('error'), /✘ error +no right\n +→ apply rbac\n/],
  ['what could not be checked', line('unknown'), /✘ unknown +no right\n +→ apply rbac\n/],
  [
    "another version's line",
    { name: 'reach', ok: false, detail: 'no answer' },
    /✘ reach +no result: is the worker of another version of Purser\?\n/,
  ],
] as const) {
  test(`the doctor ends with 1 for ${what}`, async (t) => {
    const { code, said } = await examined(t, [line('note'), bad]);
    assert.match(said, says);
    assert.equal(code, 1);
  });
}

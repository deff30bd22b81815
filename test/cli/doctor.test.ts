import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import proto from '@temporalio/proto';
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
  const { out, err } = await run(command, '--config', file);
  return `${out}${err}`;
}

const GOOD: Temporal = { days: 30, schedules: 1, attributes: ALL };

test('the doctor finds a search attribute of another type, and setup refuses to go on', async (t) => {
  const wrong = { ...GOOD, attributes: { ...ALL, PurserState: TEXT } };
  const doctor = await told(t, wrong, 'doctor');
  assert.match(doctor, /✘ search attributes +registered with another type: PurserState is TEXT, not KEYWORD/);
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
    /has no namespace "default" \(gone\); make it with `temporal operator namespace create/,
  );
});

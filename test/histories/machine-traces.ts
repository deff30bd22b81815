// A saved history says what a workflow did, and nothing of the machine on which it was recorded.
import proto from '@temporalio/proto';

const { History } = proto.temporal.api.history.v1;
type SavedHistory = proto.temporal.api.history.v1.History;

/** Fields that name the recording process, its machine or its build; a replay reads none of them. */
const OF_THE_MACHINE = new Set(['identity', 'buildId', 'binaryChecksum', 'stackTrace']);

/** The history without the fields that tell of the machine. */
export function withoutMachine(history: proto.temporal.api.history.v1.IHistory): SavedHistory {
  return History.fromObject(Object(cleaned(asPlain(history))));
}

/** Every text in the history: field values, and payloads as text. */
export function textsIn(history: proto.temporal.api.history.v1.IHistory): readonly string[] {
  return stringsOf(asPlain(history));
}

function asPlain(history: proto.temporal.api.history.v1.IHistory): unknown {
  return History.toObject(History.fromObject(history), { longs: String });
}

function cleaned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(cleaned);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  const fields = Object.entries(value).filter(([name]) => !OF_THE_MACHINE.has(name));
  const rest = Object.fromEntries(fields.map(([name, each]) => [name, cleaned(each)]));
  // A worker's own task queue is called after its process and machine.
  return 'normalName' in rest ? { ...rest, name: rest['normalName'] } : rest;
}

function stringsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (value instanceof Uint8Array) return [new TextDecoder().decode(value)];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(stringsOf);
}

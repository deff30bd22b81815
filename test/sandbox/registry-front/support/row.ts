import assert from 'node:assert/strict';
import type { RegistryResponse, RegistryRequest, Environment } from './environment.ts';

/** One fact: a request and its expected answer. Only the fields of the row are compared. */
export interface Row {
  readonly fact: string;
  readonly ask: RegistryRequest;
  readonly status: number;
  /** The whole JSON body. */
  readonly json?: unknown;
  /** The whole body as text. */
  readonly text?: string;
  /** `undefined` as a value means that the header must be absent. */
  readonly headers?: Readonly<Record<string, string | RegExp | undefined>>;
}

export async function check(env: Environment, row: Row): Promise<RegistryResponse> {
  const answer = await env.ask(row.ask);
  assert.equal(answer.status, row.status, `status; the body was ${answer.text}`);
  if (row.json !== undefined) {
    assert.deepEqual(JSON.parse(answer.text), row.json);
  }
  if (row.text !== undefined) {
    assert.equal(answer.text, row.text);
  }
  for (const [name, expected] of Object.entries(row.headers ?? {})) {
    const found = answer.headers[name.toLowerCase()];
    if (expected instanceof RegExp) {
      assert.match(String(found), expected, name);
    } else {
      assert.equal(found, expected, name);
    }
  }
  return answer;
}

/** The body of an error answer with one error. */
export function error(code: string, message: string, detail?: unknown): unknown {
  return {
    errors: [detail === undefined ? { code, message } : { code, message, detail }],
  };
}

export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** An access record as a 401's detail shows it. */
export function record(Name: string, Action: string, Type = 'repository'): unknown {
  return {
    Type,
    Class: '',
    Name,
    Action,
  };
}

export function unauthorized(detail: unknown): unknown {
  return error('UNAUTHORIZED', 'authentication required', detail);
}

export const ACCESS_DENIED = 'Basic realm=openshift,error="access denied"';

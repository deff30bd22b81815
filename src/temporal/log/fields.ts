import { types } from 'node:util';
import { withoutTokens } from '../../domain/inputs/token-text.ts';
import { isSecretName } from '../../domain/redact/pairs.ts';
import { withoutSecrets } from '../../domain/redact/redact-lines.ts';

/** An error in a log line. */
export interface LoggedError {
  /** The type of a failure of Purser or Temporal, else the error's name; for a thrown value: its JavaScript type. */
  readonly type: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

interface SerializerOptions {
  /** Whether to include stacks. */
  readonly stacks: boolean;
}

// Limits the size of a line, whatever it logs.
const TEXT_AT_MOST = 8_192;
// A cut in the middle of a token would leave a part that no pattern recognises.
const LONGEST_TOKEN = 4_096;
const DEPTH_AT_MOST = 8;
const FIELDS_AT_MOST = 100;

const SECRET_NAME =
  /^(authorization|proxy-authorization|cookie|set-cookie|password|passwd|token|secret|client_?secret|api-?key|private_?key|task_?token)$/i;
const ERROR_NAME = /^(error|err|cause)$/;

/**
 * Makes the metadata of a log line safe for JSON. Errors, at any depth, get type, message, cause and the errors
 * of an AggregateError. The result has no cycles, no bigints, no very long texts, and nothing that looks like a
 * secret. Never throws.
 */
export function logFields(
  meta: unknown,
  settings: SerializerOptions,
): Readonly<Record<string, unknown>> {
  const write = createWriter(settings);
  if (isError(meta)) return { error: write.error(meta, []) };
  const fields = write.fields(typeof meta === 'object' && meta !== null ? meta : {}, []);
  return withTypeOf(fields);
}

// An error of a workflow has lost its type on the way here; workflows/log-failures.ts adds it as `errorType`.
function withTypeOf({
  errorType,
  ...fields
}: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { error } = fields;
  if (typeof errorType !== 'string') return fields;
  return typeof error === 'object' && error !== null
    ? { ...fields, error: { ...error, type: errorType } }
    : { ...fields, errorType };
}

/** A message without secrets, cut to a limit. */
export function logText(text: string): string {
  // Not only tokens: the output of an exec plugin, a registry or a mail server may hold any kind of secret.
  const clean = withoutSecrets(withoutTokens(text.slice(0, TEXT_AT_MOST + LONGEST_TOKEN)));
  return clean.length <= TEXT_AT_MOST ? clean : `${clean.slice(0, TEXT_AT_MOST)}…`;
}

function createWriter({ stacks }: SerializerOptions) {
  const value = (given: unknown, above: readonly object[]): unknown => {
    if (typeof given === 'string') return logText(given);
    if (typeof given === 'bigint' || typeof given === 'symbol') return String(given);
    if (typeof given === 'function') return `[function ${given.name}]`;
    if (typeof given !== 'object' || given === null) return given;
    if (above.includes(given)) return '[circular]';
    if (above.length >= DEPTH_AT_MOST) return '[deeper]';
    return object(given, [...above, given]);
  };

  const object = (given: object, above: readonly object[]): unknown => {
    if (isError(given)) return error(given, above);
    if (given instanceof Date) return Number.isNaN(given.getTime()) ? null : given.toISOString();
    if (ArrayBuffer.isView(given)) return `[${given.byteLength} bytes]`;
    if (given instanceof URL) return logText(`${given.origin}${given.pathname}`);
    if (given instanceof Map) return fields(Object.fromEntries(given), above);
    if (Array.isArray(given) || given instanceof Set) {
      return [...given].slice(0, FIELDS_AT_MOST).map((each) => value(each, above));
    }
    return fields(given, above);
  };

  const fields = (given: object, above: readonly object[]): Readonly<Record<string, unknown>> => {
    const keys = Object.keys(given).slice(0, FIELDS_AT_MOST);
    return Object.fromEntries(keys.map((key) => [key, field(given, key, above)]));
  };

  const field = (given: object, key: string, above: readonly object[]): unknown => {
    const fieldValue = readField(given, key);
    if (isSecretField(key, fieldValue)) return '[removed]';
    const isThrown = ERROR_NAME.test(key) && fieldValue !== undefined && fieldValue !== null;
    return isThrown && !isError(fieldValue) ? thrown(fieldValue, above) : value(fieldValue, above);
  };

  const error = (given: Error, above: readonly object[]): LoggedError => {
    const { code, cause, errors, stack } = partsOf(given);
    return {
      type: typeOf(given),
      message: logText(given.message),
      ...(code === undefined ? {} : { code: value(code, above) }),
      ...(cause === undefined ? {} : { cause: field(given, 'cause', above) }),
      ...(Array.isArray(errors) ? { errors: value(errors, above) } : {}),
      ...(stacks && typeof stack === 'string' ? { stack: logText(stack) } : {}),
    };
  };

  // Any value can be thrown; its log entry must look like that of an error.
  const thrown = (given: unknown, above: readonly object[]): unknown => {
    if (isSerialised(given)) return value(given, above);
    const shown = value(given, above);
    return {
      type: Array.isArray(given) ? 'array' : typeof given,
      message: typeof shown === 'string' ? shown : logText(JSON.stringify(shown) ?? String(shown)),
    };
  };

  return { fields, error };
}

// `secret` may also be the name of a Kubernetes Secret, and `hasToken` a boolean: the redactor decides.
function isSecretField(key: string, held: unknown): boolean {
  if (held === undefined) return false;
  if (SECRET_NAME.test(key)) return true;
  if (typeof held !== 'string' || !isSecretName(key)) return false;
  const shown = JSON.stringify({ [key]: held.slice(0, TEXT_AT_MOST) });
  return withoutSecrets(shown) !== shown;
}

function partsOf(error: Error) {
  return {
    code: readField(error, 'code'),
    cause: readField(error, 'cause'),
    errors: readField(error, 'errors'),
    stack: readField(error, 'stack'),
  };
}

// The `type` of an ApplicationFailure is the type of the failure; other errors may use `type` differently.
function typeOf(error: Error): string {
  const type = readField(error, 'type');
  const isFailure = 'nonRetryable' in error || error.name === type;
  return isFailure && typeof type === 'string' && type !== '' ? type : error.name;
}

function isSerialised(given: unknown): boolean {
  return typeof given === 'object' && given !== null && 'type' in given && 'message' in given;
}

function readField(given: object, key: string): unknown {
  try {
    return Reflect.get(given, key);
  } catch {
    return '[unreadable]';
  }
}

// An error from a workflow's context is of another realm: `instanceof Error` is false for it.
function isError(given: unknown): given is Error {
  return given instanceof Error || types.isNativeError(given);
}

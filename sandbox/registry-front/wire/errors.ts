import type { RegistryError } from './reply.ts';
import { goJson } from '../telemetry/go-format.ts';
import type { Reply } from './reply.ts';

/** Code, HTTP status and message of the errors the registry answers (distribution's errcode tables). */
const ERRORS = {
  UNKNOWN: [500, 'unknown error'],
  UNSUPPORTED: [405, 'The operation is unsupported.'],
  UNAUTHORIZED: [401, 'authentication required'],
  DENIED: [403, 'requested access to the resource is denied'],
  UNAVAILABLE: [503, 'service unavailable'],
  DIGEST_INVALID: [400, 'provided digest did not match uploaded content'],
  NAME_UNKNOWN: [404, 'repository name not known to registry'],
  MANIFEST_UNKNOWN: [404, 'manifest unknown'],
  MANIFEST_INVALID: [400, 'manifest invalid'],
  SIGNATURE_INVALID: [400, 'invalid image signature'],
  SIGNATURE_EXISTS: [409, 'image signature already exists'],
  BLOB_UNKNOWN: [404, 'blob unknown to registry'],
  PAGINATION_NUMBER_INVALID: [400, 'invalid number of results requested'],
} as const satisfies Record<string, readonly [number, string]>;

export type ErrorCode = keyof typeof ERRORS;

/** Ends a request with the registry's own error answer; thrown by handlers, caught by the dispatcher. */
export class Refusal extends Error {
  readonly reply: Reply;

  constructor(reply: Reply) {
    super(reply.errors?.map(({ code }) => code).join(', ') ?? String(reply.status));
    this.reply = reply;
  }
}

type Extra = Partial<Pick<RegistryError, 'detail' | 'message' | 'printed'>>;

export function refusal(code: ErrorCode, extra?: Extra): Refusal {
  return new Refusal(errorReply(code, extra));
}

/** The JSON answer of an error. An undefined `detail` omits the key, null keeps it, as in Go. */
export function errorReply(code: ErrorCode, extra: Extra = {}): Reply {
  const [status, message] = ERRORS[code];
  return errorsReply(status, [{ code, message, ...extra }]);
}

export function errorsReply(status: number, errors: readonly RegistryError[]): Reply {
  return {
    status,
    headers: { 'Content-Type': 'application/json' },
    body: goJson({
      errors: errors.map(({ code, message, detail }) => ({ code, message, detail })),
    }),
    errors,
  };
}

/** A route that the real registry has and this front does not. */
export function notServed(route: string): Reply {
  return errorsReply(501, [
    {
      code: 'UNSUPPORTED',
      message: `the sandbox's registry front does not serve ${route}`,
      detail: { route },
    },
  ]);
}

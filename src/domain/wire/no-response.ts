import type { Cause } from '../cause.ts';

/** Why no response came, by the error code of Node's sockets and resolver, or of undici. */
export const CAUSE_BY_CODE: Readonly<Record<string, Cause>> = {
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  ECONNREFUSED: 'tcp',
  ECONNRESET: 'tcp',
  EPIPE: 'tcp',
  EHOSTUNREACH: 'tcp',
  ENETUNREACH: 'tcp',
  EADDRNOTAVAIL: 'tcp',
  UND_ERR_SOCKET: 'tcp',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'tcp',
  ETIMEDOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_OVERFLOW: 'configuration',
  UND_ERR_INVALID_ARG: 'probe',
  UND_ERR_DESTROYED: 'probe',
  UND_ERR_CLOSED: 'probe',
};

/** The code of an error, or of the first of its causes that has one; empty if none has. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return codeOf(error.cause);
}

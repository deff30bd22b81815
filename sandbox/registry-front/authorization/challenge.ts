import type { IncomingHttpHeaders } from 'node:http';
import type { AccessRecord } from './access.ts';
import { errorReply } from '../wire/errors.ts';
import { originOf } from '../wire/origin.ts';
import type { Reply } from '../wire/reply.ts';

/** Where to get a token: no `service`, no `scope` (openshift-facts.md 1.3). */
export function bearerChallenge(headers: IncomingHttpHeaders, realm?: string): string {
  return `Bearer realm="${realm ?? `${originOf(headers)}/openshift/token`}"`;
}

/** For a token that is invalid or not sufficient: Basic, even if the client sent a bearer token. */
export function basicChallenge(why: string): string {
  return `Basic realm=openshift,error="${why}"`;
}

/** The 401; its detail lists the access that was needed, null on /v2/. */
export function unauthorized(
  challenge: string,
  records: readonly AccessRecord[] | undefined,
): Reply {
  const reply = errorReply('UNAUTHORIZED', { detail: records ?? null });
  // The registry logs a denial by its warning only, never as "response completed with error".
  return {
    status: reply.status,
    headers: { ...reply.headers, 'WWW-Authenticate': challenge },
    ...(reply.body === undefined ? {} : { body: reply.body }),
  };
}

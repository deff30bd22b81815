import type { Cause } from '../domain/cause.ts';
import { CERTIFICATE_FLAWS, certificateFlawOf } from '../domain/wire/certificate-flaw.ts';
import type { CertificateFlaw } from '../domain/wire/certificate-flaw.ts';
import { CAUSE_BY_CODE, codeOf } from '../domain/wire/no-response.ts';
import { DialError } from './dial.ts';

/** What is wrong with a certificate, or `no-tls`: the two could not agree on TLS at all. */
export type Flaw = CertificateFlaw | 'no-tls';

/** What it means that no answer came, or only a part of one. */
export interface NoResponse {
  readonly cause: Cause;
  /** In words: how far it got, and the system's message. */
  readonly text: string;
  /** Set if `cause` is `tls`. */
  readonly flaw?: Flaw;
  /** The answer was not HTTP. Its error holds what the server sent, so `root` is absent. */
  readonly isGarbled: boolean;
  /** The error underneath. */
  readonly root?: unknown;
}

/** Explains an error of the resolver, of sockets, TLS or undici. */
export function explainNoResponse(error: unknown): NoResponse {
  const dialError = error instanceof DialError ? error : undefined;
  const root = dialError === undefined ? error : dialError.cause;
  const code = codeOf(root);
  const cause = causeOf(root, code, dialError);
  const stage = dialError === undefined ? '' : ` (${STAGES[dialError.stage]} ${dialError.to})`;
  const message = root instanceof Error && root.message !== '' ? root.message : code;
  // Without the error itself: undici keeps in it what the server sent, which may be the token.
  if (isGarbled(root)) return { cause, text: message, isGarbled: true };
  if (cause === 'tls') {
    const flaw = certificateFlawOf(root) ?? 'no-tls';
    return { cause, text: `${FLAWS[flaw]}: ${message}${stage}`, flaw, isGarbled: false, root };
  }
  return { cause, text: `no answer: ${message}${stage}`, isGarbled: false, root };
}

const STAGES = {
  name: 'resolving',
  tcp: 'connecting to',
  stream: 'opening the stream to',
  tls: 'in the TLS handshake with',
} as const;

const FLAWS: Readonly<Record<Flaw, string>> = {
  ...CERTIFICATE_FLAWS,
  'no-tls': 'TLS could not be agreed on',
};

function causeOf(root: unknown, code: string, dialled: DialError | undefined): Cause {
  if (root instanceof Error && root.name === 'TimeoutError') return 'timeout';
  // Every error of a port-forward (403, no such pod) is about Purser's own access. Taken for the server's
  // refusal, it would prove a denial that was never tried.
  if (dialled?.stage === 'stream') return 'probe';
  const known = CAUSE_BY_CODE[code];
  if (known !== undefined) return known;
  if (isGarbled(root)) return 'configuration';
  return dialled === undefined ? 'probe' : BY_STAGE[dialled.stage];
}

/** Recognised by the name: undici 8.12 leaves the code undefined. */
function isGarbled(error: unknown): boolean {
  return error instanceof Error && error.name === 'HTTPParserError';
}

const BY_STAGE = { name: 'dns', tcp: 'tcp', stream: 'probe', tls: 'tls' } as const;

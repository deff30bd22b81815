import type { Cause } from '../domain/cause.ts';
import { CallFailure } from '../domain/wire/call-failure.ts';
import type { CallFacts } from '../domain/wire/call-failure.ts';
import { withoutSecrets } from '../domain/redact/redact-lines.ts';

/** What was tried: never with its query, which may hold an upload's state or a signature. */
export interface RegistryOperation {
  readonly method: string;
  /** The path without its query. */
  readonly path: string;
  /** `https://host[:port]` of the server that was asked. */
  readonly origin: string;
}

/** Without `advice` the failure gets that of its cause. */
interface RegistryFacts extends CallFacts {
  readonly code?: string | undefined;
  readonly isOfFront?: boolean;
}

/**
 * A call to the registry that did not do what was asked. `tried` is what was asked of which server,
 * `code` the registry's own name of the error (`MANIFEST_UNKNOWN`, …). `isOfFront`: something before
 * the registry answered in its place, which says nothing about anybody's rights. The message holds no
 * token and no password.
 */
export class RegistryFailure extends CallFailure {
  readonly tried: RegistryOperation;
  readonly code: string | undefined;
  readonly isOfFront: boolean;

  constructor(tried: RegistryOperation, text: string, facts: RegistryFacts) {
    const advice = facts.advice ?? ADVICE[facts.failureCause];
    super(`${tried.method} ${tried.path} at ${tried.origin}: ${shorten(text)}`, {
      ...facts,
      advice,
    });
    this.name = 'RegistryFailure';
    this.tried = tried;
    this.code = facts.code;
    this.isOfFront = facts.isOfFront === true;
  }
}

const ADVICE: Partial<Record<Cause, string>> = {
  dns: 'check the name, and that this machine can resolve it',
  tcp: 'check that the registry is up and that this machine reaches it',
  timeout: 'the registry or the way to it is too slow: try again, then look at its pods',
  unauthorized: 'the token has ended or was never valid: take a new one',
  forbidden: 'the token is good, its owner may not do this: look at the role bindings',
  quota: "look at the project's resource quota and limit range",
  'rate-limited': 'try again later, or raise spec.requests of configs.imageregistry/cluster',
  'server-error': 'look at the logs of the registry and of the router before it',
  storage: "look at the registry's storage: space, access rights, and that all replicas share it",
  probe: 'this says nothing about the registry: Purser could not get at it',
};

/** A failure because the other side is not set up as it must be. */
export function misconfigured(
  tried: RegistryOperation,
  text: string,
  advice: string,
): RegistryFailure {
  return new RegistryFailure(tried, text, { failureCause: 'configuration', advice });
}

/** A failure because something before the registry answered in its place, and the answer looks good. */
export function fronted(
  tried: RegistryOperation,
  text: string,
  {
    advice = IN_ITS_PLACE,
    status = 200,
  }: { readonly advice?: string; readonly status?: number } = {},
): RegistryFailure {
  return new RegistryFailure(tried, text, {
    failureCause: 'configuration',
    status,
    isOfFront: true,
    advice,
  });
}

const IN_ITS_PLACE =
  "this is not how a registry answers: a front answered in the registry's place; look at the route, proxy or gateway before it";

/** A failure because what came is not what was stored; `text` says what was expected and what came. */
export function corrupted(tried: RegistryOperation, text: string): RegistryFailure {
  return new RegistryFailure(tried, text, { failureCause: 'storage' });
}

const SHOWN = 400;

/** One line of bounded length and without secrets, whatever a server has put into it. */
function shorten(text: string): string {
  const line = withoutSecrets(text)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  return line.length <= SHOWN ? line : `${line.slice(0, SHOWN)}…`;
}

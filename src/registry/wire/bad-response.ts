import { z } from 'zod';
import type { IncomingHttpHeaders } from 'node:http';
import { RegistryFailure } from '../failure.ts';
import type { RegistryOperation } from '../failure.ts';
import type { Cause } from '../../domain/cause.ts';
import { parseRetryAfter } from '../../domain/wire/retry-after.ts';
import { isMarked, whyForeign } from './front.ts';
import type { ExpectedResponder } from './front.ts';

/** An answer with an unexpected status. `text`: at most 64 KiB of its body. */
export interface BadResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface FailedRequest extends RegistryOperation, ExpectedResponder {
  /** What must not be seen in a message, even if the server sends it back. */
  readonly secrets: readonly string[];
}

/** What an unexpected answer means: openshift-facts.md 1.2, 1.3, 1.6-1.9. */
export function fromBadResponse(asked: FailedRequest, answer: BadResponse): RegistryFailure {
  const { method, path, origin } = asked;
  const body = parseErrorBody(answer.text);
  const whyFront = whyForeign(asked, { ...answer, ...body });
  const [failureCause, advice]: Classification =
    whyFront === undefined ? classify(asked, answer, body) : ['configuration', whyFront];
  const words = redact(shownText(answer, body), asked.secrets).trim();
  return new RegistryFailure(
    { method, path, origin },
    `${answer.status}${words === '' ? ' with an empty body' : ` ${words}`}`,
    {
      failureCause,
      status: answer.status,
      code: isMarked(answer.headers) ? body.code : undefined,
      retryAfterMs: parseRetryAfter(answer.headers['retry-after']),
      advice,
      isOfFront: whyFront !== undefined,
    },
  );
}

// A page of HTML would fill the message: its heading is enough.
function shownText({ headers, text }: BadResponse, { words }: ErrorBodyContent): string {
  const isPage = headers['content-type']?.startsWith('text/html') || /^\s{0,100}<(!|h)/i.test(text);
  if (!isPage || words === '') return words;
  const [, heading = ''] = /<(?:title|h1)>([^<]{1,200})/i.exec(text) ?? [];
  const few = heading.trim().slice(0, HEADING_AT_MOST);
  return few === '' ? 'with a page of HTML' : `with a page of HTML, "${few}"`;
}

const HEADING_AT_MOST = 60;

interface ErrorBodyContent {
  readonly code: string | undefined;
  /** Whether it is empty, or `details` only. */
  readonly isBare: boolean;
  /** The whole text of the body, in one line. */
  readonly words: string;
}

type Classification = readonly [cause: Cause, advice?: string];

function classify(
  asked: FailedRequest,
  answer: BadResponse,
  body: ErrorBodyContent,
): Classification {
  const { status } = answer;
  if (status === 429) {
    return isOfUpstream(asked, answer, body) ? ['rate-limited', UPSTREAM_LIMITS] : ['rate-limited'];
  }
  if (asked.server === 'storage') {
    return [
      'storage',
      'the registry redirected to its object storage, which did not return the blob',
    ];
  }
  const byCode = BY_CODE[body.code ?? ''];
  if (byCode !== undefined) return byCode;
  if (status >= 500) return classifyServerError(answer, body);
  return classifyClientError(asked, answer, body);
}

function isOfUpstream(
  { method, path }: FailedRequest,
  { headers }: BadResponse,
  { code }: ErrorBodyContent,
): boolean {
  const isRead = method === 'GET' && /^\/v2\/.*\/(manifests|blobs)\//.test(path);
  return code === 'TOOMANYREQUESTS' && isRead && isMarked(headers);
}

// A pull-through forwards the upstream's error; the registry's own limit has no code (openshift-facts.md 1.9).
const UPSTREAM_LIMITS =
  'the registry that the image is imported from limits its pulls: try again later, or give the import a login';

const BY_CODE: Readonly<Record<string, Classification>> = {
  TOOMANYREQUESTS: ['rate-limited'],
  MANIFEST_BLOB_UNKNOWN: ['storage'],
  // Replicas that do not share their storage or their http secret (openshift-facts.md 7).
  BLOB_UPLOAD_UNKNOWN: ['storage'],
  BLOB_UPLOAD_INVALID: ['storage'],
};

function classifyServerError(
  { status, headers }: BadResponse,
  { words }: ErrorBodyContent,
): Classification {
  if (/health check failed/.test(words) || STORAGE.test(words)) return ['storage'];
  if (status === 503 && !isMarked(headers)) {
    return ['server-error', 'this 503 is of the router: the registry has no pod that is ready'];
  }
  return ['server-error'];
}

// The storage driver's messages, as far as the registry forwards them (openshift-facts.md 2.2).
const STORAGE =
  /DEVICE_OUT_OF_SPACE|READ_ONLY_FILESYSTEM|FILE_TOO_LARGE|no space left|read-only file system|"driver(name)?":|\b(filesystem|s3aws|azure|gcs|swift): /i;

function classifyClientError(
  asked: FailedRequest,
  answer: BadResponse,
  body: ErrorBodyContent,
): Classification {
  switch (answer.status) {
    case 400:
      return classifyBadRequest(asked, body);
    case 401:
      return ['unauthorized'];
    case 403:
      return QUOTA.test(body.words) ? ['quota'] : ['forbidden', DENIED];
    case 404:
      return ['not-found', 'check project, name and tag'];
    case 405:
      return classifyMethod(asked, body);
    default:
      return ['configuration', `this is not how a registry answers a ${asked.method}`];
  }
}

// ResourceQuota, and the two limit ranges (openshift-facts.md 1.8).
const QUOTA = /exceeded quota|exceeds the maximum limit/i;

const DENIED =
  'the blobs were accepted but the manifest was not: the project is missing, or the image stream is missing and the subject may not create it';

/** The registry answers an empty 400 to a malformed name, and if a call to the API server fails. */
function classifyBadRequest({ path }: FailedRequest, { words }: ErrorBodyContent): Classification {
  if (words !== '') return ['configuration', 'the registry does not accept this request'];
  return /^\/v2\/[^/]+\/[^/]+\/(manifests|blobs|tags)\//.test(path)
    ? ['server-error', 'the registry could not ask the API server who this is: look at its logs']
    : ['configuration', 'a repository is project/name'];
}

function classifyMethod({ method }: FailedRequest, { code }: ErrorBodyContent): Classification {
  const isWrite = method !== 'GET' && method !== 'HEAD';
  return isWrite && code === undefined
    ? ['storage', 'the registry is read-only: spec.readOnly of configs.imageregistry/cluster']
    : ['configuration', 'the registry does not serve this'];
}

const ErrorBody = z.union([
  z.object({
    errors: z
      .array(
        z.object({
          code: z.string().optional(),
          message: z.string().optional(),
          detail: z.unknown().optional(),
        }),
      )
      .min(1),
  }),
  z.object({ details: z.string() }),
]);

/** Accepts any text; `errors` and `details` are parsed, anything else is shown unchanged. */
function parseErrorBody(text: string): ErrorBodyContent {
  const body = ErrorBody.safeParse(jsonOf(text));
  if (!body.success) return { code: undefined, words: text.trim(), isBare: text.trim() === '' };
  if ('details' in body.data) return { code: undefined, words: body.data.details, isBare: true };
  const { errors } = body.data;
  const words = errors.map(({ code, message, detail }) =>
    [code, message, wordsOf(detail)].filter(Boolean).join(' '),
  );
  return { code: errors[0]?.code, words: words.join(', '), isBare: false };
}

function wordsOf(detail: unknown): string {
  if (detail === undefined || detail === null) return '';
  return typeof detail === 'string' ? detail : JSON.stringify(detail);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `text` without any of the secrets. */
export function redact(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret !== '')
    .reduce((rest, secret) => rest.replaceAll(secret, '(secret)'), text);
}

import { statusError } from '../cluster.ts';
import type { ClusterResponse } from '../cluster.ts';
import { refusal } from '../wire/errors.ts';
import type { Refusal } from '../wire/errors.ts';
import type { Authorised, FrontServices } from '../wire/handling.ts';
import { streamsPath } from './streams.ts';

const API = 'image.openshift.io/v1';

interface Mapping {
  readonly name: string;
  readonly tag: string;
  readonly digest: string;
  readonly image: unknown;
}

/**
 * Adds an image to a stream, as openshift-facts.md 1.8: the registry posts the mapping. If the stream is
 * missing, it is created with the CALLER's token and the mapping is posted again. Throws a Refusal: DENIED
 * if the caller may not create it, the namespace is missing or a quota is exceeded, otherwise UNKNOWN.
 */
export async function mapImage(
  { cluster }: Pick<FrontServices, 'cluster'>,
  { as, signal, caller }: Authorised,
  mapping: Mapping,
): Promise<void> {
  const [namespace = '', name = ''] = mapping.name.split('/');
  const refused = (answer: ClusterResponse, denied: boolean): Refusal => {
    const { message } = statusError(answer);
    if (!denied) {
      return unknown(message);
    }
    caller.error(
      `manifestService.Put: imagestreammapping got access denied for image ${mapping.name}@${mapping.digest}: ImageStream:Forbidden: ${mapping.name}: ${message}`,
    );
    return refusal('DENIED');
  };
  const post = () =>
    cluster.post(
      `/apis/${API}/namespaces/${namespace}/imagestreammappings`,
      {
        kind: 'ImageStreamMapping',
        apiVersion: API,
        metadata: { namespace, name },
        image: mapping.image,
        tag: mapping.tag,
      },
      { as: 'registry', signal },
    );

  const first = await post();
  if (first.status < 300) {
    return;
  }
  if (!isMissingStream(first, name)) {
    throw refused(first, isDenied(first));
  }
  const made = await cluster.post(
    streamsPath(namespace),
    { kind: 'ImageStream', apiVersion: API, metadata: { name } },
    { as, signal },
  );
  if (made.status >= 300 && made.status !== 409) {
    throw refused(made, made.status === 401 || made.status === 403);
  }
  const second = await post();
  if (second.status >= 300) {
    throw refused(second, isDenied(second));
  }
}

/** Creates only the Image, for a push by digest; an existing one is no error. */
export async function keepImage(
  { cluster }: Pick<FrontServices, 'cluster'>,
  image: unknown,
  signal: AbortSignal,
): Promise<void> {
  const answer = await cluster.post(
    `/apis/${API}/images`,
    { kind: 'Image', apiVersion: API, ...Object(image) },
    { as: 'registry', signal },
  );
  if (answer.status >= 300 && answer.status !== 409) {
    throw unknown(statusError(answer).message);
  }
}

function isMissingStream(answer: ClusterResponse, name: string): boolean {
  const error = statusError(answer);
  return error.status === 404 && error.kind === 'imagestreammappings' && error.name === name;
}

function isDenied(answer: ClusterResponse): boolean {
  const { status, kind, message } = statusError(answer);
  const namespaceMissing = status === 404 && kind.toLowerCase() === 'namespaces';
  const overQuota = status === 403 && /exceeded quota|exceeds the maximum limit/i.test(message);
  return namespaceMissing || overQuota;
}

function unknown(message: string): Refusal {
  return refusal('UNKNOWN', { detail: {}, printed: message });
}

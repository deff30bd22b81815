import { backendError, pickHeaders, withoutWords } from './backend.ts';
import type { BackendAnswer } from './backend.ts';
import { notServed, refusal } from '../wire/errors.ts';
import type { RegistryError, Reply } from '../wire/reply.ts';
import type { Authorised, FrontServices } from '../wire/handling.ts';
import { imageOf } from './image.ts';
import { keepImage, mapImage } from './mapping.ts';
import { firstBadByte } from '../wire/json-syntax.ts';
import { readManifest } from './manifest-body.ts';
import type { PushedManifest } from './manifest-body.ts';
import { timed } from '../telemetry/metrics.ts';
import { originOf } from '../wire/origin.ts';
import { emptyReply } from '../wire/reply.ts';
import { isDigest } from '../wire/routes.ts';
import type { StreamImage } from './streams.ts';
import { storageFullReply } from './storage-full.ts';

interface ManifestName {
  readonly name: string;
  readonly reference: string;
}

const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const EVERY_TYPE = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  OCI_MANIFEST,
  OCI_INDEX,
].join(', ');

/** GET and HEAD of a manifest: the stream gives the digest, the backend the bytes. */
export async function getManifest(
  services: FrontServices,
  exchange: Authorised,
  { name, reference }: ManifestName,
): Promise<Reply> {
  const image = isDigest(reference)
    ? { digest: reference, repository: name }
    : await timed(services.metrics, 'TagService.Get', () =>
        resolveTag(services, exchange, name, reference),
      );
  const known = exchange.request.headers['if-none-match'];
  if (known === image.digest || known === `"${image.digest}"`) {
    return emptyReply(304);
  }
  return timed(services.metrics, 'ManifestService.Get', async () => {
    const found = isDigest(reference)
      ? await resolveDigest(services, exchange, name, reference)
      : image;
    return readFromBackend(services, exchange, found);
  });
}

async function resolveTag(
  { streams }: FrontServices,
  { signal }: Authorised,
  name: string,
  tag: string,
): Promise<StreamImage> {
  const stream = await streams.get(name, signal);
  if (stream === undefined) {
    throw refusal('NAME_UNKNOWN');
  }
  const image = stream.tags.get(tag);
  if (image === undefined) {
    throw refusal('MANIFEST_UNKNOWN', { detail: { Tag: tag }, printed: `unknown tag=${tag}` });
  }
  return image;
}

async function resolveDigest(
  { streams }: FrontServices,
  { signal }: Authorised,
  name: string,
  digest: string,
): Promise<StreamImage> {
  const image = await streams.find(name, digest, signal);
  if (image === 'no stream') {
    // A 500 and not a 404: openshift-facts.md 1.7.
    throw refusal('UNKNOWN', { detail: {}, printed: `failed to get image stream ${name}` });
  }
  if (image === undefined) {
    throw refusal('MANIFEST_UNKNOWN', {
      detail: { Name: name, Revision: digest },
      printed: `unknown manifest name=${name} revision=${digest}`,
    });
  }
  return image;
}

async function readFromBackend(
  { backend }: FrontServices,
  { method, request, signal }: Authorised,
  { digest, repository }: StreamImage,
): Promise<Reply> {
  const answer = await backend.request({
    method: method === 'HEAD' ? 'HEAD' : 'GET',
    path: `/v2/${repository}/manifests/${digest}`,
    headers: { Accept: EVERY_TYPE },
    signal,
    storage: ['StorageDriver.GetContent'],
  });
  const bytes = Buffer.from(await answer.body.arrayBuffer());
  if (answer.statusCode === 404) {
    return notServed('pull-through (the image stream knows the image, its content is elsewhere)');
  }
  if (answer.statusCode !== 200) {
    throw refusal('UNKNOWN', { detail: {} });
  }
  refuseUnlessAccepted(String(answer.headers['content-type']), String(request.headers.accept));
  return {
    status: 200,
    headers: {
      ...pickHeaders(answer, ['Content-Type', 'Content-Length']),
      'Docker-Content-Digest': digest,
      Etag: `"${digest}"`,
    },
    ...(method === 'HEAD' ? {} : { body: bytes }),
  };
}

function refuseUnlessAccepted(mediaType: string, accept: string): void {
  const types = accept.split(',').map((type) => type.split(';')[0]?.trim());
  if ((mediaType !== OCI_MANIFEST && mediaType !== OCI_INDEX) || types.includes(mediaType)) {
    return;
  }
  const message =
    mediaType === OCI_MANIFEST
      ? 'OCI manifest found, but accept header does not support OCI manifests'
      : 'OCI index found, but accept header does not support OCI indexes';
  throw refusal('MANIFEST_UNKNOWN', { message });
}

/** PUT: content to the backend by digest, then the Image into the stream (openshift-facts.md 1.8). */
export async function putManifest(
  services: FrontServices,
  exchange: Authorised,
  { name, reference }: ManifestName,
): Promise<Reply> {
  const manifest = await readManifest(exchange.request);
  if (services.faults.current.storageFull === true) {
    return storageFullReply(services.metrics, 'StorageDriver.PutContent');
  }
  if (isDigest(reference) && reference !== manifest.digest) {
    exchange.caller.error(`payload digest does not match: "${manifest.digest}" != "${reference}"`);
    throw refusal('DIGEST_INVALID');
  }
  const failed = await timed(services.metrics, 'ManifestService.Put', async () => {
    const [stored, config] = await Promise.all([
      storeManifest(services, exchange, name, manifest),
      readConfig(services, exchange, name, manifest),
    ]);
    if (stored !== undefined) {
      return stored;
    }
    const image = imageOf(name, manifest, config);
    await (isDigest(reference)
      ? keepImage(services, image, exchange.signal)
      : mapImage(services, exchange, { name, tag: reference, digest: manifest.digest, image }));
    return undefined;
  });
  if (failed !== undefined) {
    return failed;
  }
  if (!isDigest(reference)) {
    await timed(services.metrics, 'TagService.Tag', async () => undefined);
  }
  return emptyReply(201, {
    'Docker-Content-Digest': manifest.digest,
    Location: `${originOf(exchange.request.headers)}/v2/${name}/manifests/${manifest.digest}`,
  });
}

async function storeManifest(
  { backend }: FrontServices,
  { signal }: Authorised,
  name: string,
  { bytes, digest, mediaType }: PushedManifest,
): Promise<Reply | undefined> {
  const answer = await backend.request({
    method: 'PUT',
    path: `/v2/${name}/manifests/${digest}`,
    headers: { 'Content-Type': mediaType },
    body: bytes,
    signal,
    storage: ['StorageDriver.PutContent'],
  });
  if (answer.statusCode !== 201) {
    return backendError(answer, (error) =>
      error.code === 'MANIFEST_INVALID' ? withoutWords(error, syntaxFault(bytes, error)) : error,
    );
  }
  await answer.body.dump();
  return undefined;
}

/** encoding/json's SyntaxError has one exported field, which the answer shows. */
function syntaxFault(bytes: Buffer, { detail }: RegistryError): object {
  const offset = String(detail).startsWith('unsupported manifest media type')
    ? undefined
    : firstBadByte(bytes.toString('latin1'));
  return offset === undefined ? {} : { Offset: offset };
}

/** The config blob as JSON; undefined if there is none: then the backend reports what is missing. */
async function readConfig(
  { backend }: FrontServices,
  { signal }: Authorised,
  name: string,
  { content }: PushedManifest,
): Promise<unknown> {
  if (content?.config === undefined) {
    return undefined;
  }
  const path = `/v2/${name}/blobs/${content.config.digest}`;
  const answer: BackendAnswer = await backend.request({ method: 'GET', path, signal, storage: [] });
  return answer.body.json().catch(() => undefined);
}

/**
 * DELETE: by tag it does nothing, even without a stream; by digest it is refused while the stream has the
 * image.
 */
export async function deleteManifest(
  services: FrontServices,
  exchange: Authorised,
  { name, reference }: ManifestName,
): Promise<Reply> {
  if (!isDigest(reference)) {
    return timed(services.metrics, 'TagService.Untag', async () => emptyReply(202));
  }
  return timed(services.metrics, 'ManifestService.Delete', async () => {
    const image = await services.streams.find(name, reference, exchange.signal);
    if (image !== undefined && image !== 'no stream') {
      throw refusal('UNSUPPORTED');
    }
    const answer = await services.backend.request({
      method: 'DELETE',
      path: `/v2/${name}/manifests/${reference}`,
      signal: exchange.signal,
      storage: ['StorageDriver.Delete'],
    });
    if (answer.statusCode !== 202) {
      return backendError(answer);
    }
    await answer.body.dump();
    return emptyReply(202);
  });
}

import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createAuditIndex } from '../src/logs/audit/audit-index.ts';
import { ACCESS_INDEX, bundlesPrefix, MANIFEST, manifestSchema } from '../src/logs/manifest.ts';
import { formatLine } from '../sandbox/registry-front/telemetry/log.ts';

/** A month of a busy registry, a bundle a day. */
export interface Month {
  readonly days: number;
  /** Bytes of log a day, uncompressed. */
  readonly bytesADay: number;
}

const DAY_MS = 86_400_000;
const LIST = 'application/vnd.oci.image.index.v1+json';
const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';

/**
 * Writes bundles without their log files, which `who` never opens: manifests, and indexes as the
 * collecting makes them of so many bytes of lines. 400 repositories in 60 namespaces with 30 tags
 * each; 4 service accounts in each namespace, for its own repositories, and 60 people for all; 60 nodes and 20 other addresses. Of the requests, 80 %
 * are pulls (half of them of a list), 12 % pushes, 5 % refusals, 3 % logins; each pull and push
 * comes with six layers, and each request with the two lines that the index does not take, whose
 * bytes count. Returns the bytes of all indexes and how many acts are in them.
 */
export function writeMonth(archive: string, target: string, month: Month) {
  const random = createRandom(7);
  let indexBytes = 0;
  let requests = 0;
  const end = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  for (let day = 0; day < month.days; day += 1) {
    const since = end - (month.days - day) * DAY_MS;
    const { index, taken } = indexOfDay(since, month.bytesADay, random);
    requests += taken;
    indexBytes += index.length;
    const bundle = `${stamp(since + DAY_MS)}-${String(day).padStart(6, '0')}`;
    const folder = path.join(archive, bundlesPrefix(target), bundle);
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, ACCESS_INDEX), index);
    const sha256 = createHash('sha256').update(index).digest('hex');
    const manifest = manifestSchema.parse({
      version: 1,
      bundle,
      target,
      workflowId: `logs/${target}`,
      runId: 'bench',
      window: {
        since: new Date(since).toISOString(),
        until: new Date(since + DAY_MS).toISOString(),
      },
      sealedAt: new Date(since + DAY_MS).toISOString(),
      sources: [],
      places: [],
      events: {},
      access: { file: ACCESS_INDEX, fileBytes: index.length, sha256 },
      redactions: {},
    });
    writeFileSync(path.join(folder, MANIFEST), JSON.stringify(manifest));
  }
  return { indexBytes, requests };
}

type Random = (below: number) => number;

function indexOfDay(since: number, bytesADay: number, random: Random) {
  const index = createAuditIndex();
  let bytes = 0;
  let taken = 0;
  while (bytes < bytesADay) {
    // Time advances with the bytes of the day.
    const at = since + Math.floor((bytes / bytesADay) * DAY_MS);
    for (const each of linesOf(random, at)) {
      index.line(each);
      bytes += 3 * each.length;
      taken += 1;
    }
  }
  return { index: index.finish(), taken };
}

function linesOf(random: Random, at: number): readonly Buffer[] {
  const number = random(400);
  const repository = repositoryOf(number);
  const account = `system:serviceaccount:team-${number % 60}:ci-${random(4)}`;
  const user = random(10) < 8 ? account : `person-${random(60)}`;
  const remote = random(4) === 0 ? `203.0.113.${random(20)}` : `10.128.${random(60)}.2`;
  const reference = `v1.${random(30)}`;
  const asked = { user, remote, at, repository, reference };
  const kind = random(100);
  if (kind < 40) return [line(asked), ...layers(asked, random)];
  if (kind < 80) {
    const one = { ...asked, at: at + 40, reference: digestOf(`${repository} ${reference}`) };
    return [line({ ...asked, type: LIST }), line(one), ...layers(asked, random)];
  }
  if (kind < 92) {
    const asks = layers({ ...asked, method: 'HEAD' }, random);
    return [...asks, line({ ...asked, method: 'PUT', status: 201 })];
  }
  if (kind < 97) return [line({ ...asked, message: 'OpenShift access denied: no opinion' })];
  return [line({ ...asked, uri: '/v2/' })];
}

type LogRequest = Parameters<typeof line>[0];

function layers(asked: LogRequest, random: Random): readonly Buffer[] {
  return Array.from({ length: 6 }, () =>
    line({ ...asked, uri: `/v2/${asked.repository}/blobs/${digestOf(String(random(5000)))}` }),
  );
}

function line(asked: {
  readonly user: string;
  readonly remote: string;
  readonly at: number;
  readonly repository: string;
  readonly reference: string;
  readonly type?: string;
  readonly method?: string;
  readonly status?: number;
  readonly message?: string;
  readonly uri?: string;
}): Buffer {
  const { repository, reference, uri = `/v2/${repository}/manifests/${reference}` } = asked;
  return Buffer.from(
    formatLine({
      time: new Date(asked.at).toISOString(),
      level: 'info',
      message: asked.message ?? 'response completed',
      fields: {
        'go.version': 'go1.26.8',
        'http.request.host': 'image-registry.openshift-image-registry.svc:5000',
        'http.request.id': '06155a55-5fd6-405f-825b-65dc4d674f22',
        'http.request.method': asked.method ?? 'GET',
        'http.request.remoteaddr': `${asked.remote}:47244`,
        'http.request.uri': uri,
        'http.request.useragent': 'cri-o/1.34.0 go/go1.25 os/linux arch/amd64',
        'http.response.contenttype': asked.type ?? MANIFEST_TYPE,
        'http.response.duration': '22.049128ms',
        'http.response.status': asked.status ?? 200,
        'http.response.written': 440,
        'openshift.auth.user': asked.user,
        'openshift.auth.userid': '60c12ce9-5c88-45c0-ae82-d231d82423a4',
        'vars.name': repository,
        'vars.reference': reference,
      },
    }),
  );
}

function repositoryOf(number: number): string {
  return `team-${number % 60}/app-${number}`;
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

function stamp(at: number): string {
  return new Date(at).toISOString().replaceAll(/[-:]/g, '');
}

// The same month in each run, so that the result does not depend on chance.
function createRandom(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return Math.floor((state / 0x80000000) * below);
  };
}

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { suite, test } from 'node:test';
import type { TestContext } from 'node:test';
import { describeFinding } from '../../../src/domain/finding.ts';
import type { Finding } from '../../../src/domain/finding.ts';
import { pull } from '../../../activities/access/proof/images/pull.ts';
import type { Trial } from '../../../activities/access/proof/context.ts';
import { RegistryFailure } from '../../../src/registry/failure.ts';
import type { RegistrySession } from '../../../src/registry/session.ts';
import { failing, meetAs, ORIGIN, patience } from '../../registry/play.ts';
import type { Part, Reply, Stage } from '../../registry/play.ts';
import { targetOf } from '../../identity/support/activities.ts';

const STREAMS = '/apis/image.openshift.io/v1/namespaces/team-a/imagestreams';
const TYPE = 'application/vnd.docker.distribution.manifest.v2+json';
function digestOf(bytes: Buffer) {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** An image of layers with these texts, each listed as often as it is written. */
function imageOf(layers: readonly string[]) {
  const blobs = layers.map((text) => Buffer.from(text));
  const config = Buffer.from(`{"of":${JSON.stringify(layers[0])}}`);
  const mediaType = 'application/octet-stream';
  const refOf = (bytes: Buffer) => ({ mediaType, size: bytes.length, digest: digestOf(bytes) });
  const refs = blobs.map(refOf);
  const manifest = {
    schemaVersion: 2,
    mediaType: TYPE,
    config: refOf(config),
    layers: refs,
  };
  return { manifest: Buffer.from(JSON.stringify(manifest)), blobs: [config, ...blobs] };
}

type Image = ReturnType<typeof imageOf>;

/** A registry whose namespace holds these images, by stream; `hand` may answer first. */
function holding(images: Readonly<Record<string, Image>>, hand: Part = () => undefined): Part {
  return (seen) => hand(seen) ?? answer(images, seen.url);
}

function answer(images: Readonly<Record<string, Image>>, url: string): Reply | undefined {
  const [, stream = '', kind, reference = ''] =
    /^\/v2\/team-a\/([^/]+)\/(manifests|blobs)\/(.+)$/.exec(url) ?? [];
  const image = images[stream];
  if (kind === 'manifests') {
    if (image === undefined) return failing(404, 'MANIFEST_UNKNOWN', 'manifest unknown');
    return { status: 200, headers: { 'content-type': TYPE }, body: image.manifest };
  }
  if (kind !== 'blobs') return undefined;
  const bytes = image?.blobs.find((blob) => digestOf(blob) === reference);
  if (bytes === undefined) return failing(404, 'BLOB_UNKNOWN', 'blob unknown to registry');
  return { status: 200, headers: { 'content-length': String(bytes.length) }, body: bytes };
}

function readsOf({ seen }: Stage, kind: string) {
  return seen.filter(({ url }) => url.includes(`/${kind}/`)).map(({ url }) => url);
}

interface Pulled {
  readonly detail: string;
  readonly findings: readonly Finding[];
  readonly server: Stage;
}

interface Circumstances {
  readonly hand?: Part;
  /** What other images have left of the proof's time. */
  readonly leftMs?: number;
  /** The one that was asked for. */
  readonly image?: string;
}

async function pullFrom(
  t: TestContext,
  images: Readonly<Record<string, Image>>,
  { hand, leftMs = 60_000, image }: Circumstances = {},
): Promise<Pulled> {
  const items = Object.keys(images).map((name) => {
    const own = `image-registry.openshift-image-registry.svc:5000/team-a/${name}`;
    const dockerImageReference = `${own}@sha256:${'a'.repeat(64)}`;
    const tags = [{ tag: 'latest', items: [{ dockerImageReference }] }];
    return { metadata: { name }, status: { dockerImageRepository: own, tags } };
  });
  const { target } = await targetOf(t, { [STREAMS]: { items } });
  return meetAs(holding(images, hand), async (session, server) => {
    const findings: Finding[] = [];
    const trial = { ...trialOf(target, session, { leftMs, findings }), image };
    const { detail } = await pull(trial, 'team-a');
    return { detail, findings, server };
  });
}

function trialOf(
  target: Trial['target'],
  session: RegistrySession,
  { leftMs, findings }: { readonly leftMs: number; readonly findings: Finding[] },
): Trial {
  return {
    target,
    session,
    origin: ORIGIN,
    asSubject: target.cluster,
    mark: { proof: 'p', madeBy: 'onboard/x/run', installation: '0123456789abcdef' },
    image: undefined,
    readingBudget: { leftMs },
    chosenBudget: { leftMs: 60_000 },
    pushOwnCanary: undefined,
    addFinding: (finding) => findings.push(finding),
    signal: patience(),
  };
}

suite('an image that a stranger has pushed', () => {
  test('and that lists one layer a thousand times has each layer read once', async (t) => {
    const images = { app: imageOf(Array.from({ length: 1_000 }, () => 'the same')) };
    const { detail, server } = await pullFrom(t, images);
    assert.match(detail, /app:latest was pulled and compared \(manifest and 2 of 2 blobs\)/);
    assert.equal(readsOf(server, 'blobs').length, 2);
  });

  test('and that has hundreds of small layers is read for twenty of them', async (t) => {
    const images = { app: imageOf(Array.from({ length: 300 }, (_, index) => `layer ${index}`)) };
    const { detail, server } = await pullFrom(t, images);
    assert.match(detail, /\(manifest and 20 of 301 blobs\)/);
    assert.equal(readsOf(server, 'blobs').length, 20);
  });

  test('and on which the registry closes the connection is reported, and the next one is tried', async (t) => {
    const images = { bad: imageOf(['rotten']), good: imageOf(['whole']) };
    const { detail, findings } = await pullFrom(t, images, {
      hand: ({ url }) =>
        url.startsWith('/v2/team-a/bad/blobs/') ? (_, socket) => socket.destroy() : undefined,
    });
    assert.match(detail, /good:latest was pulled/);
    assert.match(
      findings.map(describeFinding).join(),
      /^team-a\/bad:latest cannot be read, so the pull was tried/,
    );
  });

  test('is not blamed if the registry does not respond at all', async (t) => {
    let isGone = false;
    const hand: Part = ({ url }) => {
      isGone ||= url.includes('/blobs/');
      return isGone ? (_, socket) => void socket.destroy() : undefined;
    };
    await assert.rejects(
      pullFrom(t, { app: imageOf(['whole']) }, { hand }),
      (error) => error instanceof RegistryFailure && error.failureCause === 'tcp',
    );
  });

  test('and that uses up the time of a proof leaves the pull of a missing image', async (t) => {
    const images = { slow: imageOf(['slow']), good: imageOf(['whole']) };
    const { detail, findings, server } = await pullFrom(t, images, {
      leftMs: 300,
      // It never answers, and would be waited for 15 s.
      hand: ({ url }) => (url.startsWith('/v2/team-a/slow/blobs/') ? () => {} : undefined),
    });
    assert.match(detail, /the 120 s for reading images in one proof are used up; .*\(404\)/);
    assert.match(
      findings.map(describeFinding).join(),
      /slow:latest cannot be read, .*: not read within/,
    );
    assert.ok(readsOf(server, 'manifests').every((url) => !url.includes('/good/')));
  });

  test('and whose upstream limits pulls is reported, and the next one is tried', async (t) => {
    const images = { imported: imageOf(['far']), own: imageOf(['near']) };
    const limited = failing(429, 'TOOMANYREQUESTS', 'slow down');
    const { detail, findings } = await pullFrom(t, images, {
      hand: ({ url }) => (url.startsWith('/v2/team-a/imported/') ? limited : undefined),
    });
    assert.match(detail, /own:latest was pulled/);
    assert.match(
      findings.map(describeFinding).join(),
      /imported:latest cannot be read.*imported from limits its pulls/,
    );
  });

  test("and that has used up the proof's time leaves the requested image its own time", async (t) => {
    const images = { app: imageOf(['asked for']) };
    const { detail } = await pullFrom(t, images, { leftMs: 0, image: 'app:latest' });
    assert.match(detail, /app:latest was pulled and compared/);
  });

  test('and for which a front responds is not blamed: the pull was not tried', async (t) => {
    const page: Reply = { status: 404, body: '<html>', isUnmarked: true };
    const images = { app: imageOf(['whole']) };
    await assert.rejects(
      pullFrom(t, images, { hand: ({ url }) => (url.includes('/manifests/') ? page : undefined) }),
      (error) => error instanceof RegistryFailure && error.isOfFront,
    );
  });

  test('and that has the name of a missing image is never pulled', async (t) => {
    const { detail, server } = await pullFrom(
      t,
      {},
      {
        hand: ({ url }) =>
          /purser-absent(-probe)?\/manifests/.test(url)
            ? { status: 500, body: 'storage is broken' }
            : undefined,
      },
    );
    assert.match(detail, /team-a holds no image to pull; .*\(404\)/);
    assert.deepEqual(readsOf(server, 'manifests'), ['/v2/team-a/purser-absent-p/manifests/probe']);
  });
});

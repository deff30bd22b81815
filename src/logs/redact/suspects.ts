import { createWordSearch } from './word-search.ts';
import { SECRET_WORDS } from './secret-words.ts';

// Hardly any line of a log holds a secret, and checking each one closely would cost ten times as much as the
// rest of collecting. So whole blocks are searched for words that every secret comes with, and only lines with
// such a word are checked.

const LINE_FEED = 0x0a;
/** A runtime writes longer lines in pieces. The time between two pieces may split a word. */
const LONG_BYTES = 4_000;

// Typical lines of the registry and its operator.
const USUAL = `
time="2026-11-23T11:54:54.658426715Z" level=info msg="response completed" go.version=go1.26.8 http.request.contenttype=application/octet-stream http.request.host="image-registry.openshift-image-registry.svc:5000" http.request.id=2d262f6c-5c30-4819-a91c-35db6d3d86b7 http.request.method=GET http.request.remoteaddr="10.128.2.7:45206" http.request.uri="/v2/team-a/app/blobs/sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a" http.request.useragent="cri-o/1.34.0 go/go1.26.8 os/linux arch/amd64" http.response.contenttype=application/json http.response.duration=2.1ms http.response.status=200 http.response.written=4096 openshift.auth.user="system:serviceaccount:team-a:default" openshift.auth.userid=b77c3a10 vars.digest="sha256:9d1e" vars.name=team-a/app vars.reference=latest
time="2026-11-23T11:54:54.658426715Z" level=warning msg="error authorizing context: authorization header required" instance.id=af12 service=registry url.scheme=https
I1123 10:58:14.437217       1 controller.go:250] object changed: *v1.Deployment, Namespace=openshift-image-registry, Name=image-registry (updated=true): changed:metadata.resourceVersion={"1234" -> "1240"}, added:spec.template.spec.containers.0.image="quay.io/openshift/registry"
`;

const search = createWordSearch(SECRET_WORDS, USUAL);

/**
 * The offsets in the block at which lines begin that may hold a secret, ascending, each once. The block
 * consists of whole lines, each ended by a line feed.
 */
export function suspectLines(block: Buffer): readonly number[] {
  const found = new Set(longLines(block));
  search(block, (at) => {
    found.add(block.lastIndexOf(LINE_FEED, at) + 1);
    const end = block.indexOf(LINE_FEED, at);
    return end === -1 ? block.length : end + 1;
  });
  return [...found].toSorted((one, other) => one - other);
}

function longLines(block: Buffer): readonly number[] {
  const found: number[] = [];
  for (let start = 0; start + LONG_BYTES < block.length;) {
    const last = block.lastIndexOf(LINE_FEED, start + LONG_BYTES);
    if (last >= start) {
      start = last + 1;
      continue;
    }
    found.push(start);
    const end = block.indexOf(LINE_FEED, start + LONG_BYTES);
    if (end === -1) break;
    start = end + 1;
  }
  return found;
}

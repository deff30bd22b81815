import type { AuditAction } from '../parse-event.ts';
import type { Count, StoredRequest } from './counted.ts';

// A request by tag is followed at once by its digest, and a list by one of its platforms.
const NEXT_MS = 60_000;
// A client that copies all platforms of a list pulls the layers of each in between.
const PLATFORMS_MS = 5 * 60_000;
// `{"mediaType":"application/vnd.oci.image.manifest.v1+json","size":1,"digest":"sha256:…"}`: at least this
// many bytes of a list for each manifest that it names.
const PLATFORM_BYTES = 150;
// A client that checks thousands of tags does not pull them one by one.
const REMEMBERED_AT_MOST = 16;

type PullAction = 'ask' | 'ask-list' | 'pull' | 'pull-list';

export function isPull(action: AuditAction): action is PullAction {
  return action === 'ask' || action === 'ask-list' || action === 'pull' || action === 'pull-list';
}

/** A tag that a client requested by HEAD or GET. */
interface SeenTag {
  readonly reference: number;
  readonly at: number;
  readonly size: number;
  readonly isList: boolean;
  readonly isCounted: boolean;
}

/** A list of platforms that was pulled, and the manifests that were pulled after it. */
interface SeenList {
  until: number;
  readonly room: number;
  readonly had: Set<number>;
}

/**
 * A pull is the GET of a manifest by tag, or by a digest that belongs to no other pull. The log shows only
 * kind and size of the content, so these decide what belongs together:
 *
 * - A GET by digest, within a minute of a HEAD or GET by tag, belongs to the tag if both have the same size
 *   and both or neither are lists. Each tag takes one such GET. A HEAD with that GET is a pull of the tag;
 *   a HEAD alone is none.
 * - A GET by digest of no list, within a minute of a list, is a platform of it. More platforms may follow
 *   within five minutes of each other, each once, as many as the list can name.
 *
 * A request that belongs to another pull gets a count of 0.
 */
export function createPullCounter(count: Count) {
  let tags: SeenTag[] = [];
  let lists: SeenList[] = [];
  const emit = ({ at, last, requests }: StoredRequest, reference: number, times: number) =>
    count({ action: 'pull', at, last, reference, requests, count: times });
  const open = ({ at, size }: StoredRequest) => {
    const room = Math.max(1, Math.floor(size / PLATFORM_BYTES));
    lists = [...lists, { until: at + NEXT_MS, room, had: new Set<number>() }];
  };
  const byTag = (request: StoredRequest, isList: boolean, isCounted: boolean) => {
    const { at, reference, size } = request;
    const others = tags.filter((tag) => tag.reference !== reference);
    tags = [...others, { reference, at, size, isList, isCounted }].slice(-REMEMBERED_AT_MOST);
    if (isCounted) emit(request, reference, 1);
    if (isCounted && isList) open(request);
  };
  const byDigest = (request: StoredRequest, isList: boolean) => {
    const { at, reference, size } = request;
    const tag = tags.findLast((each) => each.size === size && each.isList === isList);
    if (tag !== undefined) {
      tags = tags.filter((each) => each !== tag);
      if (!tag.isCounted) emit(request, tag.reference, 1);
      emit(request, reference, 0);
      if (isList && !tag.isCounted) open(request);
      return;
    }
    const list = isList ? undefined : lists.findLast((each) => hasRoom(each, reference));
    emit(request, reference, list === undefined ? 1 : 0);
    list?.had.add(reference);
    if (list !== undefined) list.until = at + PLATFORMS_MS;
    if (isList) open(request);
  };
  return {
    take: (request: StoredRequest, action: PullAction): void => {
      const { at, isDigest } = request;
      const isList = action === 'pull-list' || action === 'ask-list';
      const isAsked = action === 'ask' || action === 'ask-list';
      tags = tags.filter((tag) => at - tag.at <= NEXT_MS);
      lists = lists.filter((list) => at <= list.until).slice(-REMEMBERED_AT_MOST);
      if (!isDigest) byTag(request, isList, !isAsked);
      // A HEAD of a digest only checks that it still exists, as pushes do.
      else if (!isAsked) byDigest(request, isList);
    },
  };
}

function hasRoom({ room, had }: SeenList, reference: number): boolean {
  return had.size < room && !had.has(reference);
}

import type { Deed } from './act.ts';

/** An act that counts, after the requests that belong together were taken for one. */
export interface Counted {
  readonly deed: Exclude<Deed, 'ask' | 'pull-list'>;
  readonly at: number;
  readonly reference: number;
}

/** An act as the index holds it: its texts by number. `isDigest` is about the reference. */
export interface Request {
  readonly deed: Deed;
  readonly at: number;
  readonly reference: number;
  readonly isDigest: boolean;
}

// A list of platforms is followed by the manifests that it names: by one, or by all of them with
// their layers in between. A HEAD by tag is followed at once by the GET of its digest.
const LIST_MS = 5 * 60_000;
const NAME_MS = 60_000;
// A client that is refused a HEAD tries the GET.
const REFUSAL_MS = 5_000;

/**
 * Takes requests of one user from one address on one repository, in the order of time, and says what
 * counts: a pull once, however many requests it took, and a push likewise.
 *
 * - A pull is the GET of a manifest by tag. A GET by digest belongs to it if it follows a list
 *   of platforms (within 5 minutes), or a HEAD or GET by that tag (within a minute), which
 *   it then gets its name from: containerd and docker ask for the tag by HEAD, and get the digest.
 *   Any other GET by digest is a pull of its own. A HEAD alone is none: nothing was had.
 * - A push is the PUT of a manifest by tag; those by digest shortly before it (the platforms of a
 *   list) belong to it. By digest alone they are one push.
 * - Refusals of the same thing within 5 seconds are one.
 */
export function createCounter(count: (counted: Counted) => void) {
  const pulls = createPullCounter(count);
  const pushes = createPushCounter(count);
  const refusedAt = new Map<Deed, number>();
  return {
    take: (request: Request): void => {
      const { deed, at } = request;
      if (deed === 'ask' || deed === 'pull' || deed === 'pull-list') {
        pulls.take(request, deed);
      } else if (deed === 'push') {
        pushes.take(request);
      } else if (deed.startsWith('refused-')) {
        const before = refusedAt.get(deed);
        refusedAt.set(deed, at);
        if (before === undefined || at - before > REFUSAL_MS) count({ ...request, deed });
      } else {
        count({ ...request, deed });
      }
    },
    finish: (): void => pushes.finish(),
  };
}

type PullDeed = 'ask' | 'pull' | 'pull-list';

function createPullCounter(count: (counted: Counted) => void) {
  // What a GET by digest may belong to. `asked`: a tag that was asked for by HEAD and is not counted yet.
  let listUntil = 0;
  let nameUntil = 0;
  let asked: number | undefined;
  const follow = ({ at }: Request, deed: PullDeed) => {
    listUntil = deed === 'pull-list' ? at + LIST_MS : 0;
    nameUntil = 0;
    asked = undefined;
  };
  return {
    take: (request: Request, deed: PullDeed): void => {
      const { at, reference, isDigest } = request;
      if (deed === 'ask') {
        // A HEAD of a digest asks whether it is still there, as pushes do.
        if (isDigest) return;
        asked = reference;
        nameUntil = at + NAME_MS;
        return;
      }
      if (!isDigest) {
        count({ deed: 'pull', at, reference });
        follow(request, deed);
        nameUntil = at + NAME_MS;
        return;
      }
      const isNamed = at <= nameUntil;
      const isListed = at <= listUntil;
      const name = isNamed ? asked : undefined;
      if (name !== undefined) count({ deed: 'pull', at, reference: name });
      else if (!isNamed && !isListed) count({ deed: 'pull', at, reference });
      follow(request, deed);
      if (isListed && deed === 'pull') listUntil = at + LIST_MS;
    },
  };
}

function createPushCounter(count: (counted: Counted) => void) {
  let parts: Request | undefined;
  const finish = () => {
    if (parts !== undefined) count({ deed: 'push', at: parts.at, reference: parts.reference });
    parts = undefined;
  };
  return {
    take: (request: Request): void => {
      if (parts !== undefined && request.at - parts.at > LIST_MS) finish();
      if (request.isDigest) {
        parts = request;
        return;
      }
      parts = undefined;
      count({ deed: 'push', at: request.at, reference: request.reference });
    },
    finish,
  };
}

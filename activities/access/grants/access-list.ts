import { listGrantPage } from '../../../src/access/grants/page.ts';
import { accessPageRequestSchema } from '../../../src/access/model/grants/access-list.ts';
import type {
  AccessPage,
  AccessPageRequest,
} from '../../../src/access/model/grants/access-list.ts';
import { READ_PATIENCE_MS } from '../../../src/domain/patience.ts';
import { parseRequest } from '../../../src/domain/request.ts';
import { attempt } from '../../attempt.ts';
import type { Target } from '../../target.ts';
import { createUidLookup, rowOf } from './access-row.ts';

// Temporal accepts 2 MB. Half of that, because it stores more than this text.
const BYTES_AT_MOST = 1_000_000;

const READ_OPTIONS = { patience: READ_PATIENCE_MS };

export function createAccessListActivities(target: Target) {
  return {
    /** One page of what Purser granted on this target, in the order of the cluster. */
    async listAccess(given: AccessPageRequest): Promise<AccessPage> {
      return attempt(async ({ signal }) => {
        const { from = { of: 'rolebindings' as const }, limit } = parseRequest(
          accessPageRequestSchema,
          given,
        );
        const uidOf = createUidLookup(target.cluster, signal);
        for (let size = limit; ; size = Math.ceil(size / 2)) {
          const page = await listGrantPage(target.cluster, from, size, signal);
          if (page === 'expired') return { expired: true };
          if (page === 'too-large') continue;
          const rows = await Promise.all(page.bindings.map((each) => rowOf(each, uidOf)));
          const { next } = page;
          const listed = { rows, ...(next === undefined ? {} : { next }) };
          // The API's cursor is for whole pages. So a page that is too large is read again as a smaller one.
          if (size === 1 || Buffer.byteLength(JSON.stringify(listed)) <= BYTES_AT_MOST)
            return listed;
        }
      }, READ_OPTIONS);
    },
  };
}

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { failure } from './failure-of.ts';
import { meetAs, patience } from './play.ts';
import type { Part, Reply } from './play.ts';

const REPOSITORY = 'team-a/app';
function onRepository(reply: Reply): Part {
  return ({ url }) => (url.startsWith('/v2/team-a') ? reply : undefined);
}

suite('a peek at a blob', () => {
  const large = { digest: `sha256:${'0'.repeat(64)}`, size: 8 * 1024 * 1024 * 1024 };
  const start = 64 * 1024;

  test('asks for its start only', () =>
    meetAs(onRepository({ status: 206, body: Buffer.alloc(start) }), async (session, { seen }) => {
      assert.deepEqual(await session.peekBlob(REPOSITORY, large, patience()), { bytes: start });
      assert.equal(seen.at(-1)?.headers['range'], `bytes=0-${start - 1}`);
    }));

  test('stops reading where the server does not know ranges and sends all of it', () =>
    meetAs(
      onRepository((response) => {
        // Never ends: whoever wants all of it waits for ever.
        const more = (): void => {
          while (response.write(Buffer.alloc(start)));
          response.once('drain', more);
        };
        more();
      }),
      async (session) => {
        assert.deepEqual(await session.peekBlob(REPOSITORY, large, patience()), { bytes: start });
      },
    ));

  test('that ends too early is storage', () =>
    meetAs(onRepository({ status: 206, body: 'short' }), async (session) => {
      const error = await failure(session.peekBlob(REPOSITORY, large, patience()));
      assert.equal(error.failureCause, 'storage');
      assert.match(error.message, /5 bytes in place of the first 65536/);
    }));
});

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { failure } from './failure-of.ts';
import { meetAs, patience } from './play.ts';

suite('a repository', () => {
  for (const name of [
    '',
    '../etc',
    'team-a/app?x=y',
    'Team-A/app',
    'team-a//app',
    '/team-a/app',
    'a/b#c',
    'a/b\r\nx',
  ]) {
    test(`called ${JSON.stringify(name)} is refused before anything is sent`, () =>
      meetAs(
        () => undefined,
        async (session, { seen }) => {
          const before = seen.length;
          const calls = [
            () => session.getManifest(name, 'v1', patience()),
            () => session.startUpload(name, patience()),
            () => session.listTags(name, patience()),
          ];
          for (const call of calls) {
            const error = await failure(call());
            assert.equal(error.failureCause, 'configuration');
            assert.match(error.message, /no repository's name/);
          }
          assert.equal(seen.length, before);
        },
      ));
  }
  for (const reference of ['', '../x', 'a b', 'sha256:abc', 'x'.repeat(129)]) {
    test(`has no reference ${JSON.stringify(reference.slice(0, 20))}`, () =>
      meetAs(
        () => undefined,
        async (session) => {
          const error = await failure(session.getManifest('team-a/app', reference, patience()));
          assert.match(error.message, /neither a tag nor a digest/);
        },
      ));
  }
});

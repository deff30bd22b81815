import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure } from './failure-of.ts';
import { failing, meetAs, patience } from './play.ts';

test("what a registry says is repeated without the secrets in it, whoever's they are", () =>
  meetAs(
    ({ url }) =>
      url.startsWith('/v2/team-a')
        ? failing(500, 'UNKNOWN', 's3aws: secretKey=hunter2', {
            Url: 'https://bob:hunter2@s3.test',
          })
        : undefined,
    async (session) => {
      const { message } = await failure(session.getManifest('team-a/app', 'v1', patience()));
      assert.doesNotMatch(message, /hunter2/);
      assert.match(message, /secretKey=\[REDACTED:password\]/);
    },
  ));

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure } from './failure-of.ts';
import { meetAs, patience } from './play.ts';

test('a page of HTML does not stand before the sentence that helps', () => {
  const style = '<style>p { color: red }</style>'.repeat(20);
  const body = `<html><head>${style}</head><body><h1>Application is not available</h1></body></html>`;
  const reply = {
    status: 503,
    headers: { 'content-type': 'text/html' },
    body,
    isUnmarked: true,
  } as const;
  return meetAs(
    ({ url }) => (url.startsWith('/v2/team-a') ? reply : undefined),
    async (session) => {
      assert.match(
        (await failure(session.listTags('team-a/app', patience()))).message,
        /: 503 with a page of HTML, "Application is not available"; this 503 is of the router: /,
      );
    },
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRedactor } from '../../../src/logs/redact/redact.ts';

test('the scope that docker requests at each login is no secret, and the fields beside it still are', () => {
  const redactor = createRedactor();
  const ask = (more: string) =>
    `msg=response http.request.uri="/openshift/token?account=alice&offline_token=true${more}"\n`;
  assert.equal(redactor.block(Buffer.from(ask(''))).toString(), ask(''));
  assert.deepEqual(redactor.counts(), {});
  assert.doesNotMatch(redactor.block(Buffer.from('password=s3cr3t\n')).toString(), /s3cr3t/);
  const taken = redactor
    .block(Buffer.from(ask('&access_token=s3cr3t&offline_token=truely')))
    .toString();
  assert.match(
    taken,
    /offline_token=true&access_token=\[REDACTED:[a-z-]+\]&offline_token=\[REDACTED:/,
  );
});

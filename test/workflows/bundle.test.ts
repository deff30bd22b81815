import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { Logger } from '@temporalio/worker';
import { workflowBundle } from '../../src/temporal/bundle.ts';

function quiet() {}
const LOGGER: Logger = {
  log: quiet,
  trace: quiet,
  debug: quiet,
  info: quiet,
  warn: quiet,
  error: quiet,
};

test('the workflows are bundled once, and then found', async (t) => {
  const cache = mkdtempSync(path.join(tmpdir(), 'purser-bundle-test-'));
  const before = process.env['XDG_CACHE_HOME'];
  process.env['XDG_CACHE_HOME'] = cache;
  t.after(() => {
    if (before === undefined) delete process.env['XDG_CACHE_HOME'];
    else process.env['XDG_CACHE_HOME'] = before;
    rmSync(cache, { recursive: true, force: true });
  });
  const file = await workflowBundle(LOGGER);
  assert.ok(file.startsWith(path.join(cache, 'purser', 'bundles')), file);
  const code = readFileSync(file, 'utf8');
  for (const workflow of [
    'onboard',
    'revoke',
    'listAccess',
    'checkIdentity',
    'notify',
    'checkHealth',
  ]) {
    assert.ok(code.includes(`async function ${workflow}(`), `${workflow} is not in the bundle`);
  }
  // What a workflow must not know: its bundle would be refused by the linter's rules, too.
  for (const stranger of ['undici', '@kubernetes/client-node', 'node:crypto']) {
    assert.ok(!code.includes(`node_modules/${stranger}`), `${stranger} is in the bundle`);
  }
  const { mtimeMs } = statSync(file);
  assert.equal(await workflowBundle(LOGGER), file);
  assert.equal(statSync(file).mtimeMs, mtimeMs);
  assert.deepEqual(readdirSync(path.dirname(file)), [path.basename(file)]);
});

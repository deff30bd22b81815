import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { temporaryFolder } from './support/folders.ts';

for (const [what, end, said] of [
  ['SIGTERM', (child: ChildProcess) => child.kill('SIGTERM'), 'Stopped by SIGTERM'],
  ['Ctrl-C', (child: ChildProcess) => child.kill('SIGINT'), 'Stopped by SIGINT'],
  ['the loss of the starter', (child: ChildProcess) => child.disconnect(), 'Stopped by the end of'],
] as const) {
  test(`the signal is aborted by ${what}`, async (t) => {
    const child = start(t, 'const timer = setInterval(() => undefined, 1000);');
    await once(child, 'message');
    assert.ok(child.stdout);
    end(child);
    assert.match(await text(child.stdout), new RegExp(`^${said}`));
  });
}

test('a process that has nothing left to do is not kept alive by it', async (t) => {
  const child = start(t, 'const timer = undefined;');
  const [code] = await once(child, 'exit');
  assert.equal(code, 0);
});

function start(t: TestContext, rest: string): ChildProcess {
  const file = path.join(temporaryFolder(t), 'main.mjs');
  const module = new URL('../../sandbox/shutdown-signal.ts', import.meta.url).href;
  writeFileSync(
    file,
    `import { shutdownSignal } from '${module}';
     const signal = shutdownSignal();
     ${rest}
     signal.addEventListener('abort', () => {
       console.log(signal.reason.message);
       clearInterval(timer);
     });
     process.send('ready');`,
  );
  const child = fork(file, [], { execArgv: [], stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  t.after(() => child.kill('SIGKILL'));
  return child;
}

import { createHash } from 'node:crypto';
import { existsSync, globSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import type { Logger } from '@temporalio/worker';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
// What workflows import by value (test/house.test.ts holds it).
const SOURCES = ['workflows', 'src/domain', 'src/*/model'];

/**
 * Returns the path of the workflow bundle: from the cache if the sources have not changed since, else built,
 * which takes some seconds.
 */
export async function workflowBundle(logger: Logger): Promise<string> {
  const folder = path.join(
    process.env['XDG_CACHE_HOME'] ?? path.join(os.homedir(), '.cache'),
    'purser',
    'bundles',
  );
  const file = path.join(folder, `${await fingerprint()}.js`);
  if (existsSync(file)) return file;
  const workflowsPath = path.join(ROOT, 'workflows', 'index.ts');
  // webpack logs every module that it bundles, which only a debug log needs.
  const quiet: Logger = {
    ...logger,
    info: (message, meta) => logger.debug(message, meta),
  };
  const workflowInterceptorModules = [path.join(ROOT, 'workflows', 'log-failures.ts')];
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    workflowInterceptorModules,
    logger: quiet,
  });
  await mkdir(folder, { recursive: true });
  // Two processes may build it at once: each writes its own file, and the last rename wins.
  const part = `${file}.${process.pid}.part`;
  await writeFile(part, code);
  await rename(part, file);
  return file;
}

async function fingerprint(): Promise<string> {
  const hash = createHash('sha256').update(ROOT);
  hash.update(await readFile(path.join(ROOT, 'package-lock.json')));
  for (const source of globSync(SOURCES, { cwd: ROOT }).sort()) {
    const folder = path.join(ROOT, source);
    const names = await readdir(folder, { recursive: true });
    // Sorted, because the hash depends on the order.
    for (const name of names.filter((each) => each.endsWith('.ts')).sort()) {
      hash.update(`${source}/${name}`).update(await readFile(path.join(folder, name)));
    }
  }
  return hash.digest('hex').slice(0, 24);
}

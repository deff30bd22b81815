import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const FEATURES = ['access', 'identity', 'health', 'alerts', 'logs'];

/** The TypeScript of the product and of the sandbox; paths from the root. */
export const SOURCES = globSync('{src,activities,workflows,sandbox}/**/*.ts', { cwd: ROOT }).sort();
export const BENCHES = globSync('bench/**/*.ts', { cwd: ROOT }).sort();
export const ALL = [...SOURCES, ...BENCHES, ...globSync('test/**/*.ts', { cwd: ROOT }).sort()];
export const PRODUCT = SOURCES.filter((file) => !file.startsWith('sandbox/'));

export function text(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8');
}

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';

/** Writes a configuration file that only this user may read, and returns its path. */
export function writeConfig(file: string, content: unknown): string {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const text = file.endsWith('.json') ? JSON.stringify(content, undefined, 2) : yamlOf(content);
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

function yamlOf(content: unknown): string {
  const documents = Array.isArray(content) ? content : [content];
  return documents.map((document) => stringify(document)).join('---\n');
}

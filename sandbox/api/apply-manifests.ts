import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { ClusterClient } from './cluster-client.ts';
import type { KubeObject } from './kube-object.ts';
import { kubeObject } from './kube-object.ts';

/**
 * Creates or replaces every document of every .yaml file in the folder, in the order of the file names;
 * skips a kustomization. Returns the number of objects, 0 if there is no such folder.
 */
export async function applyManifests(client: ClusterClient, folder: string): Promise<number> {
  if (!existsSync(folder)) return 0;
  const files = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
  const objects = files.sort().flatMap((name) => documents(path.join(folder, name)));
  for (const object of objects) await client.replace(object);
  return objects.length;
}

function documents(file: string): KubeObject[] {
  return parseAllDocuments(readFileSync(file, 'utf8')).flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new Error(`Tried to read ${file}: ${error.message}`);
    const content: unknown = document.toJS();
    if (content === null || content === undefined) return [];
    const object = kubeObject.parse(content);
    return object.kind === 'Kustomization' ? [] : [object];
  });
}

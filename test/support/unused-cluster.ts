import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { configSchema } from '../../src/config/schema.ts';
import type { Config } from '../../src/config/schema.ts';

/** A configuration of targets whose cluster no test ever asks; its files are in `folder`. */
export function unusedCluster(folder: string, targets: readonly string[] = ['prod']): Config {
  const kubeconfig = path.join(folder, 'kubeconfig');
  const named = (kind: string, of: object) => [{ name: 'a', [kind]: of }];
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      'current-context': 'a',
      clusters: named('cluster', { server: 'https://localhost:1' }),
      users: named('user', { token: 'nobody' }),
      contexts: named('context', { cluster: 'a', user: 'a' }),
    }),
  );
  return configSchema.parse({
    archive: { folder: path.join(folder, 'archive') },
    targets: Object.fromEntries(targets.map((name) => [name, { kubeconfig }])),
  });
}

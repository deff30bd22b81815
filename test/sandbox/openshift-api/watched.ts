import { cluster } from './the-cluster.ts';
import type { WatchLine } from './kube-client.ts';

/** The lines of a watch until one satisfies `last`, that one included. */
export async function readWatch(
  path: string,
  last: (line: WatchLine) => boolean,
): Promise<WatchLine[]> {
  const lines: WatchLine[] = [];
  const enough = new AbortController();
  const deadline = AbortSignal.any([enough.signal, AbortSignal.timeout(20_000)]);
  for await (const line of cluster.admin.watch(path, deadline)) {
    lines.push(line);
    if (last(line)) break;
  }
  enough.abort();
  return lines;
}

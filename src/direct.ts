// What a command does itself, with the rights of whoever types it: read the archive, follow logs
// (docs/decisions/0015). The other composition root is src/worker.ts, for all that workflows do.
import { createFolderArchive } from './archive/folder.ts';
import type { Config } from './config/schema.ts';
import type { Question } from './logs/access/question.ts';
import { bundleNames, findBundle, readManifests } from './logs/look/bundles.ts';
import { chosenSources, showLines } from './logs/look/show.ts';
import type { ShowWanted } from './logs/look/show.ts';
import { verifyBundle } from './logs/look/verify.ts';
import { askWho } from './logs/look/who.ts';
import type { Manifest } from './logs/manifest.ts';

/** The log bundles of a target, read from the archive that the configuration names. */
export function openLogbook(config: Config, target: string, signal: AbortSignal) {
  const shelf = { ...createFolderArchive(config.archive.folder), target };
  return {
    place: shelf.place,
    /** All bundles, oldest first. */
    bundles: async function* (): AsyncIterable<Manifest> {
      yield* readManifests(shelf, await bundleNames(shelf, signal), signal);
    },
    find: (bundle: string) => findBundle(shelf, bundle, signal),
    sources: chosenSources,
    lines: (manifest: Manifest, wanted: ShowWanted) => showLines(shelf, manifest, wanted, signal),
    verify: (manifest: Manifest) => verifyBundle(shelf, manifest, signal),
    who: (question: Question) => askWho(shelf, question, signal),
  };
}

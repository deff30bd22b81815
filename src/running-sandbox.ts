import { readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { isAlive, processRef } from './process-identity.ts';

/** A running sandbox, and where its files are. */
export interface RunningSandbox {
  readonly id: string;
  /** The complete description of it, which only the sandbox's own commands read. */
  readonly infoFile: string;
  /** Its purser.yaml. */
  readonly configFile: string;
}

const announcementSchema = z.object({ info: z.string().min(1) });
const infoSchema = z.object({
  id: z.string().min(1),
  dataDir: z.string().min(1),
  startedAt: z.iso.datetime(),
  ...processRef.shape,
});

/** The sandboxes of this user that run, newest first. */
export function runningSandboxes(): readonly RunningSandbox[] {
  return announcements()
    .flatMap(readAnnouncement)
    .filter(({ info }) => isAlive(info))
    .sort((one, other) => other.info.startedAt.localeCompare(one.info.startedAt))
    .map(({ file, info }) => ({
      id: info.id,
      infoFile: file,
      configFile: configFileOf(info),
    }));
}

/** Where a sandbox's purser.yaml is. */
export function configFileOf({ dataDir }: { readonly dataDir: string }): string {
  return path.join(dataDir, 'purser.yaml');
}

/** The folder in which each running sandbox announces itself by a file; data folders lie anywhere. */
export function announcementsDir(env: NodeJS.ProcessEnv = process.env): string {
  const state = env['XDG_STATE_HOME'];
  // A relative path must be ignored (XDG Base Directory Specification 0.8).
  const base = state !== undefined && path.isAbsolute(state) ? state : localState();
  return path.join(base, 'purser', 'running');
}

function localState(): string {
  return path.join(homedir(), '.local', 'state');
}

function announcements(): readonly string[] {
  const folder = announcementsDir();
  try {
    return readdirSync(folder).map((name) => path.join(folder, name));
  } catch {
    return [];
  }
}

// Ignores an announcement that is incomplete, of another version, or of a sandbox that is gone.
function readAnnouncement(
  announcement: string,
): readonly { readonly file: string; readonly info: z.infer<typeof infoSchema> }[] {
  try {
    const { info: file } = announcementSchema.parse(readJson(announcement));
    return [{ file, info: infoSchema.parse(readJson(file)) }];
  } catch {
    return [];
  }
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A folder that can be made to take nothing more, and be healed again. */
export interface SickFolder {
  readonly folder: string;
  /** `below`: the folder in it that is written to. */
  spoil(below: string): void;
  heal(below: string): void;
  remove(): void;
}

/** How a folder falls ill on this machine, and what Purser must say of it. */
export interface Illness {
  readonly name: string;
  readonly type: string;
  readonly says: RegExp;
  readonly open: () => SickFolder;
}

const ROOM_LEFT = 32 * 1024;

/**
 * What this machine lets a test do to a folder: only root may mount a small disk, and only to others
 * than root can a folder be closed.
 */
export function illnesses(): readonly Illness[] {
  const full = {
    name: 'the disk is full',
    type: 'Unreachable',
    says: /could not store logs\/.*: the disk is full: make room, or shorten the retention \(ENOSPC\)/,
    open: smallDisk,
  };
  const closed = {
    name: 'the folder is closed to it',
    type: 'Forbidden',
    says: /could not store logs\/.*: permission is denied: .* must own the folder \(EACCES\)/,
    open: closedFolder,
  };
  const all = [
    { illness: full, isPossible: mayMount() },
    { illness: closed, isPossible: process.getuid?.() !== 0 },
  ];
  for (const { illness, isPossible } of all) {
    // Said aloud, so that nobody takes for tried what this machine does not allow.
    if (!isPossible) process.stderr.write(`purser: not tried on this machine: ${illness.name}\n`);
  }
  return all.flatMap(({ illness, isPossible }) => (isPossible ? [illness] : []));
}

function mayMount(): boolean {
  const folder = mkdtempSync(path.join(tmpdir(), 'purser-mount-'));
  const isMounted = mount(folder);
  if (isMounted) spawnSync('umount', [folder]);
  rmSync(folder, { recursive: true });
  return isMounted;
}

function mount(folder: string): boolean {
  const args = ['-t', 'tmpfs', '-o', 'size=1m,mode=0700', 'tmpfs', folder];
  return spawnSync('mount', args, { stdio: 'ignore' }).status === 0;
}

function smallDisk(): SickFolder {
  const folder = mkdtempSync(path.join(tmpdir(), 'purser-disk-'));
  if (!mount(folder)) throw new Error(`no disk could be mounted at ${folder}`);
  const filler = path.join(folder, 'filler');
  return {
    folder,
    spoil: () => {
      const { bavail, bsize } = statfsSync(folder);
      writeFileSync(filler, Buffer.alloc(bavail * bsize - ROOM_LEFT));
    },
    heal: () => rmSync(filler),
    remove: () => {
      spawnSync('umount', ['-l', folder]);
      rmSync(folder, { recursive: true });
    },
  };
}

function closedFolder(): SickFolder {
  const folder = mkdtempSync(path.join(tmpdir(), 'purser-closed-'));
  const close = (below: string, mode: number) => {
    const at = path.join(folder, below);
    mkdirSync(at, { recursive: true });
    chmodSync(at, mode);
  };
  return {
    folder,
    spoil: (below) => close(below, 0o500),
    heal: (below) => close(below, 0o700),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

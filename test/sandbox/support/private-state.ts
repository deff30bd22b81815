import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface PrivateState {
  readonly folder: string;
  /** What sandboxes have left behind in it. */
  readonly leftovers: () => string[];
  readonly remove: () => void;
}

/** Points this process's XDG_STATE_HOME to a new folder, so that tests see only their own sandboxes. */
export function privateState(): PrivateState {
  const folder = mkdtempSync(path.join(tmpdir(), 'purser-sandbox-state-'));
  process.env['XDG_STATE_HOME'] = folder;
  const list = (name: string): string[] => {
    try {
      return readdirSync(path.join(folder, 'purser', name)).map((entry) => `${name}/${entry}`);
    } catch {
      return [];
    }
  };
  return {
    folder,
    leftovers: () => [...list('sandboxes'), ...list('running')],
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

import type { Archive } from '../../src/archive/archive.ts';
import type { Target } from '../target.ts';

/** What it takes to keep a bundle: no cluster. */
export interface BundlePorts {
  readonly archive: Archive;
  readonly target: Pick<Target, 'name' | 'at'>;
}

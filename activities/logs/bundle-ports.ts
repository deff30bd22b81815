import type { Archive } from '../../src/archive/archive.ts';
import type { Target } from '../target.ts';

/** The ports for storing a bundle. They need no cluster. */
export interface BundlePorts {
  readonly archive: Archive;
  readonly target: Pick<Target, 'name' | 'at'>;
}

import { after } from 'node:test';
import { startTestCluster } from './harness.ts';

/** The one cluster of cluster.test.ts; a root-level `before` would not be waited for. */
export const cluster = await startTestCluster();
after(async () => await cluster.stop());

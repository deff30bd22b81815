import type { Config } from '../config/schema.ts';
import { temporalAddress } from './connection/address.ts';

/** A run in the Temporal Web UI, or undefined where its address is not configured. */
export function runLink(
  temporal: Config['temporal'],
  { workflowId, runId }: { readonly workflowId: string; readonly runId: string },
): string | undefined {
  if (temporal.ui === undefined) return undefined;
  const { namespace } = temporalAddress(temporal);
  const run = [workflowId, runId].map(encodeURIComponent).join('/');
  return `${temporal.ui.replace(/\/$/, '')}/namespaces/${namespace}/workflows/${run}/history`;
}

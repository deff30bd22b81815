import type { Config } from '../config/schema.ts';
import { temporalAddress } from './connection/address.ts';

/** The URL of a run in the Temporal Web UI; undefined if the UI's address is not configured. */
export function runLink(
  temporal: Config['temporal'],
  { workflowId, runId }: { readonly workflowId: string; readonly runId: string },
): string | undefined {
  if (temporal.ui === undefined) return undefined;
  const { namespace } = temporalAddress(temporal);
  const run = [workflowId, runId].map(encodeURIComponent).join('/');
  return `${temporal.ui.replace(/\/$/, '')}/namespaces/${namespace}/workflows/${run}/history`;
}

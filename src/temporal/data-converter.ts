import { defaultPayloadConverter } from '@temporalio/common';
import type { Payload, PayloadCodec } from '@temporalio/common';

/**
 * How data becomes Temporal's payloads, the same for clients, workers and readers of payloads. A payload
 * codec belongs here. A payload converter would have to be bundled with the workflows, too.
 */
export const dataConverter: { readonly payloadCodecs: PayloadCodec[] } = { payloadCodecs: [] };

/** Reads a payload that no client or worker has decoded, such as one of a history; undefined for none. */
export async function readPayload(payload: Payload | null | undefined): Promise<unknown> {
  if (payload === null || payload === undefined) return undefined;
  let payloads = [payload];
  // The codecs decode in reverse order.
  for (const codec of dataConverter.payloadCodecs.toReversed()) {
    payloads = await codec.decode(payloads);
  }
  return defaultPayloadConverter.fromPayload(payloads[0] ?? payload);
}

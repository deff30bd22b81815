import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import type { Config } from '../config/schema.ts';
import { temporalAddress } from './connection/address.ts';
import type { TemporalAddress } from './connection/address.ts';
import { probe } from './connection/probe.ts';
import { classifyRefusal } from './connection/refusal.ts';
import { dataConverter } from './data-converter.ts';

const CONNECT_WITHIN_MS = 5_000;
const RETRY_EVERY_MS = 500;

/**
 * Connects a client to Temporal; the caller closes its connection. If Temporal does not answer within 5 s, throws
 * `Unreachable` with the address. If it refuses the namespace, the credentials or the certificate, throws
 * `NotConfigured` at once.
 */
export async function connectClient(temporal: Config['temporal']): Promise<Client> {
  const address = temporalAddress(temporal);
  try {
    await probeFor(CONNECT_WITHIN_MS, address);
    const connection = await Connection.connect({
      ...address.options,
      connectTimeout: CONNECT_WITHIN_MS,
    });
    return new Client({ connection, namespace: address.namespace, dataConverter });
  } catch (error) {
    throw classifyRefusal(error, address).error;
  }
}

async function probeFor(ms: number, address: TemporalAddress): Promise<void> {
  const until = Date.now() + ms;
  for (;;) {
    const left = until - Date.now();
    try {
      const { signal } = new AbortController();
      await probe(address, { withinMs: Math.max(left, RETRY_EVERY_MS), signal });
      return;
    } catch (error) {
      const isFinal = classifyRefusal(error, address).error.type === 'NotConfigured';
      if (isFinal || left <= RETRY_EVERY_MS) throw error;
      await sleep(RETRY_EVERY_MS);
    }
  }
}

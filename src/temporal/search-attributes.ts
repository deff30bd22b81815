import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { PurserError } from '../domain/errors.ts';
import { SEARCH_ATTRIBUTES } from '../../workflows/contract.ts';

const { IndexedValueType } = proto.temporal.api.enums.v1;

const TYPES = {
  KEYWORD: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  KEYWORD_LIST: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
  DATETIME: IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
} as const;

/** The names of Purser's search attributes that the namespace lacks. */
export async function missingSearchAttributes({
  connection,
  options,
}: Client): Promise<readonly string[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({
    namespace: options.namespace,
  });
  return names().filter((name) => customAttributes?.[name] === undefined);
}

/** Registers what is missing; resolves to the names. Registering twice is fine. */
export async function addSearchAttributes(client: Client): Promise<readonly string[]> {
  const missing = await missingSearchAttributes(client);
  if (missing.length > 0) {
    const wanted = Object.values(SEARCH_ATTRIBUTES).filter(({ name }) => missing.includes(name));
    await client.connection.operatorService.addSearchAttributes({
      namespace: client.options.namespace,
      searchAttributes: Object.fromEntries(wanted.map(({ name, type }) => [name, TYPES[type]])),
    });
  }
  return missing;
}

/**
 * Throws `NotConfigured` where one is missing: a workflow that sets an unknown search attribute
 * fails its first task for ever.
 */
export async function assertSearchAttributes(client: Client): Promise<void> {
  const missing = await missingSearchAttributes(client);
  if (missing.length === 0) return;
  throw new PurserError(
    'NotConfigured',
    `Temporal's namespace ${client.options.namespace} lacks the search attributes ${missing.join(', ')}; run \`purser setup\` once`,
  );
}

function names(): readonly string[] {
  return Object.values(SEARCH_ATTRIBUTES).map(({ name }) => name);
}

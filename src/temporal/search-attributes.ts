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

/** What is wrong with Purser's search attributes in a namespace. */
export interface WrongAttributes {
  /** Their names. */
  readonly missing: readonly string[];
  /** Of another type, each in words: `PurserState is TEXT, not KEYWORD`. */
  readonly mistyped: readonly string[];
}

/** Compares the namespace's search attributes with Purser's. */
export async function wrongSearchAttributes({
  connection,
  options,
}: Client): Promise<WrongAttributes> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({
    namespace: options.namespace,
  });
  const all = Object.values(SEARCH_ATTRIBUTES).map(({ name, type }) => ({
    name,
    type,
    found: customAttributes?.[name],
  }));
  return {
    missing: all.filter(({ found }) => found === undefined).map(({ name }) => name),
    mistyped: all
      .filter(({ found, type }) => found !== undefined && found !== TYPES[type])
      .map(({ name, type, found }) => `${name} is ${typeNameOf(found)}, not ${type}`),
  };
}

/** Advice for attributes of another type, which cannot be changed. */
export function mistypedAdvice(namespace: string): string {
  return `an attribute's type cannot be changed. Give Purser a namespace of its own (temporal.namespace). Or, if nothing else uses the attribute, run \`temporal operator search-attribute remove --namespace ${namespace} --name NAME\` and \`purser setup\` again`;
}

/**
 * Registers the missing attributes; resolves to their names. Registering twice is fine. Throws `NotConfigured`
 * if an attribute exists with another type.
 */
export async function addSearchAttributes(client: Client): Promise<readonly string[]> {
  const { missing, mistyped } = await wrongSearchAttributes(client);
  assertTypes(client, mistyped);
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
 * Throws `NotConfigured` if an attribute is missing or of another type: the first task of a workflow that sets it
 * would fail for ever.
 */
export async function assertSearchAttributes(client: Client): Promise<void> {
  const { missing, mistyped } = await wrongSearchAttributes(client);
  assertTypes(client, mistyped);
  if (missing.length === 0) return;
  throw new PurserError(
    'NotConfigured',
    `Temporal's namespace ${client.options.namespace} lacks the search attributes ${missing.join(', ')}; run \`purser setup\` once`,
  );
}

function assertTypes({ options: { namespace } }: Client, mistyped: readonly string[]): void {
  if (mistyped.length === 0) return;
  throw new PurserError(
    'NotConfigured',
    `Temporal's namespace ${namespace} has search attributes of another type: ${mistyped.join('; ')}; ${mistypedAdvice(namespace)}`,
  );
}

function typeNameOf(type: number | null | undefined): string {
  const name = type == null ? undefined : IndexedValueType[type];
  return name?.replace('INDEXED_VALUE_TYPE_', '') ?? 'of no type that is known here';
}

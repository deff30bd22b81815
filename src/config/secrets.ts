import { z } from 'zod';

/** Schemas of fields that hold a secret or its location: errors never repeat their values. */
export const SECRETS = z.registry<{ readonly secret: true }>();

/** Whether a schema marks the field at a path as a secret, whatever its value is. */
export function isSecretField(schema: z.core.$ZodType, path: readonly PropertyKey[]): boolean {
  const [key, ...rest] = path;
  const inner = withInner(schema);
  if (inner.some((each) => SECRETS.has(each))) return true;
  if (key === undefined) return false;
  return inner.flatMap((each) => childrenOf(each, key)).some((child) => isSecretField(child, rest));
}

/** A schema, and the schemas inside it for the same value. */
function withInner(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  if (schema instanceof z.ZodUnion || schema instanceof z.ZodDiscriminatedUnion) {
    return [schema, ...schema.options.flatMap(withInner)];
  }
  if (schema instanceof z.ZodPipe) return [schema, ...withInner(schema.in)];
  return hasInner(schema) ? [schema, ...withInner(schema.unwrap())] : [schema];
}

function hasInner(schema: z.core.$ZodType): schema is z.ZodOptional {
  return (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodReadonly
  );
}

function childrenOf(schema: z.core.$ZodType, key: PropertyKey): readonly z.core.$ZodType[] {
  if (schema instanceof z.ZodArray) return [schema.element];
  if (schema instanceof z.ZodRecord) return [schema.valueType];
  if (!(schema instanceof z.ZodObject)) return [];
  const child = Object.entries(schema.shape).find(([name]) => name === key)?.[1];
  return child === undefined ? [] : [child];
}

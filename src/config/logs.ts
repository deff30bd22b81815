import { z } from 'zod';
import { REGISTRY_NAMESPACE } from '../domain/registry-namespace.ts';
import { durationMs, durationSchema } from '../domain/duration.ts';
import { patternProblem } from '../logs/model/secret-pattern.ts';
import { namespaceSchema } from '../domain/subject.ts';
import { SECRETS } from './secrets.ts';

const UNITS = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 } as const;

const sizeSchema = z.string().refine((text) => bytesOf(text) >= 1024, {
  error: 'write a size such as 512 KiB, 2 GiB or 1 TiB, at least 1 KiB',
});

const selectorSchema = z.string().regex(/^[^\s,=!]+=[^\s,=!]*(,[^\s,=!]+=[^\s,=!]*)*$/, {
  error: 'write a label selector, such as app=registry',
});

// Checked when the configuration is read, and not only at the first line of a collection.
const patternSchema = z
  .string()
  .superRefine((source, context) => {
    const why = patternProblem(source);
    if (why !== undefined) context.addIssue({ code: 'custom', message: why, input: source });
  })
  // The pattern may contain the secret itself.
  .register(SECRETS, { secret: true });

export const logsSchema = z
  .strictObject({
    /** The workloads whose logs are collected. Purser may read all logs of each namespace here. */
    workloads: z
      .array(z.strictObject({ namespace: namespaceSchema, selector: selectorSchema }))
      .min(1, { error: 'must name at least one workload' })
      .default([
        { namespace: REGISTRY_NAMESPACE, selector: 'docker-registry=default' },
        { namespace: REGISTRY_NAMESPACE, selector: 'name=cluster-image-registry-operator' },
      ]),
    /** How far back the first collection of a container goes. */
    window: durationSchema.default('24h'),
    /** Regular expressions of your own secrets. */
    redact: z.array(patternSchema).max(50).default([]),
    /** The maximum of one collection of one container; the next one continues there. */
    containerBytes: sizeSchema.default('4 GiB'),
    containerLines: z.int().min(1).default(20_000_000),
    /** Longer lines are cut, after their secrets were taken out. */
    lineBytes: sizeSchema
      .refine((text) => bytesOf(text) <= 512 * 1024, { error: 'must be at most 512 KiB' })
      .default('256 KiB'),
    /** Bundles beyond one of these limits are deleted, the oldest first; the newest always stays. */
    keep: z
      .strictObject({
        age: durationSchema.default('30d'),
        bundles: z.int().min(1).default(5_000),
        bytes: sizeSchema.default('50 GiB'),
      })
      .prefault({}),
  })
  .prefault({});

/** The settings with their times in milliseconds and their sizes in bytes. */
export function logSettingsOf(logs: z.infer<typeof logsSchema>) {
  const { workloads, redact, window, containerBytes, containerLines, lineBytes, keep } = logs;
  return {
    workloads,
    redact,
    windowMs: durationMs(window),
    limits: {
      bytes: bytesOf(containerBytes),
      lines: containerLines,
      lineBytes: bytesOf(lineBytes),
    },
    keep: { ageMs: durationMs(keep.age), bundles: keep.bundles, bytes: bytesOf(keep.bytes) },
  };
}

function bytesOf(text: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*(B|[KMGT]iB)$/.exec(text) ?? [];
  const [, size] = Object.entries(UNITS).find(([name]) => name === unit) ?? [];
  return Math.floor(Number(number) * (size ?? 0));
}

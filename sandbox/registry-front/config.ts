import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const endpoint = z.strictObject({ host: z.string(), port: z.number().int().min(0).max(65_535) });

/** The program's one argument: a JSON file of this shape. Paths are absolute or relative to the cwd. */
export const frontConfigSchema = z.strictObject({
  listen: endpoint,
  certificates: z
    .array(
      z.strictObject({ names: z.array(z.string()), certFile: z.string(), keyFile: z.string() }),
    )
    .min(1)
    .describe('chosen by SNI; the first one is the default'),
  backend: z.url({ protocol: /^http$/ }).describe('a plain distribution v3 registry on loopback'),
  cluster: z.strictObject({
    server: z.url({ protocol: /^https?$/ }),
    caFile: z.string().optional(),
    tokenFile: z.string().describe("static token of the registry's own service account"),
  }),
  logFile: z.string(),
  podName: z.string().describe('the replica; only for readers of this file'),
  version: z.string(),
  control: endpoint.optional(),
});

export type FrontConfig = z.infer<typeof frontConfigSchema>;

/** Reads and checks the config file; throws an Error naming the file and each wrong field. */
export async function readFrontConfig(file: string): Promise<FrontConfig> {
  const parsed = z.preprocess(jsonOf, frontConfigSchema).safeParse(await readFile(file, 'utf8'));
  if (!parsed.success) {
    throw new Error(`${file} is not a registry front's config:\n${z.prettifyError(parsed.error)}`);
  }
  return parsed.data;
}

function jsonOf(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return text;
  }
}

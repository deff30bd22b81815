import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const endpoint = z.strictObject({ host: z.string(), port: z.number().int().min(0).max(65_535) });

/** The program's one argument: a JSON file of this shape. */
const routerConfigSchema = z.strictObject({
  listen: endpoint,
  certFile: z.string(),
  keyFile: z.string(),
  backends: z.array(endpoint).min(1).describe('the replicas, tried in this order'),
  backendName: z.string().describe('the name that their certificate must have'),
  backendCaFile: z.string(),
  control: endpoint,
});

export type RouterConfig = z.infer<typeof routerConfigSchema>;

/** Reads and checks the config file; throws an Error that names the file and each wrong field. */
export async function readRouterConfig(file: string): Promise<RouterConfig> {
  const parsed = routerConfigSchema.safeParse(JSON.parse(await readFile(file, 'utf8')));
  if (!parsed.success) {
    throw new Error(`${file} is not a router's config:\n${z.prettifyError(parsed.error)}`);
  }
  return parsed.data;
}

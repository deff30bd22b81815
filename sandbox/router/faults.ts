import { z } from 'zod';

/** What answers in place of the registry, as a web application firewall or a wrong route would. */
const answerSchema = z.strictObject({
  match: z
    .strictObject({
      method: z.string().optional(),
      path: z.string().optional().describe('a part of the path'),
    })
    .default({})
    .describe('which requests; all others are passed on'),
  status: z.number().int().min(200).max(599),
  contentType: z.string().default('text/html'),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.string().default(''),
});

/** What a test may break of the router. Absent means healthy. */
export const routerFaultsSchema = z.strictObject({
  router: z
    .union([z.literal('no-backend'), answerSchema])
    .optional()
    .describe("'no-backend': 503 by itself, as where no registry answers behind it"),
  stopped: z.boolean().optional().describe('nothing listens: connections are refused'),
  certificate: z
    .strictObject({ cert: z.string(), key: z.string() })
    .optional()
    .describe('PEM: served in place of its own'),
});

export type RouterFaults = z.infer<typeof routerFaultsSchema>;
export type RouterAnswer = z.infer<typeof answerSchema>;

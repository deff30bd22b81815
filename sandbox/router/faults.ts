import { z } from 'zod';

/** The answer of something else than the registry, such as a web application firewall or a wrong route. */
const answerSchema = z.strictObject({
  match: z
    .strictObject({
      method: z.string().optional(),
      path: z.string().optional().describe('a substring of the path'),
    })
    .default({})
    .describe('which requests; all others are forwarded'),
  status: z.number().int().min(200).max(599),
  contentType: z.string().default('text/html'),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.string().default(''),
});

/** The faults that a test may set. Absent means healthy. */
export const routerFaultsSchema = z.strictObject({
  router: z
    .union([z.literal('no-backend'), answerSchema])
    .optional()
    .describe("'no-backend': the router itself answers 503, as if no registry were ready"),
  stopped: z.boolean().optional().describe('the port is closed: connections are refused'),
  certificate: z
    .strictObject({ cert: z.string(), key: z.string() })
    .optional()
    .describe('PEM: served instead of its own'),
});

export type RouterFaults = z.infer<typeof routerFaultsSchema>;
export type RouterAnswer = z.infer<typeof answerSchema>;

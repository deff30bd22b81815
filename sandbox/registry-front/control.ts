import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';

/**
 * GET and PUT /faults: the whole object each time, `{}` removes all faults. 400 names each wrong field. A
 * PUT is answered when the faults are in force: `apply` does what cannot wait for the next request.
 */
export function createControl<T>(
  schema: z.ZodType<T>,
  faults: { current: T },
  apply: () => Promise<void>,
): Server {
  return createServer((request, response) => {
    answer({ schema, faults, apply }, request, response).catch((error: unknown) => {
      response.writeHead(400, { 'Content-Type': 'text/plain' }).end(String(error));
    });
  });
}

interface ControlOptions<T> {
  readonly schema: z.ZodType<T>;
  readonly faults: { current: T };
  readonly apply: () => Promise<void>;
}

async function answer<T>(
  { schema, faults, apply }: ControlOptions<T>,
  request: IncomingMessage,
  response: ServerResponse,
) {
  if (request.url !== '/faults' || (request.method !== 'GET' && request.method !== 'PUT')) {
    response.writeHead(404).end(`${request.method} ${request.url}: only GET and PUT /faults`);
    return;
  }
  if (request.method === 'PUT') {
    const parsed = schema.safeParse(JSON.parse(await text(request)));
    if (!parsed.success) {
      response.writeHead(400).end(`no such faults: ${z.prettifyError(parsed.error)}`);
      return;
    }
    faults.current = parsed.data;
    await apply();
  }
  response
    .writeHead(200, { 'Content-Type': 'application/json' })
    .end(JSON.stringify(faults.current));
}

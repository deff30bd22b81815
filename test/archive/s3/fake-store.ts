import { createServer } from 'node:http';
import type { TestContext } from 'node:test';

/** An answer in the protocol of S3 (or of STS, which speaks the same). */
export interface Reply {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export const KEPT: Reply = { status: 200, headers: { etag: '"1"' } };

export function refused(status: number, code: string): Reply {
  return {
    status,
    body: `<Error><Code>${code}</Code><Message>no</Message></Error>`,
  };
}

/** Credentials for a test, and nothing else that the SDK would find on this machine. */
export function setAws(t: TestContext, given: Readonly<Record<string, string>>): void {
  const before = { ...process.env };
  t.after(() => {
    process.env = before;
  });
  const others = Object.entries(before).filter(([name]) => !name.startsWith('AWS_'));
  const none = { AWS_CONFIG_FILE: '/nowhere', AWS_SHARED_CREDENTIALS_FILE: '/nowhere' };
  const more = { AWS_EC2_METADATA_DISABLED: 'true', AWS_MAX_ATTEMPTS: '1' };
  process.env = { ...Object.fromEntries(others), ...none, ...more, ...given };
}

/** A server that gives the answers in their order, and the last one for ever. */
export async function startStore(t: TestContext, ...replies: readonly [...Reply[], Reply]) {
  const asked: string[] = [];
  const left = [...replies];
  const server = createServer((request, response) => {
    asked.push(
      `${request.method} ${request.headers['if-none-match'] ?? request.headers['if-match'] ?? '-'}`,
    );
    request.resume().on('end', () => {
      const [next = KEPT] = left;
      if (left.length > 1) left.shift();
      response.writeHead(next.status, { 'content-type': 'application/xml', ...next.headers });
      response.end(next.body);
    });
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  return { asked, endpoint: `http://127.0.0.1:${port}` };
}

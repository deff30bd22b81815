import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { SMTPServer } from 'smtp-server';
import type { SMTPServerOptions } from 'smtp-server';
import { PurserError } from '../../src/domain/errors.ts';
import { createCa } from '../registry/certificates.ts';
import { file, message, notifier, patience } from './entries.ts';

export const PASSWORD = 'hush-hush-7133';

interface Mailbox {
  readonly port: number;
  readonly ca: string;
  readonly mails: string[];
  /** Whether each mail came by TLS, and as whom. */
  readonly sessions: { readonly secure: boolean; readonly user: string | undefined }[];
}

/** A real mail server: it takes `purser` with the password, by STARTTLS unless told otherwise. */
export async function startMailbox(
  t: TestContext,
  options: SMTPServerOptions = {},
): Promise<Mailbox> {
  const ca = await createCa(`mail ${crypto.randomUUID()}`);
  const mails: string[] = [];
  const sessions: Mailbox['sessions'] = [];
  const server = new SMTPServer({
    closeTimeout: 10,
    ...(await ca.leaf(['127.0.0.1'])),
    onAuth: ({ username, password }, _session, done) => {
      if (username === 'purser' && password === PASSWORD) done(null, { user: username });
      else done(new Error('535 5.7.8 credentials invalid'));
    },
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        mails.push(Buffer.concat(chunks).toString('utf8'));
        sessions.push({ secure: session.secure, user: session.user });
        done();
      });
    },
    ...options,
  });
  // What goes wrong is the test's to see at its own end.
  server.on('error', () => {});
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  t.after(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const { port } = server.server.address() as AddressInfo;
  return { port, ca: ca.cert, mails, sessions };
}

type Server = Pick<Mailbox, 'port' | 'ca'>;

export function mailer(t: TestContext, { port, ca }: Server, given: object = {}) {
  return notifier({
    type: 'mail',
    host: '127.0.0.1',
    port,
    from: 'Purser <purser@example.com>',
    to: ['oncall@example.com', 'registry@example.com'],
    user: 'purser',
    password: { file: file(t, `${PASSWORD}\n`) },
    ca: file(t, ca),
    ...given,
  });
}

/** What a delivery throws. */
export async function failureOf(t: TestContext, mailbox: Server, given: object = {}) {
  try {
    await mailer(t, mailbox, given).deliver(message(), patience());
  } catch (error) {
    assert.ok(error instanceof PurserError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: 'the mail should not have gone' });
}

import type { LoginCommand } from './context.ts';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import { z } from 'zod';
import { asHeaderValue } from './header.ts';
import { loginOutput } from './login-output.ts';
import { assertPair } from '../../../pem.ts';
import { errorMessage } from '../../../domain/errors.ts';

/** The result of a login command. */
export interface ExecCredential {
  readonly token: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  /** Milliseconds since 1970; undefined: until it is refused. */
  readonly expiresAt: number | undefined;
}

const OUTPUT_AT_MOST = 1024 * 1024;
const SHOWN = 400;
const API_VERSION = 'client.authentication.k8s.io/v1';

/**
 * Runs a login command as client-go does, without a terminal, and reads its ExecCredential
 * (https://kubernetes.io/docs/reference/config-api/client-authentication.v1/). It and its child processes are
 * killed when `signal` is aborted, whose reason is thrown. Throws an error with the command's output, without
 * secrets.
 *
 * `cluster` is passed to the command if it asks for it.
 */
export async function runLogin(
  login: LoginCommand,
  cluster: object,
  signal: AbortSignal,
): Promise<ExecCredential> {
  signal.throwIfAborted();
  const { command, args, folder } = login;
  const program = command.includes('/') ? path.resolve(folder, command) : command;
  const child = spawn(program, args ?? [], {
    env: environmentOf(login, cluster),
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, so that its children end with it: a browser's helper keeps the pipes open.
    detached: true,
  });
  try {
    return await outcomeOf(child, login, signal);
  } finally {
    if (signal.aborted) endGroup(child);
  }
}

function environmentOf(
  { env, apiVersion = API_VERSION, provideClusterInfo }: LoginCommand,
  cluster: object,
): NodeJS.ProcessEnv {
  const own = Object.fromEntries((env ?? []).map(({ name, value }) => [name, value ?? '']));
  const spec = { interactive: false, ...(provideClusterInfo === true ? { cluster } : {}) };
  const info = JSON.stringify({ kind: 'ExecCredential', apiVersion, spec });
  return { ...process.env, ...own, KUBERNETES_EXEC_INFO: info };
}

async function outcomeOf(
  child: ChildProcess,
  login: LoginCommand,
  signal: AbortSignal,
): Promise<ExecCredential> {
  const output = { out: '', err: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    if (output.out.length < OUTPUT_AT_MOST) output.out += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    if (output.err.length < OUTPUT_AT_MOST) output.err += text;
  });
  const { promise, resolve, reject } = Promise.withResolvers<number | string>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  child.once('error', reject);
  child.once('close', (code, by) => resolve(code ?? String(by)));
  const end = await promise
    .catch((error: unknown) => {
      if (signal.aborted) throw error;
      throw new Error(
        `${commandName(login)} could not be started: ${errorMessage(error)}${hintOf(login)}`,
      );
    })
    .finally(() => signal.removeEventListener('abort', abort));
  if (end === 0) return readCredential(output.out, login);
  const text = loginOutput(output.err, login).slice(0, SHOWN);
  throw new Error(`${commandName(login)} failed: ${text || `it ended with ${end}`}`);
}

// client-go ignores an empty text, and Go's JSON ignores null.
const text = z
  .string()
  .nullish()
  .transform((given) => (given === '' || given === null ? undefined : given));

const credentialSchema = z.object({
  status: z
    .object({
      token: text,
      clientCertificateData: text,
      clientKeyData: text,
      expirationTimestamp: z.iso.datetime({ offset: true }).nullish(),
    })
    .refine(({ clientCertificateData: cert, clientKeyData: key }) => !cert === !key)
    .refine(({ token, clientKeyData: key }) => (token ?? key) !== undefined),
});

/** The output holds a token: errors quote nothing of it. */
function readCredential(output: string, login: LoginCommand): ExecCredential {
  if (output.length >= OUTPUT_AT_MOST) {
    throw new Error(`${commandName(login)} printed more than the 1 MiB that is read of it`);
  }
  const { data } = credentialSchema.safeParse(parseJson(output, login));
  if (data === undefined) {
    throw new Error(
      `${commandName(login)} printed no ExecCredential with a token, or a client certificate and its key`,
    );
  }
  const {
    token,
    clientCertificateData: cert,
    clientKeyData: key,
    expirationTimestamp,
  } = data.status;
  const whose = `of ${commandName(login)}`;
  assertPair(
    { cert, key },
    { cert: `clientCertificateData ${whose}`, key: `clientKeyData ${whose}` },
  );
  return {
    token: token === undefined ? undefined : asHeaderValue(token.trim(), `the token ${whose}`),
    cert,
    key,
    expiresAt: expirationTimestamp == null ? undefined : Date.parse(expirationTimestamp),
  };
}

function parseJson(output: string, login: LoginCommand): unknown {
  try {
    return JSON.parse(output);
  } catch {
    throw new Error(`${commandName(login)} printed no JSON`);
  }
}

/** The name of a login command in messages: its arguments may be secret. */
export function commandName({ command }: LoginCommand): string {
  return `the login command ${path.basename(command)} of the user`;
}

function hintOf({ installHint }: LoginCommand): string {
  const words = (installHint ?? '').replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  return words === '' ? '' : ` (${words.slice(0, SHOWN)})`;
}

function endGroup({ pid, stdout, stderr }: ChildProcess): void {
  stdout?.destroy();
  stderr?.destroy();
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

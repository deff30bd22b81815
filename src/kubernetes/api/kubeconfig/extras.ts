import { z } from 'zod';
import { PurserError } from '../../../domain/errors.ts';

const execSchema = z.object({
  apiVersion: z.string().optional(),
  command: z.string().min(1),
  args: z.array(z.string()).nullish(),
  env: z.array(z.object({ name: z.string(), value: z.string().nullish() })).nullish(),
  interactiveMode: z.string().nullish(),
  provideClusterInfo: z.boolean().nullish(),
  installHint: z.string().nullish(),
});

const text = z.string().nullish();

// What client-node reads, too, is here for its types: it takes `token: 12345` for no token.
const userSchema = z.object({
  token: text,
  tokenFile: text,
  username: text,
  password: text,
  'client-certificate': text,
  'client-certificate-data': text,
  'client-key': text,
  'client-key-data': text,
  as: text,
  exec: execSchema.nullish(),
  'as-groups': z.array(z.unknown()).nullish(),
  'as-uid': text,
  'as-user-extra': z.record(z.string(), z.unknown()).nullish(),
});

const extensionSchema = z.object({ name: z.string(), extension: z.unknown() });

const clusterSchema = z.object({
  server: text,
  'certificate-authority': text,
  'certificate-authority-data': text,
  'insecure-skip-tls-verify': z.boolean().nullish(),
  'tls-server-name': text,
  'proxy-url': text,
  extensions: z.array(extensionSchema).nullish().catch(null),
});

const named = z.array(z.looseObject({ name: z.string() })).nullish();

const fileSchema = z.object({ users: named, clusters: named, contexts: named });

/** A kubeconfig's lists, as they stand in it. */
export type KubeconfigContent = z.infer<typeof fileSchema>;

/** Of a user, what client-node leaves out, and the types of what it does not. */
export type UserExtras = z.infer<typeof userSchema>;

const LOGIN_EXTENSION = 'client.authentication.k8s.io/exec';

/** Throws `NotConfigured` for what is no kubeconfig, and for one with a name twice in a list, as kubectl does. */
export function readContent(file: string, given: unknown): KubeconfigContent {
  const content = fileSchema.safeParse(given);
  if (!content.success) {
    const [issue] = content.error.issues;
    const where = issue?.path.join('.') ?? '';
    throw invalidKubeconfig(
      `the kubeconfig ${file} cannot be used: ${where === '' ? 'it' : where} is not as kubectl takes it`,
    );
  }
  for (const [kind, list] of Object.entries(content.data)) {
    const names = (list ?? []).map(({ name }) => name);
    const twice = names.find((name, at) => names.indexOf(name) !== at);
    if (twice === undefined) continue;
    throw invalidKubeconfig(
      `the kubeconfig ${file} cannot be used: ${JSON.stringify(twice)} is twice among its ${kind}; kubectl refuses that, too`,
    );
  }
  return content.data;
}

/**
 * What client-node leaves out of a user and a cluster. Throws `NotConfigured` for what is not as kubectl
 * takes it.
 */
export function readExtras(
  file: string,
  { users, clusters }: KubeconfigContent,
  { user, cluster }: { readonly user: string; readonly cluster: string },
): { readonly extra: UserExtras; readonly loginConfig?: unknown } {
  const found = users?.find(({ name }) => name === user)?.['user'] ?? {};
  const own = clusters?.find(({ name }) => name === cluster)?.['cluster'] ?? {};
  const called = (kind: string, name: string) =>
    `the kubeconfig ${file} cannot be used: of its ${kind} ${JSON.stringify(name)}`;
  const { extensions } = check(clusterSchema, own, called('cluster', cluster));
  const extra = check(userSchema, found, called('user', user));
  return {
    extra,
    loginConfig: extensions?.find(({ name }) => name === LOGIN_EXTENSION)?.extension,
  };
}

function check<T>(schema: z.ZodType<T>, given: unknown, what: string): T {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const fields = result.error.issues.map((issue) => issue.path.join('.'));
  // Not the values: one of them may be a token.
  throw invalidKubeconfig(`${what} ${fields.join(', ')} is not as kubectl takes it`);
}

/** A mistake in a kubeconfig. */
export function invalidKubeconfig(message: string): PurserError {
  return new PurserError('NotConfigured', message);
}

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

// Fields that client-node also reads are here for their types: it ignores `token: 12345`.
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

/** A kubeconfig's lists, unchanged. */
export type KubeconfigContent = z.infer<typeof fileSchema>;

/** The fields of a user that client-node ignores, and the types of those that it reads. */
export type UserExtras = z.infer<typeof userSchema>;

const LOGIN_EXTENSION = 'client.authentication.k8s.io/exec';

/** Throws `NotConfigured` if the value is no kubeconfig, or has a name twice in a list, as kubectl does. */
export function readContent(file: string, given: unknown): KubeconfigContent {
  const content = fileSchema.safeParse(given);
  if (!content.success) {
    const [issue] = content.error.issues;
    const field = issue?.path.join('.') ?? '';
    throw invalidKubeconfig(
      `the kubeconfig ${file} cannot be used: ${field === '' ? 'it' : field} is not as kubectl expects it`,
    );
  }
  for (const [kind, list] of Object.entries(content.data)) {
    const names = (list ?? []).map(({ name }) => name);
    const twice = names.find((name, at) => names.indexOf(name) !== at);
    if (twice === undefined) continue;
    throw invalidKubeconfig(
      `the kubeconfig ${file} cannot be used: ${JSON.stringify(twice)} is twice among its ${kind}; kubectl refuses that too`,
    );
  }
  return content.data;
}

/**
 * The fields of a user and a cluster that client-node ignores. Throws `NotConfigured` if one is not as
 * kubectl expects it.
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
  throw invalidKubeconfig(`${what} ${fields.join(', ')} is not as kubectl expects it`);
}

/** A mistake in a kubeconfig. */
export function invalidKubeconfig(message: string): PurserError {
  return new PurserError('NotConfigured', message);
}

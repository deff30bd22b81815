import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { PurserError } from '../../../domain/errors.ts';

const execSchema = z.object({
  apiVersion: z.string().optional(),
  command: z.string().min(1),
  args: z.array(z.string()).nullish(),
  env: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
  interactiveMode: z.string().nullish(),
  provideClusterInfo: z.boolean().nullish(),
  installHint: z.string().nullish(),
});

const userSchema = z.object({
  tokenFile: z.string().nullish(),
  exec: execSchema.nullish(),
  'as-groups': z.unknown().optional(),
  'as-uid': z.unknown().optional(),
  'as-user-extra': z.unknown().optional(),
});

const extensionSchema = z.object({ name: z.string(), extension: z.unknown() });

const clusterSchema = z.object({ extensions: z.array(extensionSchema).nullish().catch(null) });

const fileSchema = z.object({
  users: z
    .array(z.object({ name: z.string(), user: z.unknown() }))
    .nullish()
    .catch(null),
  clusters: z
    .array(z.object({ name: z.string(), cluster: clusterSchema }))
    .nullish()
    .catch(null),
});

/** Of a user, what client-node leaves out. */
export type Extra = z.infer<typeof userSchema>;

const LOGIN_EXTENSION = 'client.authentication.k8s.io/exec';

/**
 * What client-node leaves out of a user and a cluster. It has read the file already, so that it is YAML.
 * Throws `NotConfigured` for what is not as kubectl takes it.
 */
export function readExtras(
  file: string | undefined,
  user: string,
  cluster: string,
): { readonly extra: Extra; readonly loginConfig?: unknown } {
  if (file === undefined) return { extra: {} };
  const { users, clusters } = fileSchema.parse(readYaml(file));
  const found = users?.find(({ name }) => name === user);
  const own = clusters?.find(({ name }) => name === cluster);
  return { extra: checkUser(file, user, found?.user ?? {}), loginConfig: configIn(own?.cluster) };
}

function readYaml(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8'), { merge: true, logLevel: 'error' });
  } catch {
    // Not the error's words: it quotes what it could not read.
    throw wrong(`the kubeconfig ${file} cannot be used: it is not YAML`);
  }
}

function configIn(cluster: z.infer<typeof clusterSchema> | undefined): unknown {
  return cluster?.extensions?.find(({ name }) => name === LOGIN_EXTENSION)?.extension;
}

function checkUser(file: string, user: string, given: unknown): Extra {
  const extra = userSchema.safeParse(given);
  if (extra.success) return extra.data;
  const fields = extra.error.issues.map((issue) => issue.path.join('.'));
  // Not the values: one of them may be a token.
  throw wrong(
    `the kubeconfig ${file} cannot be used: of its user ${JSON.stringify(user)} ${fields.join(', ')} is not as kubectl takes it`,
  );
}

/** A mistake in a kubeconfig. */
export function wrong(message: string): PurserError {
  return new PurserError('NotConfigured', message);
}

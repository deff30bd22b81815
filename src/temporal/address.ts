import { existsSync, readFileSync } from 'node:fs';
import { loadClientConfigProfile, toClientOptions } from '@temporalio/envconfig';
import type { ClientConfigProfile, ConfigDataSource } from '@temporalio/envconfig';
import type { Config } from '../config/schema.ts';
import { PurserError } from '../domain/errors.ts';

/** Where Temporal is, and how to be let in: what both clients and workers connect with. */
export interface TemporalAddress {
  readonly options: ReturnType<typeof toClientOptions>['connectionOptions'] & {
    readonly address: string;
  };
  readonly namespace: string;
}

/**
 * purser.yaml says where Temporal is; the environment variables that every Temporal client knows
 * (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS_…) win over it. The file of
 * Temporal's CLI is read only where TEMPORAL_PROFILE or TEMPORAL_CONFIG_FILE asks for it: it is there for
 * another program, mostly with another address. A variable that is empty is not set. Throws `NotConfigured` where they cannot be read, as with a
 * certificate's file that is not there.
 */
export function temporalAddress(temporal: Config['temporal']): TemporalAddress {
  const profile = readProfile();
  assertTls(profile);
  const { connectionOptions, namespace } = toClientOptions(withFitKey(profile));
  return {
    options: { ...connectionOptions, address: connectionOptions.address ?? temporal.address },
    namespace: namespace ?? temporal.namespace,
  };
}

function readProfile(): ClientConfigProfile {
  const env = withoutEmpty(process.env);
  const { TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: name } = env;
  // The library takes a file that is not there for an empty one.
  if (file !== undefined && !existsSync(file)) {
    throw new PurserError('NotConfigured', `TEMPORAL_CONFIG_FILE: there is no file ${file}`);
  }
  try {
    return loadClientConfigProfile({
      disableFile: file === undefined && name === undefined,
      overrideEnvVars: env,
    });
  } catch (error) {
    throw new PurserError(
      'NotConfigured',
      `Temporal's settings cannot be read from ${sourceOf(file, name)}: ${reasonOf(error)}`,
    );
  }
}

/** `TEMPORAL_ADDRESS=""`, as a chart writes it for what nobody has set. */
function withoutEmpty(env: NodeJS.ProcessEnv): Record<string, string> {
  const set = Object.entries(env).filter(
    (each): each is [string, string] =>
      each[1] !== undefined && !(each[1] === '' && each[0].startsWith('TEMPORAL_')),
  );
  return Object.fromEntries(set);
}

/** A secret's file ends with a line break, and what cannot be sent in a header would be tried for ever. */
function withFitKey(profile: ClientConfigProfile): ClientConfigProfile {
  const { apiKey, grpcMeta } = profile;
  const unfit = Object.entries(grpcMeta ?? {}).find(([, value]) => !isSendable(value.trim()));
  if (unfit !== undefined)
    throw unsendable(`the metadata ${JSON.stringify(unfit[0])} (TEMPORAL_GRPC_META_…)`);
  const meta =
    grpcMeta === undefined
      ? {}
      : {
          grpcMeta: Object.fromEntries(
            Object.entries(grpcMeta).map(([name, value]) => [name, value.trim()]),
          ),
        };
  if (apiKey === undefined) return { ...profile, ...meta };
  if (!isSendable(apiKey.trim())) throw unsendable('the API key (TEMPORAL_API_KEY)');
  return { ...profile, ...meta, apiKey: apiKey.trim() };
}

function isSendable(value: string): boolean {
  return /^[\x20-\x7e]*$/.test(value);
}

function unsendable(what: string): PurserError {
  return new PurserError(
    'NotConfigured',
    `Temporal's settings cannot be used: ${what} has a line break or a letter that is not ASCII in it, and cannot be sent; set it anew`,
  );
}

function sourceOf(file: string | undefined, name: string | undefined): string {
  if (file !== undefined) return `TEMPORAL_CONFIG_FILE (${file})`;
  return name === undefined ? 'TEMPORAL_… in the environment' : `TEMPORAL_PROFILE (${name})`;
}

const FILES = [
  ['clientCert', 'TEMPORAL_TLS_CLIENT_CERT_PATH', 'client_cert_path'],
  ['clientKey', 'TEMPORAL_TLS_CLIENT_KEY_PATH', 'client_key_path'],
  ['serverCACert', 'TEMPORAL_TLS_SERVER_CA_CERT_PATH', 'server_ca_cert_path'],
] as const;

/** The library would name the path and not the setting, and leave out half a pair without a word. */
function assertTls({ tls }: ClientConfigProfile): void {
  if (tls === undefined || tls.disabled === true) return;
  for (const [field, variable, setting] of FILES) {
    const name = (process.env[variable] ?? '') === '' ? `tls.${setting} of its profile` : variable;
    assertReadable(tls[field], name);
  }
  if ((tls.clientCert === undefined) === (tls.clientKey === undefined)) return;
  const lacks = tls.clientCert === undefined ? 'certificate' : 'key';
  throw new PurserError(
    'NotConfigured',
    `Temporal's client certificate and its key go together, and the ${lacks} is not set: set both of TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH (or …_DATA), or none`,
  );
}

function assertReadable(source: ConfigDataSource | undefined, name: string): void {
  if (source === undefined || !('path' in source)) return;
  try {
    readFileSync(source.path);
  } catch (error) {
    throw new PurserError(
      'NotConfigured',
      `Temporal's settings cannot be used: ${name} cannot be read: ${reasonOf(error)}`,
    );
  }
}

// TOML's errors quote the lines around them, and the file holds API keys.
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  return error.message.split('\n', 1)[0] ?? '';
}

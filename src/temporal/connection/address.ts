import { existsSync, readFileSync } from 'node:fs';
import { loadClientConfigProfile, toClientOptions } from '@temporalio/envconfig';
import type { ClientConfigProfile, ConfigDataSource } from '@temporalio/envconfig';
import type { Config } from '../../config/schema.ts';
import { errorMessage, PurserError } from '../../domain/errors.ts';
import { assertCa, assertPair } from '../../pem.ts';

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
  const { connectionOptions, namespace } = toClientOptions(withSendableCredentials(profile));
  const address = connectionOptions.address ?? temporal.address;
  assertAddress(address);
  return { options: { ...connectionOptions, address }, namespace: namespace ?? temporal.namespace };
}

// The client would look for a host of that name for ever.
function assertAddress(address: string): void {
  if (/^[^/@\s]+$/.test(address)) return;
  throw unusable(
    'its address (temporal.address, or TEMPORAL_ADDRESS, which wins) is not host:port: leave out https:// and what follows a slash',
  );
}

function readProfile(): ClientConfigProfile {
  const env = readEnv(process.env);
  assertSwitches(env);
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

/** `TEMPORAL_ADDRESS=""`, as a chart writes it for what nobody has set, and line breaks at the end of a Secret's values. */
function readEnv(env: NodeJS.ProcessEnv): Record<string, string> {
  const set = Object.entries(env).flatMap(([name, value = '']) => {
    if (!name.startsWith('TEMPORAL_')) return [[name, value] as const];
    return value.trim() === '' ? [] : [[name, value.trim()] as const];
  });
  return Object.fromEntries(set);
}

/** The library takes what it does not know for false, and would send an API key in the clear. */
function assertSwitches(env: Readonly<Record<string, string>>): void {
  const { TEMPORAL_TLS: tls } = env;
  if (tls === undefined || /^(?:true|false|1|0)$/.test(tls)) return;
  throw unusable('TEMPORAL_TLS is neither true nor false, in small letters');
}

/** A secret's file ends with a line break, and what cannot be sent in a header would be tried for ever. */
function withSendableCredentials(profile: ClientConfigProfile): ClientConfigProfile {
  const { apiKey, grpcMeta } = profile;
  const unsendableEntry = Object.entries(grpcMeta ?? {}).find(
    ([, value]) => !isSendable(value.trim()),
  );
  if (unsendableEntry !== undefined)
    throw unsendable(`the metadata ${JSON.stringify(unsendableEntry[0])} (TEMPORAL_GRPC_META_…)`);
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
  return unusable(
    `${what} has a line break or a letter that is not ASCII in it, and cannot be sent; set it anew`,
  );
}

function unusable(what: string): PurserError {
  return new PurserError('NotConfigured', `Temporal's settings cannot be used: ${what}`);
}

function sourceOf(file: string | undefined, name: string | undefined): string {
  if (file !== undefined) return `TEMPORAL_CONFIG_FILE (${file})`;
  return name === undefined ? 'TEMPORAL_… in the environment' : `TEMPORAL_PROFILE (${name})`;
}

/** The library would name the path and not the setting, and leave out half a pair without a word. */
function assertTls({ tls }: ClientConfigProfile): void {
  if (tls === undefined || tls.disabled === true) return;
  const names = {
    ca: nameOf(tls.serverCACert, 'SERVER_CA_CERT'),
    cert: nameOf(tls.clientCert, 'CLIENT_CERT'),
    key: nameOf(tls.clientKey, 'CLIENT_KEY'),
  };
  const ca = textOf(tls.serverCACert, names.ca);
  const pair = { cert: textOf(tls.clientCert, names.cert), key: textOf(tls.clientKey, names.key) };
  if ((pair.cert === undefined) !== (pair.key === undefined)) {
    const lacks = pair.cert === undefined ? 'certificate' : 'key';
    throw new PurserError(
      'NotConfigured',
      `Temporal's client certificate and its key go together, and the ${lacks} is not set: set both of TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH (or …_DATA), or none`,
    );
  }
  try {
    assertCa(ca, names.ca);
    assertPair(pair, names);
  } catch (error) {
    throw unusable(reasonOf(error));
  }
}

/** A setting, as its variable or its field of a profile: `TEMPORAL_TLS_CLIENT_CERT_PATH`. */
function nameOf(source: ConfigDataSource | undefined, setting: string): string {
  const part = `${setting}_${source !== undefined && 'path' in source ? 'PATH' : 'DATA'}`;
  const variable = `TEMPORAL_TLS_${part}`;
  const isSet = (process.env[variable] ?? '').trim() !== '';
  return isSet ? variable : `tls.${part.toLowerCase()} of its profile`;
}

function textOf(source: ConfigDataSource | undefined, name: string): string | undefined {
  if (source === undefined) return undefined;
  if (!('path' in source)) return Buffer.from(source.data).toString('utf8');
  try {
    return readFileSync(source.path, 'utf8');
  } catch (error) {
    throw unusable(`${name} cannot be read: ${reasonOf(error)}`);
  }
}

// TOML's errors quote the lines around them, and the file holds API keys.
function reasonOf(error: unknown): string {
  return errorMessage(error).split('\n', 1)[0] ?? '';
}

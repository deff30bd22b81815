import { existsSync, readFileSync } from 'node:fs';
import { loadClientConfigProfile, toClientOptions } from '@temporalio/envconfig';
import type { ClientConfigProfile, ConfigDataSource } from '@temporalio/envconfig';
import type { Config } from '../../config/schema.ts';
import { errorMessage, PurserError } from '../../domain/errors.ts';
import { assertCa, assertPair } from '../../pem.ts';

/** The address and credentials with which clients and workers connect to Temporal. */
export interface TemporalAddress {
  readonly options: ReturnType<typeof toClientOptions>['connectionOptions'] & {
    readonly address: string;
  };
  readonly namespace: string;
}

/**
 * Reads the address from purser.yaml. The environment variables of every Temporal client (TEMPORAL_ADDRESS,
 * TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS_…) override it. An empty variable counts as not set. The
 * file of Temporal's CLI is for another program, mostly with another address: it is read only if
 * TEMPORAL_PROFILE or TEMPORAL_CONFIG_FILE is set. Throws `NotConfigured` if the settings cannot be read, such
 * as for the file of a certificate that does not exist.
 */
export function temporalAddress(temporal: Config['temporal']): TemporalAddress {
  const profile = readProfile();
  assertTls(profile);
  const { connectionOptions, namespace } = toClientOptions(withSendableCredentials(profile));
  const address = connectionOptions.address ?? temporal.address;
  assertAddress(address);
  return { options: { ...connectionOptions, address }, namespace: namespace ?? temporal.namespace };
}

// The client would try for ever to resolve a host of that name.
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
  // The library treats a missing file as an empty one.
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

/** Removes the empty variables of a Helm chart's unset values, and line breaks at the end of Secrets. */
function readEnv(env: NodeJS.ProcessEnv): Record<string, string> {
  const set = Object.entries(env).flatMap(([name, value = '']) => {
    if (!name.startsWith('TEMPORAL_')) return [[name, value] as const];
    return value.trim() === '' ? [] : [[name, value.trim()] as const];
  });
  return Object.fromEntries(set);
}

/** The library treats an unknown value as false, and would send an API key without TLS. */
function assertSwitches(env: Readonly<Record<string, string>>): void {
  const { TEMPORAL_TLS: tls } = env;
  if (tls === undefined || /^(?:true|false|1|0)$/.test(tls)) return;
  throw unusable('TEMPORAL_TLS is neither true nor false (in lower case)');
}

/** Trims line breaks at the end of secrets. Refuses what no header can hold: the client would retry for ever. */
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
    `${what} has a line break or a character that is not ASCII, and cannot be sent; set it again`,
  );
}

function unusable(what: string): PurserError {
  return new PurserError('NotConfigured', `Temporal's settings cannot be used: ${what}`);
}

function sourceOf(file: string | undefined, name: string | undefined): string {
  if (file !== undefined) return `TEMPORAL_CONFIG_FILE (${file})`;
  return name === undefined ? 'TEMPORAL_… in the environment' : `TEMPORAL_PROFILE (${name})`;
}

/** Checks the TLS settings. The library would name only the path, and ignore half of a pair. */
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

import { misconfigured } from '../failure.ts';
import type { RegistryOperation } from '../failure.ts';

/**
 * The operation on `/v2/<repository>/<rest>`. A malformed repository name is refused here
 * (`configuration`): it would be another path of the registry.
 */
export function pathOf(
  { method, origin }: Pick<RegistryOperation, 'method' | 'origin'>,
  repository: string,
  rest: string,
): RegistryOperation {
  const tried = { method, path: `/v2/${repository}/${rest}`, origin };
  if (REPOSITORY.test(repository) && repository.length <= 255) return tried;
  throw misconfigured(
    { ...tried, path: '/v2/' },
    `${JSON.stringify(repository)} is no repository's name`,
    'write it as project/name, in lower case',
  );
}

/** Throws `RegistryFailure` (`configuration`) if `reference` is neither a tag nor a digest. */
export function checkReference(reference: string, tried: RegistryOperation): void {
  if (TAG.test(reference) || DIGEST.test(reference)) return;
  throw misconfigured(
    { ...tried, path: '/v2/' },
    `${JSON.stringify(reference)} is neither a tag nor a digest`,
    'write a tag as letters, digits, ".", "_" and "-", a digest as sha256:<64 hex digits>',
  );
}

// The grammars of the distribution specification.
const PART = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const REPOSITORY = new RegExp(`^${PART}(?:/${PART})*$`);
const TAG = /^\w[\w.-]{0,127}$/;

/** The digests that Purser can compute. */
export const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

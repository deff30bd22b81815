import { withoutTokens } from '../../../domain/inputs/token-text.ts';
import { isSecretName } from '../../../domain/redact/pairs.ts';
import { withoutSecrets } from '../../../domain/redact/redact-lines.ts';
import type { LoginCommand } from './context.ts';

const READ = 16_384;
// Without this limit, a value such as `1` or `dev` would be removed everywhere and make the text unreadable.
const SECRET_AT_LEAST = 4;

/** The output of a login command in one line, without the kubeconfig's secrets and others. */
export function loginOutput(output: string, login: LoginCommand): string {
  const own = ownSecrets(login)
    .filter(({ length }) => length >= SECRET_AT_LEAST)
    // One may be a prefix of another.
    .toSorted((one, other) => other.length - one.length);
  const text = own.reduce((rest, secret) => rest.replaceAll(secret, '[removed]'), output);
  const clean = withoutSecrets(withoutTokens(text.slice(0, READ)));
  return clean.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
}

/** The values of the variables that the kubeconfig sets, and of arguments with a secret's name. */
function ownSecrets({ env, args }: LoginCommand): readonly string[] {
  const given = args ?? [];
  return [
    ...(env ?? []).map(({ value }) => value ?? ''),
    ...given.flatMap((each, index) => {
      const [, name, value = given[index + 1]] = /^--?([\w.-]+)(?:=(.*))?$/s.exec(each) ?? [];
      return name !== undefined && value !== undefined && isSecretName(name) ? [value] : [];
    }),
  ];
}

import { withoutTokens } from '../../../domain/inputs/token-text.ts';
import { isSecretName } from '../../../domain/redact/pairs.ts';
import { withoutSecrets } from '../../../domain/redact/redact-lines.ts';
import type { LoginCommand } from './context.ts';

const READ = 16_384;
// Whoever replaces `1` or `dev` everywhere leaves nothing to be read.
const SECRET_AT_LEAST = 4;

/** What a login command said, in one line, without secrets: its own, and those of the kubeconfig. */
export function loginOutput(said: string, login: LoginCommand): string {
  const own = ownSecrets(login)
    .filter(({ length }) => length >= SECRET_AT_LEAST)
    // One may be the beginning of another.
    .toSorted((one, other) => other.length - one.length);
  const text = own.reduce((rest, secret) => rest.replaceAll(secret, '[removed]'), said);
  const clean = withoutSecrets(withoutTokens(text.slice(0, READ)));
  return clean.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
}

/** Every variable that the kubeconfig sets, and the arguments that are called secret. */
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

import { createHash } from 'node:crypto';

/**
 * A line of the corpus with fresh secrets in place of its words in capitals, and what is to become of
 * it. Secrets are made when the test runs, so that nobody's scanner finds one in the sources.
 */
export function planted(line: string): { readonly text: string; readonly expected: string } {
  const text = line.replaceAll(/«([^»]*)»/g, (_all, marked: string) => filled(marked));
  return { text, expected: line.replaceAll(/«[^»]*»/g, '[REDACTED]') };
}

function filled(marked: string): string {
  return marked.replaceAll(WORDS, (word) => MAKERS[word]?.() ?? word);
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** So many letters and digits, others each time and the same in each run. */
function letters(count: number): string {
  let text = '';
  while (text.length < count) {
    const digest = createHash('sha256')
      .update(`purser ${(made += 1)}`)
      .digest();
    text += [...digest].map((byte) => ALPHABET.charAt(byte % ALPHABET.length)).join('');
  }
  return text.slice(0, count);
}

let made = 0;

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function joined(...parts: readonly string[]) {
  return parts.join('');
}

const MAKERS: Readonly<Record<string, () => string>> = {
  PW: () => `Pw9${letters(12)}`,
  OPAQUE: () => `k8s${letters(30)}`,
  B64: () => Buffer.from(`alice:${letters(12)}`).toString('base64'),
  SHA: () => joined('sha256', '~', letters(43)),
  JWTCUT: () => `${part({ alg: 'RS256', kid: 'x' })}.${part({ iss: 'x' })}.`,
  JWT: () => `${part({ alg: 'RS256', kid: 'x' })}.${part({ iss: 'kubernetes' })}.${letters(43)}`,
  GHPAT: () => joined('github', '_pat_', letters(40)),
  GHP: () => joined('gh', 'p_', letters(36)),
  GLPAT: () => joined('gl', 'pat-', letters(20)),
  XOXB: () => joined('xo', 'xb-', '123456789012-', letters(24)),
  YA29: () => joined('ya', '29.', letters(60)),
  HVS: () => joined('hv', 's.', letters(24)),
  NPM: () => joined('np', 'm_', letters(36)),
  DCKR: () => joined('dckr', '_pat_', letters(27)),
  SENDGRID: () => joined('S', 'G.', letters(22), '.', letters(43)),
  HOOK: () => joined('T', letters(8), '/B', letters(8), '/', letters(24)),
  BCRYPT: () => joined('$2', 'y$05$', letters(53)),
  APR1: () => joined('$ap', 'r1$', letters(8), '$', letters(22)),
  CRYPT6: () => joined('$', '6$', letters(8), '$', letters(86)),
  OPENAI: () => joined('s', 'k-', 'proj-A1', letters(40)),
  BITBUCKET: () => joined('AT', 'BB', letters(30)),
  KEYB64: () =>
    Buffer.from(joined('-----BEG', 'IN RSA PRIV', 'ATE KEY-----\n', letters(64))).toString(
      'base64',
    ),
  HASH28: () => `${letters(27)}=`,
  PLAIN: () => Buffer.from(`\0bob\0${letters(12)}`).toString('base64'),
  DOCKERCONFIG: () =>
    Buffer.from(JSON.stringify({ auths: { x: { auth: letters(20) } } })).toString('base64'),
};

const WORDS = new RegExp(`\\b(?:${Object.keys(MAKERS).join('|')})\\b`, 'g');

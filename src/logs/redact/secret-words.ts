import type { SearchWord } from './word-search.ts';

// A line with a secret contains one of these words. Each line with such a word is then checked closely
// (src/domain/redact). So the list may match too many lines, but must never miss one: a test compares the two.

function always() {
  return true;
}
function plain(words: readonly string[]): readonly SearchWord[] {
  return words.map((word) => ({ word, counts: always }));
}

/** Names of fields, which count if a value may follow. `tail`: how many more characters the name may have. */
function named(words: readonly string[], tail: number): readonly SearchWord[] {
  return words.map((word) => ({ word, counts: (block, _start, end) => isName(block, end, tail) }));
}

function after(words: readonly string[], signs: string): readonly string[] {
  return words.flatMap((word) => signs.split('').map((sign) => `${word}${sign}`));
}

function before(signs: string, words: readonly string[]): readonly string[] {
  return words.flatMap((word) => signs.split('').map((sign) => `${sign}${word}`));
}

const SEPARATORS = '=:"\'\\ ]>%,`';
const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

export const SECRET_WORDS: readonly SearchWord[] = [
  ...named(['pass', 'secret', 'token'], 16),
  ...named(['authorization', 'cookie', 'bearer', 'signature', 'credential', 'assertion'], 3),
  ...named(['creds', 'bindpw', 'rootpw', 'userpw', 'adminpw', 'ldappw', 'dockerc'], 14),
  ...plain(after(['pwd', 'psw'], `${SEPARATORS}_h123`)),
  ...plain([
    ...before('_-&?; "\'{[', after(['pw'], '=:"\'')),
    'dpw=',
    'tpw=',
    'npw=',
    'ppw=',
    'rpw=',
  ]),
  ...after(['key', 'auth', 'otp', 'psk'], SEPARATORS).map((word) => ({ word, counts: isFollowed })),
  ...plain(['key_base', 'sig=', 'sig%', '?code=', '&code=', '26code', '3fcode', '.value=']),
  ...plain(['key-data', 'keydata', 'key_data', 'code_verifier', 'codeverifier', 'samlre']),
  ...plain(['ls0tls1crudjti', ':data.', ':stringdata.', 'atbb', 'atctt3']),
  ...plain(['basic ', 'basic\t', 'bearer ', 'bearer\t']),
  ...plain(['sha256~', 'ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_']),
  ...plain([
    'glpat-',
    'glptt-',
    'gldt-',
    'glrt-',
    'glcbt-',
    'glft-',
    'glsoat-',
    'glagent-',
    'glimt-',
    'gloas-',
  ]),
  ...plain(
    after(
      before('x', ['ox']).map((word) => word),
      'abcdeoprs',
    ).map((word) => `${word}-`),
  ),
  ...plain([
    'xapp-',
    'ya29.',
    '1//0',
    'hvs.',
    'hvb.',
    'hvr.',
    'aiza',
    'npm_',
    'dckr_',
    'dop_v1_',
    'dor_v1_',
  ]),
  ...plain(['pypi-', '_live_', '_test_', 'age-secret-key', 'k8s-aws-v1.', 'atatt3']),
  ...plain(before(' =":\'/[,(@', ['sg.', 'sk-', 'hf_'])),
  ...plain(after(['eyj'], `${LETTERS}-_`)),
  ...plain(['hooks.slack', '/webhook', 'telegram.org/bot', '/hooks/']),
  ...plain(
    ['$2$', '$2a$', '$2b$', '$2x$', '$2y$', '$apr1$', '$argon2', '$scrypt$', '$pbkdf2'].filter(
      (word) => word.length > 3,
    ),
  ),
  ...plain(after(['$1$', '$2$', '$5$', '$6$', '$7$', '$y$'], `${LETTERS}./$`)),
  ...plain(['{sha', '{ssha', '{crypt', '{md5', '{smd5', '{pbkdf2', '@tcp', '@unix']),
  ...plain(['-----begin ', '-----begin+', '-----begin%20', '---- begin ssh2', 'private-lines: ']),
  ...after(LETTERS.split(''), ':').map((word) => ({ word: `${word}//`, counts: hasAt })),
  ...plain(['%3a%2f%2f']),
  ...plain([
    ' -p ',
    ' -p=',
    '"-p"',
    "'-p'",
    '[-p ',
    ' -w ',
    '"-w"',
    "'-w'",
    ' -u ',
    '"-u"',
    "'-u'",
  ]),
  ...plain([
    '--user',
    '-user ',
    'mysql',
    'mariadb',
    'sshpass',
    'htpasswd',
    'machine ',
    'default login',
    'alias set',
    'bindpw ',
    'requirepass ',
    'masterauth ',
    'configure set ',
    'identified ',
    "password '",
    'password for ',
    '"auth" "',
    'rootpw ',
    'bindpw\t',
    'rootpw\t',
    'plain ',
    'authtok',
    'step ',
  ]),
];

const [LINE_FEED, RETURN, TAB, BLANK, DASH, COLON, EQUALS, BRACE, V] = [
  0x0a, 0x0d, 0x09, 0x20, 0x2d, 0x3a, 0x3d, 0x7b, 0x76,
] as const;
const BEGINNINGS: readonly number[] = [LINE_FEED, TAB, BRACE];
/** `Z`, or a digit of an offset. */
const ENDS_OF_TIME = [0x5a, ...Buffer.from('0123456789')];
const SIGNS = new Set(Buffer.from('=:"\'\\]>%,`\n\r'));

function isName(block: Buffer, end: number, tail: number): boolean {
  let at = end;
  while (at <= end + tail && isNameByte(block[at] ?? 0)) at += 1;
  return isFollowed(block, end, at + 1);
}

/** Whether a value may follow a name that ends before the byte at `end - 1`. */
function isFollowed(block: Buffer, start: number, end: number): boolean {
  const sign = block[end - 1] ?? LINE_FEED;
  if (!isBlank(sign)) return SIGNS.has(sign);
  let at = end;
  while (at < end + 8 && isBlank(block[at] ?? 0)) at += 1;
  const next = block[at] ?? 0;
  return next === EQUALS || next === COLON || (next | 0x20) === V || isArgument(block, start);
}

// An option of a command, a variable as Go prints it, or a line of a `.netrc`: a blank instead of a sign comes
// before the value.
function isArgument(block: Buffer, start: number): boolean {
  let at = start;
  while (at > start - 64 && isNameByte(block[at - 1] ?? LINE_FEED)) at -= 1;
  const [other, sign] = [block[at - 2] ?? LINE_FEED, block[at - 1] ?? LINE_FEED];
  if (block[at] === DASH || BEGINNINGS.includes(sign)) return true;
  return sign === BLANK && [BLANK, ...ENDS_OF_TIME].includes(other);
}

function isBlank(byte: number): boolean {
  return byte === BLANK || byte === TAB;
}

function isNameByte(byte: number): boolean {
  return (
    (byte >= 0x61 && byte <= 0x7a) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    (byte >= 0x30 && byte <= 0x39) ||
    byte === 0x5f ||
    byte === 0x2e ||
    byte === DASH
  );
}

/** Whether an address contains an `@`. */
function hasAt(block: Buffer, _start: number, end: number): boolean {
  for (let at = end; at < end + 1_000; at += 1) {
    const byte = block[at] ?? LINE_FEED;
    if (byte === 0x40) return true;
    if (byte <= BLANK || byte === RETURN || byte === 0x22) return false;
  }
  return true;
}

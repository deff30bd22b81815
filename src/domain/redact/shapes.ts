import { fromBase64, isUserAndPassword } from './base64.ts';
import type { Line } from './line.ts';
import type { Find } from './spans.ts';

interface Shape {
  readonly kind: string;
  /** With the flag `g`. Its first group, or all of it where it has none, is the secret. */
  readonly pattern: RegExp;
  readonly isSecret?: (secret: string) => boolean;
  /** What must be somewhere in the line, to spare the pattern where it is not. */
  readonly needs?: RegExp;
}

/**
 * What is a secret by its own looks, wherever it stands. Each pattern begins with what it can't do
 * without and goes on with signs of one class, so that none looks at a place more than a few times.
 */
const SHAPES: readonly Shape[] = [
  { kind: 'bearer-token', pattern: /sha256~[\w-]{20,}/g },
  {
    // OpenShift, GitHub, GitLab, Slack, Google, Vault, npm, Docker Hub, DigitalOcean, PyPI, SendGrid, Stripe, EKS, age.
    kind: 'token',
    pattern:
      /(?<![A-Za-z0-9])(?:gh[pousr]_\w{16,}|github_pat_\w{16,}|gl(?:pat|ptt|dt|rt|cbt|ft|soat|agent|imt|oas)-[\w.-]{12,}|xox[abcdeoprs]-[\w-]{10,}|xapp-[\w-]{10,}|ya29\.[\w-]{10,}|1\/\/0[\w-]{30,}|hv[sbr]\.[\w-]{12,}|AIza[\w-]{30,}|npm_\w{30,}|dckr_[po]at_[\w-]{16,}|do[pr]_v1_\w{32,}|pypi-[\w-]{40,}|SG\.[\w-]{16,32}\.[\w-]{16,}|[rs]k_(?:live|test)_\w{16,}|AGE-SECRET-KEY-1\w{40,}|k8s-aws-v1\.[\w-]{20,}|sk-(?=[\w-]{0,60}\d)(?=[\w-]{0,60}[A-Z])[\w-]{20,}|AT(?:ATT3|CTT3|BB)[\w-]{20,}|hf_\w{30,}|AQ(?:VN|CQ)[\w-]{60,})/g,
  },
  {
    kind: 'jwt',
    pattern: /(?<![\w-])eyJ[\w-]*(?:\.[\w-]*){2,4}/g,
    isSecret: isJwt,
  },
  // `-----BEGIN `, as kubeconfigs and Secrets have it.
  { kind: 'private-key', pattern: /LS0tLS1CRUdJTi[\w+/-]{6,}={0,2}/g, isSecret: isKey },
  {
    kind: 'bearer-token',
    needs: /AWS4-HMAC-SHA256/,
    pattern:
      /AWS4-HMAC-SHA256\s{1,4}Credential=[^\s,]{1,200}[\s,]{1,4}SignedHeaders=[^\s,]{1,500}[\s,]{1,4}Signature=([\da-f]{16,})/g,
  },
  // `{"auths":`, as it is in a pull secret.
  { kind: 'pull-secret', pattern: /eyJhdXRocyI6[\w+/=-]{8,}/g },
  {
    kind: 'webhook',
    pattern: /hooks\.slack(?:-gov)?\.com\/(?:services|workflows|triggers)\/([\w/-]{8,})/g,
  },
  {
    kind: 'webhook',
    pattern: /(?:webhook|outlook)\.office(?:365)?\.com\/webhook(?:b2)?\/([\w@/-]{8,})/gi,
  },
  {
    kind: 'webhook',
    pattern: /discord(?:app)?\.com\/api\/webhooks\/([\w/-]{20,})/g,
  },
  { kind: 'webhook', pattern: /api\.telegram\.org\/bot(\d{5,}:[\w-]{20,})/g },
  { kind: 'webhook', pattern: /\/hooks\/(?=[a-z]{0,30}\d)([a-z0-9]{20,})/g },
  {
    kind: 'password-hash',
    needs: /\$/,
    pattern:
      /\$(?:2[abxy]?\$\d\d|apr1|[1567y]|argon2(?:id|i|d)|scrypt|pbkdf2(?:-\w{1,10})?)\$[\w./$+=,-]{8,}/g,
  },
  {
    kind: 'password-hash',
    pattern: /\{(?:S?SHA(?:256|384|512)?|CRYPT|S?MD5|PBKDF2[\w-]{0,12})\}([\w+/=$.-]{8,})/g,
  },
  // A password of MySQL's driver: `user:password@tcp(host:3306)/db`.
  {
    kind: 'url-credentials',
    needs: /@(?:tcp6?|unix)\(/,
    pattern: /(?<=:)([^\s@"'`\\/:]{1,128})(?=@(?:tcp6?|unix)\()/g,
  },
  {
    kind: 'basic-auth',
    pattern: /\bbasic\s{1,4}([\w+/-]{3,}={0,2})/gi,
    isSecret: isUserAndPassword,
  },
  {
    // Of SMTP, IMAP and LDAP: a name and a password behind NULs.
    kind: 'basic-auth',
    pattern: /\bplain\s{1,4}([\w+/-]{6,}={0,2})/gi,
    isSecret: (text) => /^[^\0]*\0[^\0]+\0[^\0]+$/.test(fromBase64(text) ?? ''),
  },
  { kind: 'bearer-token', pattern: /["']bearer\s{1,4}([\w.~+/-]{6,}=*)["']/gi },
  // `Bearer realm="…"` is a challenge, and "bearer authentication failed" a sentence.
  {
    kind: 'bearer-token',
    pattern: /\bbearer\s{1,4}((?!\w{1,20}=["\\])[\w.~+/-]{8,}=*)/gi,
    isSecret: (text) => text.length >= 24 || /\d./.test(text),
  },
];

/** Finds secrets by their looks. */
export function findShapes(line: Line, find: Find): void {
  for (const shape of SHAPES) {
    if (shape.needs?.test(line.text) ?? true) findShape(line, shape, find);
  }
}

function findShape(line: Line, { kind, pattern, isSecret }: Shape, find: Find): void {
  const { text } = line;
  pattern.lastIndex = line.from;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const secret = match[1] ?? match[0];
    const start = match.index + match[0].lastIndexOf(secret);
    // `useragent=bearer http.request.uri=…`. The pattern may begin with a quote.
    const begin = match.index + (/["']/.test(match[0].charAt(0)) ? 1 : 0);
    if (line.isRequest && line.wordEnd(begin) < start) continue;
    if (isSecret?.(secret) ?? true) find({ start, end: start + secret.length, kind });
    // One that looks the same may begin inside.
    else if (kind === 'jwt') pattern.lastIndex = start + Math.max(1, secret.indexOf('.'));
  }
}

// Anything may be named `eyJ.something.else`; a token's first part is a JSON object that names how it
// is signed or encrypted.
function isJwt(text: string): boolean {
  const [head = ''] = text.split('.', 1);
  if (head.length > 4_096) return false;
  const decoded = fromBase64(head) ?? '';
  return decoded.startsWith('{"') && decoded.endsWith('}') && decoded.includes('"alg"');
}

// A certificate is none.
function isKey(text: string): boolean {
  const head = text.slice(0, 80);
  return /PRIV|PGP MES/.test(fromBase64(head.slice(0, head.length & ~3)) ?? '');
}

import { createHash } from 'node:crypto';

/**
 * Secrets as they turn up in logs. A word in capitals stands for a secret that is made when the test
 * runs, so that nobody's scanner finds one in the sources.
 */
export const SECRETS: readonly {
  readonly name: string;
  readonly line: string;
  readonly kind: string;
}[] = [
  { name: 'a token of OpenShift', line: 'oc login --as x TOKEN done', kind: 'bearer-token' },
  { name: 'a header in a dump', line: 'Authorization: Bearer OPAQUE', kind: 'bearer-token' },
  {
    name: 'a header in Go',
    line: 'map[Authorization:[Bearer OPAQUE] Accept:[*/*]]',
    kind: 'bearer-token',
  },
  {
    name: 'a header in JSON',
    line: '{"authorization":"bearer OPAQUE","a":1}',
    kind: 'bearer-token',
  },
  { name: 'a header in shouting', line: 'AUTHORIZATION: BEARER OPAQUE', kind: 'bearer-token' },
  {
    name: 'a bearer token without a header',
    line: 'sent Bearer OPAQUE to it',
    kind: 'bearer-token',
  },
  { name: 'a JWT', line: 'time="x" level=info msg="token is JWT, sorry"', kind: 'jwt' },
  { name: 'a JWT that was cut', line: 'saw JWTCUT', kind: 'jwt' },
  { name: 'basic auth', line: 'http.request.header="Basic BASIC"', kind: 'basic-auth' },
  { name: 'basic auth with its header', line: 'Authorization: Basic BASIC', kind: 'basic-auth' },
  {
    name: 'credentials in a URL',
    line: 'proxy http://USERPASS@proxy.example:3128/ refused',
    kind: 'url-credentials',
  },
  {
    name: 'a token as the user of a URL',
    line: 'clone https://OPAQUE@git.example/x.git',
    kind: 'url-credentials',
  },
  {
    name: 'a password in a query',
    line: 'GET /login?user=a&password=PASSWORD&b=c',
    kind: 'url-parameter',
  },
  {
    name: 'a token in a quoted query',
    line: 'uri="/x?a=1\\u0026access_token=OPAQUE"',
    kind: 'url-parameter',
  },
  {
    name: 'a link to S3',
    line: 'Location: https://s3.example/b?X-Amz-Signature=OPAQUE&y=1',
    kind: 'url-parameter',
  },
  {
    name: 'a link to Azure',
    line: 'redirect https://acc.example/c/b?sv=2024&sig=OPAQUE',
    kind: 'url-parameter',
  },
  {
    name: 'a password in JSON',
    line: '{"user":"a","password":"PASSWORD","b":2}',
    kind: 'password',
  },
  {
    name: 'a password in quoted JSON',
    line: 'msg="got {\\"password\\":\\"PASSWORD\\",\\"b\\":2}"',
    kind: 'password',
  },
  { name: 'a password with a quote', line: '{"clientSecret": "QUOTED", "b": 2}', kind: 'password' },
  { name: 'JSON that was cut', line: '{"user":"a","apiKey":"PASSWORD', kind: 'password' },
  {
    name: 'a setting of the registry',
    line: 'REGISTRY_STORAGE_S3_SECRETKEY=PASSWORD next',
    kind: 'password',
  },
  { name: 'its shared secret', line: 'env: REGISTRY_HTTP_SECRET=PASSWORD', kind: 'password' },
  { name: 'a password in logfmt', line: 'level=info password="PASSWORD" a=b', kind: 'password' },
  {
    name: 'a password on a command line',
    line: 'exec: skopeo --src-password PASSWORD copy',
    kind: 'password',
  },
  { name: 'a password in YAML', line: '  bindPassword: PASSWORD', kind: 'password' },
  {
    name: 'a pull secret',
    line: '{"auths":{"quay.io":{"auth":"BASIC","email":""}}}',
    kind: 'pull-secret',
  },
  {
    name: 'a pull secret in a quoted text',
    line: 'msg="{\\"auths\\":{\\"q\\":{\\"auth\\":\\"BASIC\\"}}}"',
    kind: 'pull-secret',
  },
  {
    name: 'a pull secret of a Secret',
    line: '{"data":{".dockerconfigjson":"PASSWORD"}}',
    kind: 'pull-secret',
  },
  { name: 'a pull secret in YAML', line: '  .dockerconfigjson: PASSWORD', kind: 'pull-secret' },
  { name: 'a private key in one line', line: 'key: "PEM" read', kind: 'private-key' },
];

/** Lines that look like secrets, and hold none. */
export const KEPT: readonly string[] = [
  'I1123 10:58:14.437217 1 main.go:25] Version: 4.21.0, registry eyJafjallajokull.example.com.zone',
  'pulling docker-pullable://quay.io/team/app@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  'docker://app@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  'vars.digest="sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"',
  'Www-Authenticate: Bearer realm="https://registry.example/openshift/token",service="x"',
  'Www-Authenticate: Basic realm=openshift',
  'the bearer authentication failed, and basic authentication too',
  'error authorizing context: authorization header required',
  'invalid token: Unauthorized',
  'openshift.auth.user=token http.request.uri="/openshift/token?account=viewer&scope=repository"',
  '"secret" : "openshift-image-registry/installation-pull-secrets" was not found',
  'syncing secret=image-registry-private-configuration key=value monkey=banana',
  'https://registry.example/v2/team-a/app/manifests/latest?ns=docker.io',
  'mailto alice@example.com about http://example.com/a@b',
  'no passwords, tokens, credentials or keys are here; passwordless=true, tokenizer=bpe',
  'Authorization: denied',
];

/** The line with a fresh secret in place of its word in capitals. */
export function planted(line: string): { readonly secret: string; readonly text: string } {
  for (const [word, make] of Object.entries(MAKERS)) {
    if (!line.includes(word)) continue;
    const { secret, around = secret } = make();
    return { secret, text: line.replaceAll(word, () => around) };
  }
  throw new Error(`no secret is to be planted in ${line}`);
}

interface Made {
  readonly secret: string;
  /** The secret with what belongs to it and stays. */
  readonly around?: string;
}

const MAKERS: Readonly<Record<string, () => Made>> = {
  JWTCUT: () => ({ secret: `${part({ alg: 'RS256', kid: 'x' })}.${part({ iss: 'x' })}.` }),
  JWT: () => ({
    secret: [part({ alg: 'RS256', kid: 'x' }), part({ iss: 'kubernetes' }), random()].join('.'),
  }),
  TOKEN: () => ({ secret: ['sha256', random().slice(0, 43)].join('~') }),
  OPAQUE: () => ({ secret: `k8s${random()}` }),
  USERPASS: () => ({ secret: `alice:${random()}` }),
  BASIC: () => ({ secret: Buffer.from(`alice:${random()}`).toString('base64') }),
  QUOTED: () => ({ secret: `a\\"${random()}` }),
  PASSWORD: () => ({ secret: `Pw9${random()}` }),
  PEM: () => {
    const dashes = '-'.repeat(5);
    const secret = `\\n${random()}\\n`;
    const around = `${dashes}BEGIN EC PRIVATE KEY${dashes}${secret}${dashes}END EC PRIVATE KEY${dashes}`;
    return { secret, around };
  },
};

let made = 0;
function random(): string {
  return createHash('sha256')
    .update(`purser ${(made += 1)}`)
    .digest('base64url');
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

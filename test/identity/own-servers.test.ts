import { suite, test } from 'node:test';
import { assertSilentAbout, SECRET } from './support/provider-check.ts';
import { play } from './support/stub-server.ts';
import type { Case } from './support/stub-server.ts';
import { page } from './support/sites.ts';

type Block = Readonly<Record<string, unknown>>;

const own = { ca: { name: 'ca' } };
const KEYSTONE = {
  type: 'Keystone',
  host: 'keystone.test',
  pages: { '/v3': page({ version: { id: 'v3.14', status: 'stable' } }) },
  block: { keystone: { ...own, url: 'https://keystone.test/v3', domainName: 'Default' } },
} as const;

const BASIC = {
  type: 'BasicAuth',
  host: 'basic.test',
  pages: {
    '/auth': { status: 401, headers: { 'www-authenticate': 'Basic realm="corp"' } },
  },
  block: { basicAuth: { ...own, url: 'https://basic.test/auth' } },
} as const;

const HEADER = { type: 'RequestHeader', host: 'sso.test', by: 'public', pages: {} } as const;
function header(block: Block) {
  return {
    requestHeader: {
      ...own,
      headers: ['X-Remote-User'],
      loginURL: 'https://sso.test/login/authorize?${query}',
      challengeURL: 'https://sso.test/challenge?${query}',
      clientCommonNames: ['sso-proxy'],
      ...block,
    },
  };
}

const CASES: readonly Case[] = [
  { ...KEYSTONE, what: 'version 3 is seen', sees: /it speaks v3\.14/ },
  {
    ...KEYSTONE,
    what: 'version 3 is found in the list at the root',
    pages: { '/': page({ versions: { values: [{ id: 'v2.0' }, { id: 'v3.8' }] } }, 300) },
    block: { keystone: { ...own, url: 'https://keystone.test', domainName: 'Default' } },
    sees: /it speaks v3\.8/,
  },
  {
    ...KEYSTONE,
    pages: { '/v3': page({ version: { id: 'v2.0' } }) },
    what: 'an old version is found',
    finds: ['error', 'configuration', /names v2\.0, and not v3/],
  },
  {
    ...KEYSTONE,
    pages: {},
    what: 'a server that is no Keystone is found',
    finds: ['error', 'not-found', /no Keystone is there/],
  },
  { ...BASIC, what: 'its challenge is seen', sees: /it asks for name and password/ },
  {
    ...BASIC,
    what: 'one that redirects is not followed, as OpenShift does not either',
    pages: {
      '/auth': { status: 302, headers: { location: '/login' } },
      '/login': BASIC.pages['/auth'],
    },
    finds: [
      'warning',
      'configuration',
      /\/auth redirects to https:\/\/basic\.test\/login, and OpenShift follows no redirect/,
      /answers 401 itself/,
    ],
  },
  {
    ...BASIC,
    pages: { '/auth': { status: 200, body: '{"sub":"anybody"}' } },
    what: 'a server that lets anybody in is found',
    finds: ['error', 'configuration', /200 to a request without a password/, /any login/],
  },
  {
    ...BASIC,
    pages: { '/auth': { status: 401, headers: { 'www-authenticate': 'Negotiate' } } },
    what: 'another challenge is warned of',
    finds: ['warning', 'configuration', /without asking for Basic/],
  },
  {
    ...BASIC,
    pages: {},
    what: 'a page that is not there is found',
    finds: ['error', 'not-found', /answers 404 instead of 401/],
  },
  {
    ...BASIC,
    pages: { '/auth': { status: 503 } },
    what: 'a server that fails is found',
    finds: ['error', 'server-error', /answers 503/],
  },
  {
    ...HEADER,
    what: 'its CA, its name and its address are seen',
    block: header({}),
    sees: /1 CA certificates to verify it with; its certificate is named sso-proxy; sso\.test answers/,
  },
  {
    ...HEADER,
    what: 'one without addresses is refused',
    block: header({ loginURL: '', challengeURL: '' }),
    finds: ['error', 'configuration', /neither loginURL nor challengeURL/],
  },
  {
    ...HEADER,
    what: 'an address that loses where people came from is refused',
    block: header({ loginURL: 'https://sso.test/login' }),
    finds: ['error', 'configuration', /loginURL holds neither/, /\$\{query\}/],
  },
  {
    ...HEADER,
    what: 'an address in the clear, which OpenShift takes, is warned of',
    block: header({ challengeURL: 'http://sso.test/?${url}' }),
    finds: ['warning', 'configuration', /challengeURL is an http address/],
  },
  {
    ...HEADER,
    what: 'an address that is none is refused',
    block: header({ challengeURL: 'ftp://sso.test/?${url}' }),
    finds: ['error', 'configuration', /challengeURL is no https address/],
  },
  {
    ...HEADER,
    what: 'an address that passes it on in its path only is refused',
    block: header({ challengeURL: 'https://sso.test/${url}?a=b#${query}' }),
    finds: ['error', 'configuration', /challengeURL holds neither .* in its query/],
  },
  {
    ...HEADER,
    what: 'an address for browsers that does not end as OpenShift wants it is refused',
    block: header({ loginURL: 'https://sso.test/authorize/?${query}' }),
    finds: [
      'error',
      'configuration',
      /path of requestHeader\.loginURL does not end in "\/authorize"/,
    ],
  },
  {
    ...HEADER,
    what: 'one that any certificate may speak for is warned of',
    block: header({ clientCommonNames: [] }),
    finds: ['warning', 'configuration', /any certificate of that CA/, /clientCommonNames/],
  },
  {
    ...HEADER,
    what: 'a CA that cannot be read is found',
    block: header({}),
    material: { 'requestHeader.ca': 'no certificate' },
    finds: ['error', 'configuration', /requestHeader\.ca: 0 of 1 certificates/, /PEM/],
  },
];

for (const [type, cases] of Map.groupBy(CASES, (each) => each.type)) {
  suite(`of a ${type} provider`, () => {
    for (const each of cases) test(each.what, () => play(each));
  });
}

test('no client secret is in any output', () => assertSilentAbout([SECRET]));

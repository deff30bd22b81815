import { suite, test } from 'node:test';
import { assertSilentAbout, SECRET } from './support/provider-check.ts';
import { play } from './support/stub-server.ts';
import type { Case } from './support/stub-server.ts';
import { discovery, KEYS, page } from './support/sites.ts';

type Block = Readonly<Record<string, unknown>>;

const secret = { clientID: 'c', clientSecret: { name: 's' } };
const own = { ca: { name: 'ca' } };
const JSON_401 = page({ message: '401 Unauthorized' }, 401);

const GITHUB = {
  type: 'GitHub',
  host: 'api.github.com',
  by: 'public',
  pages: { '/': page({}) },
} as const;
const ENTERPRISE = {
  type: 'GitHub',
  host: 'ghe.test',
  pages: { '/api/v3/': JSON_401 },
} as const;
function enterprise(block: Block) {
  return {
    github: { ...secret, ...own, hostname: 'ghe.test', organizations: ['corp'], ...block },
  };
}

const GITLAB = {
  type: 'GitLab',
  host: 'gitlab.test',
  pages: { '/api/v4/version': JSON_401 },
  block: { gitlab: { ...secret, ...own, url: 'https://gitlab.test' } },
} as const;

const GOOGLE = 'https://accounts.google.com';
function google(block: Block) {
  return { google: { ...secret, ...block } };
}
const GOOGLE_SITE = {
  type: 'Google',
  host: 'accounts.google.com',
  by: 'public',
  pages: {
    '/.well-known/openid-configuration': page(
      discovery(GOOGLE, { jwks_uri: 'https://www.googleapis.com/oauth2/v3/certs' }),
    ),
    '/oauth2/v3/certs': page(KEYS),
  },
} as const;

const CASES: readonly Case[] = [
  {
    ...GITHUB,
    what: 'its organisations are named',
    block: { github: { ...secret, organizations: ['corp', 'corp-labs'] } },
    finds: ['note', 'configuration', /members of the organizations corp, corp-labs/],
    sees: /its API answers/,
  },
  {
    ...GITHUB,
    what: 'its teams are named',
    block: { github: { ...secret, teams: ['corp/devs'] } },
    finds: ['note', 'configuration', /members of the teams corp\/devs/],
  },
  {
    ...GITHUB,
    what: 'one without restriction is warned of',
    block: { github: secret },
    finds: ['warning', 'configuration', /every GitHub account/, /organizations or .*teams/],
  },
  {
    ...GITHUB,
    what: 'both restrictions at once are refused',
    block: { github: { ...secret, organizations: ['corp'], teams: ['corp/devs'] } },
    finds: ['error', 'configuration', /both organizations and teams/],
  },
  {
    ...GITHUB,
    what: 'a team without its organisation is refused',
    block: { github: { ...secret, teams: ['devs'] } },
    finds: ['error', 'configuration', /github\.teams holds devs/, /ORGANIZATION\/TEAM/],
  },
  {
    ...GITHUB,
    what: 'a CA without a host name is refused',
    block: { github: { ...secret, ...own, organizations: ['corp'] } },
    finds: ['error', 'configuration', /github\.ca is set without github\.hostname/],
  },
  {
    ...ENTERPRISE,
    what: 'an Enterprise that asks for a login answers',
    block: enterprise({}),
    sees: /ghe\.test answers.*its API answers/,
  },
  {
    ...ENTERPRISE,
    pages: {},
    what: 'a host that is no Enterprise is found',
    block: enterprise({}),
    finds: ['error', 'not-found', /no GitHub API is there/, /github\.hostname/],
  },
  {
    ...ENTERPRISE,
    what: 'github.com as a host name is refused',
    block: enterprise({ hostname: 'www.github.com' }),
    finds: ['error', 'configuration', /github\.hostname is www\.github\.com/, /leave it out/],
  },
  { ...GITLAB, what: 'its API answers', sees: /its API answers/ },
  {
    ...GITLAB,
    what: 'that it has no restriction is said',
    finds: ['note', 'configuration', /every account/],
  },
  {
    ...GITLAB,
    pages: { '/api/v4/version': { status: 200, body: '<html>' } },
    what: 'a page in place of its API is found',
    finds: ['error', 'configuration', /is no JSON/],
  },
  {
    ...GITLAB,
    pages: {},
    what: 'a server that is no GitLab is found',
    finds: ['error', 'not-found', /no GitLab API/, /gitlab\.url/],
  },
  {
    ...GOOGLE_SITE,
    what: 'its domain is named',
    block: google({ hostedDomain: 'corp.test' }),
    finds: ['note', 'configuration', /only accounts of corp\.test/],
    sees: /issuer equal to the letter.*signing keys load/,
  },
  {
    ...GOOGLE_SITE,
    what: 'one without a domain is refused',
    block: google({}),
    finds: ['error', 'configuration', /hostedDomain is not set/, /google\.hostedDomain/],
  },
  {
    ...GOOGLE_SITE,
    what: 'one without a domain may look people up',
    block: google({}),
    mappingMethod: 'lookup',
    sees: /authorization code flow offered/,
  },
];

for (const [type, cases] of Map.groupBy(CASES, (each) => each.type)) {
  suite(`of a ${type} provider`, () => {
    for (const each of cases) test(each.what, () => play(each));
  });
}

test('no client secret is in any output', () => assertSilentAbout([SECRET]));

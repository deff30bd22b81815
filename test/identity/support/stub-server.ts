import assert from 'node:assert/strict';
import type { Reply } from '../../registry/play.ts';
import {
  assertFinds,
  ca,
  runCheck,
  networkTo,
  publicCa,
  SECRET,
  setupOf,
} from './provider-check.ts';
import { site } from './sites.ts';

type Block = Readonly<Record<string, unknown>>;

/** What is served, what is configured, and what must come of it: a finding, or something seen. */
export interface Case {
  readonly what: string;
  readonly host: string;
  readonly pages: Readonly<Record<string, Reply>>;
  readonly type: string;
  readonly block: Block;
  readonly mappingMethod?: string;
  readonly material?: Readonly<Record<string, string>>;
  /** Default: a certificate of the provider's CA; `public` one that the system trusts. */
  readonly by?: 'public';
  readonly finds?: Parameters<typeof assertFinds>[1];
  readonly sees?: RegExp;
}

/** Serves the pages, checks the provider, and asserts what must come of it. */
export async function play(given: Case): Promise<void> {
  const { host, pages, type, block, material, mappingMethod, finds, sees } = given;
  // Google keeps its keys at another name.
  const names = [host, 'www.googleapis.com'];
  const pair = await (given.by === 'public' ? publicCa : ca).leaf(names);
  const server = await site(host, pages, pair);
  const place = Object.keys(block)[0] ?? '';
  const setup = setupOf(
    { name: 'corp', type, mappingMethod, ...block },
    { [`${place}.ca`]: ca.cert, [`${place}.clientSecret`]: SECRET, ...material },
    networkTo(Object.fromEntries(names.map((name) => [name, server.port]))),
  );
  try {
    const check = await runCheck(setup);
    if (finds !== undefined) assertFinds(check, finds);
    if (sees !== undefined) {
      assert.match(check.seen.join('; '), sees);
      assert.notEqual(check.verdict, 'broken', JSON.stringify(check.findings));
    }
    for (const { headers } of server.seen) assert.equal(headers.authorization, undefined);
  } finally {
    await server.close();
  }
}

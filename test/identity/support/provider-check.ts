import assert from 'node:assert/strict';
import type { FindingSeverity } from '../../../src/domain/finding.ts';
import type { ProviderCheck } from '../../../src/identity/model/provider-check.ts';
import { checkProvider, findPerson } from '../../../src/identity/check.ts';
import type { Material, Network, Provider, Setup } from '../../../src/identity/setup.ts';
import { createCa } from '../../registry/certificates.ts';

/** The CA that stands for the system's roots in these tests, and the one of a provider. */
export const ca = await createCa('Provider CA');
export const publicCa = await createCa('Public CA');
export const untrustedCa = await createCa('Stranger');

export const SECRET = 'the-client-secret-of-the-provider';

/** Every text that a check gave back in this process: the search for secrets goes through them. */
export const outputs: string[] = [];

/** A provider with its material: by field, a text or why there is none. */
export function setupOf(
  provider: Provider & Readonly<Record<string, unknown>>,
  material: Readonly<Record<string, string | Exclude<Material, string>>> = {},
  network: Network = {},
): Setup {
  const entries = Object.entries(material).map(([field, value]): [string, Material] => [
    field,
    typeof value === 'string' && !WORDS.includes(value) ? { found: value } : (value as Material),
  ]);
  return { provider, material: new Map(entries), network };
}

const WORDS = ['missing', 'forbidden', 'no-such-key', 'not-read'];

/** Names lead to a port of this machine; what no port is given for is not there. */
export function networkTo(ports: Readonly<Record<string, number>>): Network {
  return {
    roots: publicCa.cert,
    connect: ({ hostname }) => {
      const port = ports[hostname];
      return port === undefined ? undefined : { host: '127.0.0.1', port };
    },
  };
}

export async function runCheck(setup: Setup, withinMs?: number): Promise<ProviderCheck> {
  const check = await checkProvider(setup, timeout(), withinMs);
  outputs.push(JSON.stringify(check));
  return check;
}

export async function lookUpPerson(setup: Setup, name: string) {
  const found = await findPerson(setup, name, timeout());
  outputs.push(JSON.stringify(found));
  return found;
}

/** Asserts that there is a finding of that severity and cause that says so, and how to mend it. */
export function assertFinds(
  check: ProviderCheck,
  [severity, cause, text, advice]: readonly [FindingSeverity, string, RegExp, RegExp?],
): void {
  const { findings } = check;
  const found = findings.find(
    (each) => each.severity === severity && each.cause === cause && text.test(each.text),
  );
  assert.ok(found, `no ${severity} ${cause} ${text} among ${JSON.stringify(findings, null, 1)}`);
  if (advice !== undefined) assert.match(found.advice ?? '', advice);
}

/** Asserts that nothing is against the provider. */
export function assertSound(check: ProviderCheck): void {
  assert.equal(check.verdict, 'sound', JSON.stringify(check.findings, null, 1));
}

export function timeout(): AbortSignal {
  return AbortSignal.timeout(60_000);
}

/** Nothing that was told may hold a secret. */
export function assertSilentAbout(secrets: readonly string[]): void {
  assert.ok(outputs.length > 0, 'nothing was told');
  for (const secret of secrets) {
    assert.ok(
      !outputs.some((each) => each.includes(secret)),
      `a finding holds ${secret.slice(0, 8)}…`,
    );
  }
}

import type { Notes } from './notes.ts';
import { missingFields, OAUTH_TYPES } from './provider-fields.ts';
import type { Provider } from './setup.ts';

const METHODS = ['claim', 'lookup', 'add', 'generate'];

/** What can be said of a provider from its configuration alone: name, type, mapping, fields. */
export function noteConfiguration(provider: Provider, notes: Notes): void {
  const { name, type, mappingMethod } = provider;
  // The name is a part of Identities' names, which allow no more (openshift-facts.md 4.1).
  if (name === '' || name === '.' || name === '..' || /[:/%]/.test(name)) {
    notes.broken(
      'configuration',
      `${JSON.stringify(name)} is no name for a provider`,
      'name it without ":", "/" and "%"',
    );
  }
  if (type !== 'OIDC' && !OAUTH_TYPES.includes(type)) {
    notes.broken(
      'configuration',
      `type ${JSON.stringify(type)} is none of ${OAUTH_TYPES.join(', ')}`,
      'correct the type',
    );
  }
  if (mappingMethod !== undefined && mappingMethod !== '' && !METHODS.includes(mappingMethod)) {
    notes.broken(
      'configuration',
      `mappingMethod ${JSON.stringify(mappingMethod)} is none of ${METHODS.join(', ')}`,
      'correct it; left out, it is claim',
    );
  }
  for (const field of missingFields(provider)) {
    notes.broken('configuration', `${field} is not set`, `set it (oc edit ${editOf(type)})`);
  }
}

/** Names that two providers have: OpenShift takes neither. */
export function twins(providers: readonly Provider[]): readonly string[] {
  const byName = Map.groupBy(providers, ({ name }) => name);
  return [...byName].flatMap(([name, all]) => (all.length > 1 ? [name] : []));
}

function editOf(type: string): string {
  return type === 'OIDC' ? 'authentication cluster' : 'oauth cluster';
}

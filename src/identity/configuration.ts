import type { Notes } from './notes.ts';
import { missingFields, OAUTH_TYPES } from './provider-fields.ts';
import type { Provider } from './setup.ts';

const METHODS = ['claim', 'lookup', 'add', 'generate'];

/** Checks the configuration of a provider alone: name, type, mapping method and required fields. */
export function noteConfiguration(provider: Provider, notes: Notes): void {
  noteName(provider, notes);
  noteKind(provider, notes);
  for (const field of missingFields(provider)) {
    notes.broken('configuration', `${field} is not set`, `set it (oc edit ${editOf(provider)})`);
  }
}

/** Names that two providers share: OpenShift refuses both. */
export function duplicateNames(providers: readonly Provider[]): readonly string[] {
  const byName = Map.groupBy(providers, ({ name }) => name);
  return [...byName].flatMap(([name, all]) => (all.length > 1 ? [name] : []));
}

// The name becomes part of the names of Identities, which allow only these characters (openshift-facts.md
// 4.1).
function noteName({ name }: Provider, notes: Notes): void {
  if (!['', '.', '..'].includes(name) && !/[:/%]/.test(name)) return;
  notes.broken(
    'configuration',
    `${JSON.stringify(name)} is no name for a provider`,
    'name it without ":", "/" and "%"',
  );
}

function noteKind({ type, mappingMethod = '' }: Provider, notes: Notes): void {
  if (type !== 'OIDC' && !OAUTH_TYPES.includes(type)) {
    notes.broken(
      'configuration',
      `type ${JSON.stringify(type)} is none of ${OAUTH_TYPES.join(', ')}`,
      'correct the type',
    );
  }
  if (mappingMethod === '' || METHODS.includes(mappingMethod)) return;
  notes.broken(
    'configuration',
    `mappingMethod ${JSON.stringify(mappingMethod)} is none of ${METHODS.join(', ')}`,
    'correct it; left out, it is claim',
  );
}

function editOf({ type }: Provider): string {
  return type === 'OIDC' ? 'authentication cluster' : 'oauth cluster';
}

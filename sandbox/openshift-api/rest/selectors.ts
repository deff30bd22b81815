import type { KubeObject } from './object.ts';
import { badRequest } from './status.ts';

const SET_TERM = /^([^\s!=(),]+)\s+(in|notin)\s+\(([^()]*)\)$/;
const EQUALITY_TERM = /^([^\s!=(),]+)\s*(==|=|!=)\s*([^\s!=(),]*)$/;
const EXISTS_TERM = /^(!?)\s*([^\s!=(),]+)$/;

/** Whether an object matches a selector. */
export type Match = (object: KubeObject) => boolean;

/** A kind's own selectable fields beside metadata.name and metadata.namespace. */
export type Fields = (object: KubeObject) => Readonly<Record<string, string>>;

/**
 * Reads the `labelSelector` of a query (=, ==, !=, in, notin, exists, !exists; joined by commas).
 * As in Kubernetes, != and notin also take objects without the label. Throws a 400.
 */
export function labelMatch(selector: string): Match {
  const terms = splitTerms(selector).map(labelTerm);
  return (object) => terms.every((term) => term(object.metadata.labels ?? {}));
}

/** Reads the `fieldSelector` of a query (=, ==, !=); throws a 400 for a field that is not selectable. */
export function fieldMatch(selector: string, fields: Fields, known: readonly string[]): Match {
  const terms = splitTerms(selector).map((term) => {
    const [, field = '', operator, value = ''] = fieldTerm(term);
    if (!['metadata.name', 'metadata.namespace', ...known].includes(field)) {
      throw badRequest(`field label not supported: ${field}`);
    }
    return { field, value, equal: operator !== '!=' };
  });
  return (object) => {
    const { name = '', namespace = '' } = object.metadata;
    const values: Readonly<Record<string, string>> = {
      ...fields(object),
      'metadata.name': name,
      'metadata.namespace': namespace,
    };
    return terms.every(({ field, value, equal }) => ((values[field] ?? '') === value) === equal);
  };
}

type LabelTerm = (labels: Readonly<Record<string, string>>) => boolean;

function labelTerm(term: string): LabelTerm {
  const set = SET_TERM.exec(term);
  if (set !== null) {
    const [, key = '', operator, list = ''] = set;
    const values = list.split(',').map((value) => value.trim());
    return operator === 'in'
      ? (labels) => values.includes(labels[key] ?? '') && key in labels
      : (labels) => !(key in labels) || !values.includes(labels[key] ?? '');
  }
  const equality = EQUALITY_TERM.exec(term);
  if (equality !== null) {
    const [, key = '', operator, value = ''] = equality;
    return (labels) => (labels[key] === value) === (operator !== '!=');
  }
  const exists = EXISTS_TERM.exec(term);
  if (exists !== null) {
    const [, not, key = ''] = exists;
    return (labels) => key in labels === (not === '');
  }
  throw badRequest(`unable to parse requirement: ${JSON.stringify(term)} in the label selector`);
}

/** Values of field selectors escape `=`, `,` and `\`, and hold `:` and `~`, which labels cannot. */
function fieldTerm(term: string): readonly string[] {
  const found = /^([^=!\s]+)\s*(==|=|!=)\s*(.*)$/.exec(term);
  if (found === null) {
    throw badRequest(`invalid field selector: ${JSON.stringify(term)}; expected <field>=<value>`);
  }
  const [, field = '', operator = '', value = ''] = found;
  return [term, field, operator, value.replaceAll(/\\(.)/g, '$1')];
}

/** Splits at commas that are neither inside parentheses nor escaped. */
function splitTerms(selector: string): string[] {
  const parts = selector.match(/(?:\([^()]*\)|\\.|[^,(])+/g) ?? [];
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

import { AndFilter, EqualityFilter, FilterParser } from 'ldapts';
import type { Filter } from 'ldapts';

/** Whether a text is a search filter (RFC 4515). */
export function isFilter(text: string): boolean {
  try {
    FilterParser.parseString(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * The filter by which OpenShift's OAuth server searches for a person who logs in, in the form in which
 * it is sent. The name is a value of its own there and never a part of a filter's text, so that no
 * sign in it means anything.
 */
export function filterFor(
  { filter, attribute }: { readonly filter: string; readonly attribute: string },
  name: string,
): Filter {
  const named = new EqualityFilter({ attribute, value: Buffer.from(name, 'utf8') });
  return new AndFilter({ filters: [FilterParser.parseString(filter), named] });
}

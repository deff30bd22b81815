import { createFieldReader, unquote } from '../audit/logfmt.ts';
import { wildcardMatcher } from '../../domain/wildcard.ts';
import { withoutInnerTimes } from '../stream/time.ts';

/** Which lines to show. A missing field matches every line. */
export interface LineCriteria {
  readonly grep?: RegExp | undefined;
  /** A user's name; `*` matches anything. Lines that name no user don't match. */
  readonly user?: string | undefined;
  /** HTTP statuses, each a number or a class: `404`, `5xx`. Lines without a status don't match. */
  readonly statuses?: readonly string[] | undefined;
  /** RFC 3339, UTC: the earliest and the latest time of a line. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

const TIME_WIDTH = '2026-11-23T10:58:14.437217658Z'.length;
const [USER, STATUS] = [0, 1] as const;

/**
 * Makes a function that tells whether a stored line matches: its time, a blank, and the container's own line.
 */
export function createLineFilter(wanted: LineCriteria): (line: Buffer) => boolean {
  const { grep, user, statuses, since, until } = wanted;
  const read = createFieldReader(['openshift.auth.user', 'http.response.status']);
  const spans = new Int32Array(4);
  const isUser = wildcardMatcher(user);
  const isStatus = statuses && new RegExp(`^(?:${statuses.join('|').replaceAll(/x/gi, '\\d')})$`);
  const value = (line: Buffer, field: number) => {
    const start = spans[2 * field] ?? -1;
    return start === -1 ? '' : unquote(line.toString('utf8', start, spans[2 * field + 1]));
  };
  const hasFields = (line: Buffer) => {
    const own = withoutInnerTimes(line.subarray(TIME_WIDTH + 1));
    read(own, spans);
    const isHis = user === undefined || (spans[2 * USER] !== -1 && isUser(value(own, USER)));
    return isHis && (isStatus === undefined || isStatus.test(value(own, STATUS)));
  };
  const asksFields = user !== undefined || isStatus !== undefined;
  return (line) => {
    const time = line.toString('latin1', 0, TIME_WIDTH);
    if (since !== undefined && time < since) return false;
    if (until !== undefined && time > until) return false;
    if (asksFields && !hasFields(line)) return false;
    return grep === undefined || grep.test(line.toString('utf8'));
  };
}

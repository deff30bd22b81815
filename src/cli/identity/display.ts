import type {
  IdentityCheck,
  ProviderCheck,
  ProviderFinding,
} from '../../identity/model/provider-check.ts';
import { formatTable } from '../display/table.ts';

const HEAD = ['PROVIDER', 'TYPE', 'VERDICT', 'FINDING', 'ADVICE'];

/**
 * The result of checking the identity providers, as a table with a row for each finding. Findings are
 * wrapped to `width`, that of the terminal. Without a width each finding stays in one line.
 */
export function formatIdentityCheck(found: IdentityCheck, width?: number): string {
  const { kind, target, providers, findings, clusterName } = found;
  if (kind === 'absent') {
    return `${target} serves no config.openshift.io: there is no identity provider to check`;
  }
  if (kind === 'none') {
    return `${target}: Authentication/cluster has type None, so no user can log in; configure an identity provider`;
  }
  if (providers.length === 0 && kind === 'oidc') {
    return `${target}: Authentication/cluster has type OIDC and no provider, so no user can log in; add one (oc edit authentication cluster)`;
  }
  if (providers.length === 0) {
    return `${target} has no identity provider: only kubeadmin can log in; add one (oc edit oauth cluster)`;
  }
  const rows = [...providers.flatMap(rowsOf), ...findings.map(ownRow)];
  const named =
    clusterName === undefined ? [] : [`The user's name on the cluster is ${clusterName}.`];
  return [formatTable(HEAD, wrapRows(rows, width)), ...named].join('\n');
}

const NARROWEST = 24;

/** Gives finding and advice the width that the short columns leave: two thirds and one third. */
function wrapRows(rows: readonly (readonly string[])[], width: number | undefined) {
  if (width === undefined) return rows;
  const short = [0, 1, 2].map((column) =>
    Math.max(...[HEAD, ...rows].map((row) => row[column]?.length ?? 0)),
  );
  const left = width - short.reduce((sum, each) => sum + each + 2, 2);
  const findingWidth = Math.max(NARROWEST, Math.floor((left * 2) / 3));
  const adviceWidth = Math.max(NARROWEST, left - findingWidth);
  return rows.flatMap(([provider = '', type = '', verdict = '', text = '', advice = '']) => {
    const [findingLines, adviceLines] = [wrap(text, findingWidth), wrap(advice, adviceWidth)];
    return Array.from({ length: Math.max(findingLines.length, adviceLines.length) }, (_, line) => [
      ...(line === 0 ? [provider, type, verdict] : ['', '', '']),
      findingLines[line] ?? '',
      adviceLines[line] ?? '',
    ]);
  });
}

/** Lines of whole words; a word that is too long for one (an address) stays whole. */
function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

function rowsOf({ provider, type, verdict, findings, seen }: ProviderCheck) {
  const rows = findings.map((each) => [findingText(each), each.advice ?? ''] as const);
  const all = seen.length === 0 ? rows : [[seen.join('; '), ''] as const, ...rows];
  // Only the first row of a provider names it.
  return (all.length === 0 ? [['nothing to check', ''] as const] : all).map((row, index) =>
    index === 0 ? [provider, type, verdict, ...row] : ['', '', '', ...row],
  );
}

function ownRow(finding: ProviderFinding): readonly string[] {
  const { provider, severity, advice = '' } = finding;
  return [provider === '' ? '(all)' : provider, '', severity, findingText(finding), advice];
}

function findingText({ severity, cause, text }: ProviderFinding): string {
  const why = severity === 'error' || severity === 'warning' ? `${severity} [${cause}]` : severity;
  return `${why}: ${text}`;
}

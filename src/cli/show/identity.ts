import type {
  IdentityCheck,
  ProviderCheck,
  ProviderFinding,
} from '../../domain/login/provider-check.ts';
import { formatTable } from './table.ts';

const HEAD = ['PROVIDER', 'TYPE', 'VERDICT', 'FINDING', 'WHAT WOULD MEND IT'];

/** What was found out about identity providers, as a table: one row a finding. */
export function formatIdentityCheck(found: IdentityCheck): string {
  const { kind, target, providers, findings, clusterName } = found;
  if (kind === 'absent') {
    return `${target} serves no config.openshift.io: there is no identity provider to check`;
  }
  if (kind === 'none') {
    return `${target}: Authentication/cluster has type None, so nobody can log in; configure an identity provider`;
  }
  if (providers.length === 0 && kind === 'oidc') {
    return `${target}: Authentication/cluster has type OIDC and no provider, so nobody can log in; add one (oc edit authentication cluster)`;
  }
  if (providers.length === 0) {
    return `${target} has no identity provider: nobody but kubeadmin can log in; add one (oc edit oauth cluster)`;
  }
  const rows = [...providers.flatMap(rowsOf), ...findings.map(ownRow)];
  const named =
    clusterName === undefined ? [] : [`The cluster knows that person as ${clusterName}.`];
  return [formatTable(HEAD, rows), ...named].join('\n');
}

function rowsOf({ provider, type, verdict, findings, seen }: ProviderCheck) {
  const rows = findings.map((each) => [said(each), each.mend] as const);
  const all = seen.length === 0 ? rows : [[seen.join('; '), ''] as const, ...rows];
  // A provider is named once, at its first row.
  return (all.length === 0 ? [['nothing to check', ''] as const] : all).map((row, index) =>
    index === 0 ? [provider, type, verdict, ...row] : ['', '', '', ...row],
  );
}

function ownRow(finding: ProviderFinding): readonly string[] {
  const { provider, weight, mend } = finding;
  return [provider === '' ? '(all)' : provider, '', weight, said(finding), mend];
}

function said({ weight, cause, text }: ProviderFinding): string {
  const why = weight === 'broken' || weight === 'warning' ? `${weight} [${cause}]` : weight;
  return `${why}: ${text}`;
}

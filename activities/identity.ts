import { readConfigSecret, readIdentitySource } from '../src/cluster/identity-config.ts';
import type { IdentitySource, ProviderConfig } from '../src/cluster/identity-config.ts';
import { PurserError } from '../src/domain/errors.ts';
import type { Step } from '../src/domain/report.ts';
import type { Subject } from '../src/domain/subject.ts';
import { parseHtpasswd } from '../src/identity/htpasswd.ts';
import { missingFields, valueAt } from '../src/identity/provider-fields.ts';
import { attempt } from './attempt.ts';
import type { Target } from './target.ts';

export interface CheckedIdentity {
  readonly step: Step;
  readonly findings: readonly string[];
}

export const createIdentityActivities = (target: Target) => ({
  /**
   * Checks that people can log in at all: which identity providers are configured, whether each is
   * complete, and for HTPasswd whether the person is in the file.
   *
   * Throws `IdentityProviderMissing` where there is none: then nobody but kubeadmin can log in.
   */
  async checkIdentityProvider(input: { readonly subject: Subject }): Promise<CheckedIdentity> {
    return attempt(async ({ signal }) => {
      const began = performance.now();
      const { detail, outcome, findings } = await check(target, input.subject, signal);
      const durationMs = Math.round(performance.now() - began);
      return { step: { name: 'identity provider', outcome, detail, durationMs }, findings };
    });
  },
});

interface Judgement {
  readonly outcome: 'passed' | 'not-applicable';
  readonly detail: string;
  readonly findings: readonly string[];
}

async function check(target: Target, subject: Subject, signal: AbortSignal): Promise<Judgement> {
  if (subject.kind === 'ServiceAccount') {
    return notApplicable('a service account logs in without an identity provider');
  }
  const source = await readIdentitySource(target.cluster, signal);
  switch (source.kind) {
    case 'absent':
      return notApplicable(
        'this cluster has no OpenShift identity configuration (plain Kubernetes?)',
        ['no identity provider could be checked: the cluster serves no config.openshift.io'],
      );
    case 'none':
      throw new PurserError(
        'IdentityProviderMissing',
        'Authentication/cluster has type None: nobody can log in. Configure an identity provider first',
      );
    case 'oidc':
      return passed(`external OIDC issuer: ${source.providers.join(', ') || 'none named'}`, []);
    case 'oauth':
      return judgeProviders(target, source, subject, signal);
  }
}

async function judgeProviders(
  target: Target,
  { providers }: Extract<IdentitySource, { kind: 'oauth' }>,
  subject: Subject,
  signal: AbortSignal,
): Promise<Judgement> {
  if (providers.length === 0) {
    throw new PurserError(
      'IdentityProviderMissing',
      'OAuth/cluster has no identity provider: nobody but kubeadmin can log in. Add one to spec.identityProviders first (oc edit oauth cluster)',
    );
  }
  const files = await Promise.all(
    providers.map((provider) => judgeHtpasswd(target, provider, subject, signal)),
  );
  const findings = [...providers.flatMap(missingFields), ...files.flatMap((file) => file.findings)];
  const isEverywhere = providers.every(({ type }) => type === 'HTPasswd');
  const isKnown = files.some((file) => file.holdsSubject !== false);
  if (subject.kind === 'User' && isEverywhere && !isKnown) {
    findings.push(
      `${subject.name} is in none of the HTPasswd files: nobody can log in under that name`,
    );
  }
  const names = providers.map(({ name, type }) => `${name} (${type})`).join(', ');
  return passed(names, findings);
}

interface FileJudgement {
  readonly findings: readonly string[];
  /** undefined: not an HTPasswd provider, or its file may not be read. */
  readonly holdsSubject?: boolean;
}

async function judgeHtpasswd(
  target: Target,
  provider: ProviderConfig,
  subject: Subject,
  signal: AbortSignal,
): Promise<FileJudgement> {
  const name = valueAt(provider, 'htpasswd.fileData.name');
  if (provider.type !== 'HTPasswd' || typeof name !== 'string') return { findings: [] };
  if (!target.readSecrets) {
    return {
      findings: [`provider ${provider.name}: its file was not read (identity.readSecrets is off)`],
    };
  }
  const file = await readConfigSecret(target.cluster, name, 'htpasswd', signal);
  const where = `provider ${provider.name}: Secret openshift-config/${name}`;
  if (file === 'forbidden') return { findings: [`${where} may not be read by Purser`] };
  if (file === 'missing') return { findings: [`${where} does not exist`], holdsSubject: false };
  if (file === 'no-such-key') {
    return { findings: [`${where} has no key htpasswd`], holdsSubject: false };
  }
  const { entries, badLines } = parseHtpasswd(file.found);
  const bad = badLines.length === 0 ? [] : [`${where}: line ${badLines.join(', ')} is no entry`];
  const empty = entries.length === 0 ? [`${where} holds no user`] : [];
  return {
    findings: [...bad, ...empty],
    holdsSubject: subject.kind === 'User' && entries.some(({ user }) => user === subject.name),
  };
}

function passed(detail: string, findings: readonly string[]): Judgement {
  return { outcome: 'passed', detail, findings };
}

function notApplicable(detail: string, findings: readonly string[] = []): Judgement {
  return { outcome: 'not-applicable', detail, findings };
}

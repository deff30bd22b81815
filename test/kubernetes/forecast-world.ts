import type { TestContext } from 'node:test';
import type { Cluster } from '../../src/kubernetes/api/cluster.ts';
import { refusal, startKube } from './kube-server.ts';
import type { Kube } from './kube-server.ts';

const USERS = '/apis/user.openshift.io/v1';

/** A User that is there. */
export interface Account {
  readonly uid: string;
  readonly identities: readonly string[];
}

/** The User dana, if there, and Identities. */
export interface Known {
  readonly user?: Account;
  /** `provider:user` => the name and uid that it leads to; empty for nowhere. */
  readonly identities?: Readonly<
    Record<string, readonly [name: string, uid: string] | readonly []>
  >;
}

/** A user API that answers field selectors as oauth-apiserver does (openshift-facts.md 4.1). */
export async function kubeOf(t: TestContext, { user, identities = {} }: Known): Promise<Kube> {
  const items = Object.entries(identities).map(([name, [leadsTo = '', uid = '']]) => ({
    metadata: { name },
    providerName: name.split(':')[0],
    providerUserName: name.split(':').slice(1).join(':'),
    user: leadsTo === '' ? {} : { name: leadsTo, uid },
  }));
  return startKube(t, ({ path, query }) => {
    if (path === `${USERS}/identities`) {
      const [field = '', value = ''] = (query['fieldSelector'] ?? '').split('=');
      const of = (each: (typeof items)[number]) =>
        field === 'user.name' ? each.user.name : each.providerUserName;
      return { status: 200, body: { items: items.filter((each) => of(each) === value) } };
    }
    if (user === undefined || path !== `${USERS}/users/dana`) return refusal(404, 'NotFound', 'no');
    const metadata = { name: 'dana', uid: user.uid };
    return { status: 200, body: { metadata, identities: user.identities } };
  });
}

/** A client of one. */
export async function clusterOf(t: TestContext, known: Known): Promise<Cluster> {
  return (await kubeOf(t, known)).cluster();
}

import type { X509Certificate } from 'node:crypto';

/**
 * Certificates without those that close a cycle of CAs that have signed each other, as CAs do when one is
 * renewed with another key. In a cycle, Node 26.10 looks for the issuer of an issuer for ever, in each
 * handshake: the whole process hangs. First to go is a certificate with the name and key of another that
 * stays, so that the CA is still trusted. If a cycle has no such certificate, its last one goes.
 */
export function withoutCycles(all: readonly X509Certificate[]): readonly X509Certificate[] {
  // The search stops at a root.
  const roots = all.filter((each) => each.checkIssued(each));
  const others = all.filter((each) => !roots.includes(each));
  const isReplaceable = (each: X509Certificate) => roots.some((root) => isSameCa(root, each));
  const inOrder = [
    ...others.filter((each) => !isReplaceable(each)),
    ...others.filter((each) => isReplaceable(each)),
  ];
  const kept = new Set<X509Certificate>();
  for (const each of inOrder) {
    if (!hasPathTo(each, each, kept)) kept.add(each);
  }
  return all.filter((each) => roots.includes(each) || kept.has(each));
}

function isSameCa(one: X509Certificate, other: X509Certificate): boolean {
  return one.subject === other.subject && one.publicKey.equals(other.publicKey);
}

/** Whether issuers among `kept` lead from one certificate to another; each is visited once. */
function hasPathTo(
  from: X509Certificate,
  to: X509Certificate,
  kept: ReadonlySet<X509Certificate>,
): boolean {
  const reached = new Set([from]);
  for (const each of reached) {
    if (each !== to && each.checkIssued(to)) return true;
    for (const issuer of kept) if (each.checkIssued(issuer)) reached.add(issuer);
  }
  return false;
}

import type { X509Certificate } from 'node:crypto';

/**
 * Certificates without those that close a circle of CAs that have signed each other, as they do when one is
 * renewed with another key. Node 26.10 looks for the issuer of an issuer for ever in one, in each handshake:
 * the whole process stands still. Left out first is what has the name and the key of another that stays,
 * which is trusted all the same; in a circle of none but such as have no other, the last.
 */
export function withoutCircles(all: readonly X509Certificate[]): readonly X509Certificate[] {
  // It stops at a root.
  const roots = all.filter((each) => each.checkIssued(each));
  const others = all.filter((each) => !roots.includes(each));
  const isSpare = (each: X509Certificate) => roots.some((root) => isSameCa(root, each));
  const inOrder = [
    ...others.filter((each) => !isSpare(each)),
    ...others.filter((each) => isSpare(each)),
  ];
  const kept = new Set<X509Certificate>();
  for (const each of inOrder) {
    if (!leadsTo(each, each, kept)) kept.add(each);
  }
  return all.filter((each) => roots.includes(each) || kept.has(each));
}

function isSameCa(one: X509Certificate, other: X509Certificate): boolean {
  return one.subject === other.subject && one.publicKey.equals(other.publicKey);
}

/** Whether one comes from a certificate to another by issuers among `kept`; each of them is looked at once. */
function leadsTo(
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

/**
 * The claim in a request's `User-Agent` to be Purser: `proof <id>`, `probe`, `purser` for any other agent
 * of that name, and '' for all others. Any client can send it: it is a claim, not a proof.
 */
export function claimOf(agent: string): string {
  if (!/^purser/i.test(agent)) return '';
  const [, inBrackets] = /^purser\/[\w.+-]{1,64} \((proof [0-9a-f]{16}|probe)\)$/.exec(agent) ?? [];
  return inBrackets ?? OTHER_CLAIM;
}

export const OTHER_CLAIM = 'purser';
export const PROBE_CLAIM = 'probe';

/** The id of the proof that a claim names, if it names one. */
export function proofOf(claim: string): string | undefined {
  return claim.startsWith('proof ') ? claim.slice('proof '.length) : undefined;
}

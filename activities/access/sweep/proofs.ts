import type { Binding } from '../../../src/kubernetes/api/objects.ts';
import { isNotFound } from '../../../src/kubernetes/api/failure.ts';
import { ANNOTATIONS, LABELS } from '../../../src/kubernetes/labels.ts';
import {
  deleteThing,
  listAnchors,
  listCanaries,
  listTokens,
} from '../../../src/access/proof-things.ts';
import type { ProofThing } from '../../../src/access/proof-things.ts';
import { createSweepTally } from '../../../src/access/model/sweep.ts';
import type { SweptKind, SweptPart, Tally } from '../../../src/access/model/sweep.ts';
import { attempt } from '../../attempt.ts';
import type { RunState } from '../../executions.ts';
import type { Target } from '../../target.ts';
import { forEachConcurrently, describeRefusal } from './for-each.ts';

export function createProofSweepActivities(target: Target) {
  return {
    /**
     * Finds what proofs of this installation have left: Secrets, tokens, canaries. Deletes those whose run
     * has ended. An object of an unknown run is reported and stays, and so does an object with the marks
     * that is not what Purser makes.
     */
    async sweepProofs(): Promise<{ readonly parts: readonly SweptPart[] }> {
      return attempt(async ({ signal, show }) => {
        const installation = await target.executions.installation();
        const context = { target, installation, signal, runs: new Map() };
        const parts: SweptPart[] = [];
        for (const kind of ['secret', 'token', 'canary'] as const) {
          show(`looking for what is left: ${kind}`);
          // One kind after the other: none is urgent
          parts.push(await sweepKind(context, kind));
        }
        return { parts };
      });
    },
  };
}

interface ProofSweepContext {
  readonly target: Target;
  readonly installation: string;
  readonly signal: AbortSignal;
  /** Each run is looked up once. */
  readonly runs: Map<string, Promise<RunState | undefined>>;
}

async function sweepKind(
  context: ProofSweepContext,
  kind: Exclude<SweptKind, 'binding'>,
): Promise<SweptPart> {
  const tally = createSweepTally(kind);
  for (const place of placesOf(context, kind)) {
    const things = await listAt(context, place, tally);
    await forEachConcurrently(things, (thing) => sweepOne(context, { kind, thing, tally }));
  }
  return tally.part();
}

interface ProofPlace {
  readonly name: string;
  /** Whether the configuration lets Purser make such objects: then a failure to list them is reported. */
  readonly isExpected: boolean;
  readonly list: () => Promise<readonly ProofThing[]>;
}

function placesOf(
  { target, installation, signal }: ProofSweepContext,
  kind: Exclude<SweptKind, 'binding'>,
): readonly ProofPlace[] {
  const { cluster, proof } = target;
  switch (kind) {
    case 'secret':
      return proof.serviceAccountTokens.map((namespace) => ({
        name: `the Secrets of ${namespace}`,
        isExpected: true,
        list: () => listAnchors(cluster, installation, namespace, signal),
      }));
    case 'token': {
      const list = () => listTokens(cluster, installation, signal);
      return [{ name: 'the OAuthAccessTokens', isExpected: proof.mintTokens, list }];
    }
    case 'canary': {
      const list = () => listCanaries(cluster, installation, signal);
      return [{ name: 'the image streams', isExpected: true, list }];
    }
  }
}

async function listAt(
  { signal }: ProofSweepContext,
  { name, isExpected, list }: ProofPlace,
  tally: Tally,
): Promise<readonly ProofThing[]> {
  try {
    return await list();
  } catch (error) {
    // A cluster that does not serve the API has no such objects.
    if (isNotFound(error)) return [];
    const why = describeRefusal(error, signal);
    if (isExpected) tally.cannotLook(`${name}: ${why}`);
    return [];
  }
}

async function sweepOne(
  context: ProofSweepContext,
  {
    kind,
    thing,
    tally,
  }: { readonly kind: SweptKind; readonly thing: ProofThing; readonly tally: Tally },
): Promise<void> {
  const { target, signal } = context;
  const what = placeOf(kind, thing.metadata);
  const mark = thing.metadata.annotations?.[ANNOTATIONS.madeBy];
  tally.see();
  if (mark === undefined) {
    return tally.report({ what, why: 'it does not say which run made it' });
  }
  const run = await runOf(context, mark);
  if (run === undefined)
    return tally.report({ what, why: `Temporal does not know its run ${mark}` });
  if (run.isOpen) return;
  if (!thing.isOurs) {
    const why = `it carries the marks of ${mark}, but its name, label or client is not what Purser makes for that proof: it may be a copy`;
    return tally.report({ what, why });
  }
  try {
    await deleteThing(target.cluster, thing, signal);
    tally.remove({ what, why: `its run ${mark} has ended (${run.status})` });
  } catch (error) {
    tally.report({ what, why: `it cannot be removed: ${describeRefusal(error, signal)}` });
  }
}

function runOf({ target, runs }: ProofSweepContext, mark: string): Promise<RunState | undefined> {
  const known = runs.get(mark) ?? target.executions.runOf(mark);
  runs.set(mark, known);
  return known;
}

// The name of a token's object is a hash of the token, which belongs in no report.
function placeOf(kind: SweptKind, { namespace, name, labels }: Binding['metadata']): string {
  if (kind === 'token') return `the token of proof ${labels?.[LABELS.proof] ?? 'unknown'}`;
  return `${kind === 'secret' ? 'Secret' : 'ImageStream'} ${namespace}/${name}`;
}

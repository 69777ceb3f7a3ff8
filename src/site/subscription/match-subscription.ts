import { askGraph } from '../../catalog/sparql/ask-graph.ts';
import type { JudgedEntry } from '../../policy/judged-entry.ts';
import { isListed, isListedBroadly } from '../../policy/match-endorser.ts';
import type { Subscription } from '../../policy/subscription.ts';
import type { Quad } from '../../rdf/quad.ts';

/** A statement with its graph. */
export interface ReadStatement {
  readonly judged: Pick<JudgedEntry, 'entry' | 'endorserKey' | 'signerSha256' | 'findings'>;
  readonly triples: readonly Quad[];
}

/** True if a statement is one that the subscription asks for, by somebody whose names a trusted authority certified. */
export function isAskedFor(subscription: Subscription, { judged, triples }: ReadStatement): boolean {
  const { endorser } = subscription;
  if (endorser !== undefined && !isListed(judged as JudgedEntry, [endorser])) return false;
  return fitsContent(subscription, { judged, triples });
}

/** True if a statement may be one that the subscription asks for, whatever is found of its signer later. */
export function mayBeAskedFor(subscription: Subscription, { judged, triples }: ReadStatement): boolean {
  const { endorser } = subscription;
  if (endorser !== undefined && !isListedBroadly(judged as JudgedEntry, [endorser])) return false;
  return fitsContent(subscription, { judged, triples });
}

function fitsContent({ tag, ask }: Subscription, { judged, triples }: ReadStatement): boolean {
  if (tag !== undefined && judged.entry.tag !== tag) return false;
  return ask === undefined || isYes(ask, triples);
}

/** A question that fails for one statement is not answered with yes there. */
function isYes(query: string, triples: readonly Quad[]): boolean {
  try {
    return askGraph(query, triples);
  } catch {
    return false;
  }
}

import type { Entry } from '../entry/entry.ts';
import type { Finding } from '../errors.ts';
import type { Quad, Term } from '../rdf/quad.ts';
import type { Verdict, VerifiedEntry } from './verdict.ts';

/**
 * A verdict in the form in which it crosses threads: structured clone is slow on many small objects, so triples travel as one flat
 * list of strings, and the document's bytes, which the other side has, not at all.
 */
export type VerdictCopy =
  | {
      readonly valid: true;
      readonly verified: VerifiedCopy;
      readonly triples: readonly string[];
      readonly findings: readonly Finding[];
    }
  | { readonly valid: false; readonly entry: Entry | null; readonly findings: readonly Finding[] };

type VerifiedCopy = Omit<VerifiedEntry, 'bytes' | 'triples'>;

/** The copy that is sent. */
export function copyVerdict(verdict: Verdict): VerdictCopy {
  if (!verdict.valid) return verdict;
  const { bytes: _, triples, ...verified } = verdict.verified;
  return { valid: true, verified, triples: flattenTriples(triples), findings: verdict.findings };
}

/** The verdict that `verifyEntry` reached on another thread about these bytes. MUST be given only what `copyVerdict` made. */
export function reviveVerdict(copy: VerdictCopy, bytes: Uint8Array): Verdict {
  if (!copy.valid) return copy;
  const verified = { ...copy.verified, bytes, triples: restoreTriples(copy.triples) } as VerifiedEntry;
  return { valid: true, verified, findings: copy.findings };
}

const FIELDS = 7;

/** Triples as seven strings each: subject (type, value), predicate, object (type, value, language, datatype). */
export function flattenTriples(triples: readonly Quad[]): string[] {
  const flat: string[] = [];
  for (const { subject, predicate, object } of triples) {
    const [language, datatype] = object.termType === 'Literal' ? [object.language, object.datatype] : ['', ''];
    flat.push(subject.termType, subject.value, predicate, object.termType, object.value, language, datatype);
  }
  return flat;
}

/** The triples that `flattenTriples` made a list of. */
export function restoreTriples(flat: readonly string[]): Quad[] {
  const triples: Quad[] = [];
  for (let at = 0; at < flat.length; at += FIELDS) {
    triples.push({
      subject: toTerm(flat[at]!, flat[at + 1]!, '', ''),
      predicate: flat[at + 2]!,
      object: toTerm(flat[at + 3]!, flat[at + 4]!, flat[at + 5]!, flat[at + 6]!),
    });
  }
  return triples;
}

function toTerm(termType: string, value: string, language: string, datatype: string): Term {
  return termType === 'Literal'
    ? { termType, value, language, datatype }
    : { termType: termType as 'NamedNode' | 'BlankNode', value };
}

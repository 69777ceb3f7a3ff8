import { toEntryAddress } from '../catalog/entry-path.ts';
import { writeEntryTime } from '../entry/entry-time.ts';
import type { Quad, Term } from '../rdf/quad.ts';
import { IMAGE_BASE, SLTERMS, VOUCH, XSD } from '../rdf/vocabulary.ts';
import { type CatalogEntry, placeOf, statusOf } from './catalog.ts';

/** What `slterms:tag` says of current entries, as the original registry derived it. */
const LATEST = 'latest';

/** The IRI of an entry: its subject and its named graph. */
export function toEntryIri(entry: Parameters<typeof toEntryAddress>[0], baseUrl: string): string {
  return baseUrl + toEntryAddress(entry);
}

/**
 * The entry's named graph: what its document says about it, and what the registry derived of it. The status is of a time, and is
 * left out where none is given: in a graph that is kept it would be out of date.
 */
export function toEntryGraph(entry: CatalogEntry, triples: readonly Quad[], baseUrl: string, at?: Date): Quad[] {
  const graph = toEntryIri(entry, baseUrl);
  const quads = [...toLastingTriples(entry, triples, baseUrl), ...toStandingTriples(graph, entry, at)];
  return quads.map((quad) => ({ ...quad, graph }));
}

/**
 * The part of the graph that never changes. A document speaks about its own image and about things the registry knows
 * nothing of: what it says about another entry or image, or in the words of the registry, is left out, since in the
 * default graph nobody could tell who said it.
 */
export function toLastingTriples(entry: CatalogEntry, triples: readonly Quad[], baseUrl: string): Quad[] {
  const image = `${IMAGE_BASE}#${entry.identifier}`;
  const subject: Term = { termType: 'NamedNode', value: toEntryIri(entry, baseUrl) };
  const labels = new Map<string, Term>();
  /** Labels become unique among all entries. */
  const toUnique = (term: Term): Term => {
    if (term.termType !== 'BlankNode') return term;
    const known = labels.get(term.value);
    if (known !== undefined) return known;
    const unique: Term = { termType: 'BlankNode', value: `e${placeOf(entry)}b${labels.size}` };
    labels.set(term.value, unique);
    return unique;
  };
  const quads: Quad[] = [];
  for (const triple of triples) {
    if (isReserved(triple)) continue;
    const { value } = triple.subject;
    if (triple.subject.termType === 'NamedNode' && value !== image) {
      if (value.startsWith(IMAGE_BASE) || value === baseUrl || value.startsWith(`${baseUrl}/`)) continue;
    }
    quads.push({
      subject: triple.subject.termType === 'NamedNode' && value === image ? subject : toUnique(triple.subject),
      predicate: triple.predicate,
      object: toUnique(triple.object),
    });
  }
  const derive = (predicate: string, object: Term) => quads.push({ subject, predicate, object });
  derive(VOUCH.image, { termType: 'NamedNode', value: image });
  derive(VOUCH.logIndex, toLiteral(String(entry.index), XSD.integer));
  derive(VOUCH.accepted, toLiteral(writeEntryTime(entry.acceptedAt), XSD.dateTime));
  derive(VOUCH.signer, toLiteral(entry.signerSha256, XSD.string));
  derive(VOUCH.endorserKey, toLiteral(entry.endorserKey, XSD.string));
  if (entry.origin !== undefined) derive(VOUCH.origin, toLiteral(entry.origin, XSD.string));
  if (entry.trustMode !== undefined) derive(VOUCH.trustMode, toLiteral(entry.trustMode, XSD.string));
  for (const [predicate, identifier] of [
    [VOUCH.replaces, entry.replaces],
    [VOUCH.replacedBy, entry.isReplacedBy],
    [VOUCH.versionOf, entry.isVersionOf],
  ] as const) {
    if (identifier !== undefined) derive(predicate, { termType: 'NamedNode', value: `${IMAGE_BASE}#${identifier}` });
  }
  return quads;
}

/** The part of the graph that changes: with the clock, and when a newer entry of the endorser comes. */
function toStandingTriples(entryIri: string, entry: CatalogEntry, at: Date | undefined): Quad[] {
  const subject: Term = { termType: 'NamedNode', value: entryIri };
  const { supersededBy } = entry;
  const standing: Quad =
    supersededBy === undefined
      ? { subject, predicate: SLTERMS.tag, object: toLiteral(LATEST, XSD.string) }
      : { subject, predicate: VOUCH.supersededBy, object: toLiteral(String(supersededBy), XSD.integer) };
  if (at === undefined) return [standing];
  return [standing, { subject, predicate: VOUCH.status, object: toLiteral(statusOf(entry, at), XSD.string) }];
}

/** True for what only the registry may say. */
function isReserved(triple: Quad): boolean {
  return triple.predicate.startsWith(VOUCH.ns) || (triple.predicate === SLTERMS.tag && triple.object.value === LATEST);
}

function toLiteral(value: string, datatype: string): Term {
  return { termType: 'Literal', value, language: '', datatype };
}

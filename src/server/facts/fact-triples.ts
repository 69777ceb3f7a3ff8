import { type CatalogEntry, statusOf } from '../../catalog/catalog.ts';
import { toEntryIri } from '../../catalog/entry-graph.ts';
import { writeEntryTime } from '../../entry/entry-time.ts';
import type { Quad, Term } from '../../rdf/quad.ts';
import { DCTERMS, IMAGE_BASE, SLREQ, VOUCH, XSD } from '../../rdf/vocabulary.ts';
import type { LocationFact } from '../../site/probe/location-fact.ts';
import { isUnused, type UseCount, type UseKind } from '../../usage/use-count.ts';
import { toDayStart, type UseDay } from '../../usage/use-day.ts';
import type { ImageUse, SiteUseOfImage } from '../../usage/use-report.ts';

const KINDS: readonly UseKind[] = ['lookups', 'checks', 'allowed', 'denied', 'downloaded'];
/** What sites tell of; the registry counts the rest itself. */
const SITE_KINDS: readonly UseKind[] = ['allowed', 'denied', 'downloaded'];

/** Writes triples about one thing after the other, each of its blank nodes with a label that no other has. */
export class FactTriples {
  readonly #baseUrl: string;
  #blanks = 0;

  constructor(baseUrl: string) {
    this.#baseUrl = baseUrl;
  }

  /** A current entry: what it is about, whose it is and how it stands, and what was found at its locations. */
  ofEntry(entry: CatalogEntry, name: string, at: Date, found: readonly LocationFact[]): Quad[] {
    const subject = iri(toEntryIri(entry, this.#baseUrl));
    const [endorsement, endorser] = [this.#blank(), this.#blank()];
    const triples: Quad[] = [
      { subject, predicate: VOUCH.image, object: toImage(entry.identifier) },
      { subject, predicate: DCTERMS.identifier, object: text(entry.identifier) },
      { subject, predicate: `${DCTERMS.ns}title`, object: text(name) },
      { subject, predicate: VOUCH.status, object: text(statusOf(entry, at)) },
      { subject, predicate: SLREQ.endorsement, object: endorsement },
      { subject: endorsement, predicate: SLREQ.endorser, object: endorser },
      { subject: endorser, predicate: SLREQ.email, object: text(entry.email) },
    ];
    for (const { location, outcome, checkedAt, verifiedAt, message } of found) {
      const fact = this.#blank();
      triples.push(
        { subject, predicate: VOUCH.locationFact, object: fact },
        { subject: fact, predicate: VOUCH.location, object: text(location) },
        { subject: fact, predicate: VOUCH.outcome, object: text(outcome) },
        { subject: fact, predicate: VOUCH.checkedAt, object: time(checkedAt) },
        { subject: fact, predicate: VOUCH.message, object: text(message) },
      );
      if (verifiedAt !== undefined)
        triples.push({ subject: fact, predicate: VOUCH.verifiedAt, object: time(verifiedAt) });
    }
    return triples;
  }

  /** How an image is used, and what each of these sites told of it. */
  ofImage(identifier: string, use: ImageUse, sites: readonly SiteUseOfImage[]): Quad[] {
    const subject = toImage(identifier);
    const triples: Quad[] = [
      { subject, predicate: DCTERMS.identifier, object: text(identifier) },
      { subject, predicate: VOUCH.countedSince, object: day(use.since) },
      ...this.#counts(subject, VOUCH.total, use.total, KINDS),
      ...this.#counts(subject, VOUCH.last30Days, use.recent, KINDS),
    ];
    if (use.last !== undefined) triples.push({ subject, predicate: VOUCH.lastUsed, object: day(use.last) });
    if (use.lastAtSites !== undefined) {
      triples.push({ subject, predicate: VOUCH.lastUsedAtSites, object: day(use.lastAtSites) });
    }
    for (const { site, recent, last } of sites) {
      const told = this.#blank();
      triples.push(
        { subject, predicate: VOUCH.usedAt, object: told },
        { subject: told, predicate: VOUCH.lastUsed, object: day(last) },
        ...this.#counts(told, VOUCH.last30Days, recent, SITE_KINDS),
      );
      if (site !== undefined) triples.push({ subject: told, predicate: VOUCH.site, object: text(site) });
    }
    return triples;
  }

  /** Nothing where there was no use: most images are not used most of the time. */
  #counts(subject: Term, predicate: string, count: UseCount, kinds: readonly UseKind[]): Quad[] {
    if (isUnused(count)) return [];
    const counts = this.#blank();
    const numbers = kinds.map((kind) => {
      return { subject: counts, predicate: VOUCH[kind], object: literal(String(count[kind]), XSD.integer) };
    });
    return [{ subject, predicate, object: counts }, ...numbers];
  }

  #blank(): Term {
    return { termType: 'BlankNode', value: `f${this.#blanks++}` };
  }
}

function toImage(identifier: string): Term {
  return iri(`${IMAGE_BASE}#${identifier}`);
}

function iri(value: string): Term {
  return { termType: 'NamedNode', value };
}

function literal(value: string, datatype: string): Term {
  return { termType: 'Literal', value, language: '', datatype };
}

function text(value: string): Term {
  return literal(value, XSD.string);
}

function time(at: Date): Term {
  return literal(writeEntryTime(at), XSD.dateTime);
}

/** A day as the moment it begins: queries compare moments faster than dates. */
function day(of: UseDay): Term {
  return time(toDayStart(of));
}

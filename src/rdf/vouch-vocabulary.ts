import type { Quad, Term } from './quad.ts';
import { DCTERMS, RDF, SLTERMS, VOUCH, XSD } from './vocabulary.ts';

const RDFS = 'http://www.w3.org/2000/01/rdf-schema#';
const OWL = 'http://www.w3.org/2002/07/owl#';
/** Beside those of the project, the prefixes to write the vocabulary with. */
export const VOCABULARY_PREFIXES = { rdfs: RDFS, owl: OWL } as const;

/** One term of the registry's vocabulary: a property of entries, or of what is counted and found out about images. */
export interface VocabularyTerm {
  readonly iri: string;
  /** Name behind the `#`. */
  readonly name: string;
  readonly label: string;
  /** What it says, in a sentence. */
  readonly comment: string;
  /** Datatype IRI of its values; absent where they are images or have properties of their own. */
  readonly datatype?: string;
  /** What its values are, where they have properties of their own. */
  readonly values?: string;
  /** True for what is said in no entry's graph, but of the use of images and of their locations. */
  readonly isFact?: true;
  /** The property of other vocabularies that says it in other words. */
  readonly seeAlso?: string;
}

type Told = Omit<VocabularyTerm, 'iri' | 'name'>;

/** Every name in `VOUCH` is told here, or this does not compile. */
const TERMS: Readonly<Record<Exclude<keyof typeof VOUCH, 'ns'>, Told>> = {
  image: {
    label: 'image',
    comment: 'The image an entry is about, whoever endorses it: entries of one image have the same value.',
    seeAlso: DCTERMS.identifier,
  },
  logIndex: {
    label: 'position in the log',
    comment: 'Index of the record of the log in which the registry accepted the entry, from 0 on.',
    datatype: XSD.integer,
  },
  accepted: {
    label: 'accepted',
    comment: 'When the registry accepted the entry, by its own clock.',
    datatype: XSD.dateTime,
  },
  signer: {
    label: 'fingerprint of the certificate',
    comment: 'SHA-256 of the certificate (DER) whose key signed the entry, 64 lower-case hex digits.',
    datatype: XSD.string,
  },
  endorserKey: {
    label: 'endorser',
    comment:
      'SHA-256 over the names of issuer and subject (DER) of that certificate, 64 lower-case hex digits: the same for all certificates of an endorser from one authority.',
    datatype: XSD.string,
  },
  supersededBy: {
    label: 'superseded by',
    comment:
      'Position in the log of the newer entry of the same endorser for the same image. An entry without it is current.',
    datatype: XSD.integer,
    seeAlso: `${SLTERMS.ns}tag`,
  },
  status: {
    label: 'status',
    comment:
      'How the entry stands at the time of the answer: "superseded" if the endorser has a newer entry for the image, else "deprecated" if it says so, else "expired" if its dcterms:valid is past, else "valid".',
    datatype: XSD.string,
  },
  trustMode: {
    label: 'trust mode',
    comment:
      '"open" on entries of a registry that was open to any certificate: nobody vouched for the names of the endorser, who confirmed the e-mail address.',
    datatype: XSD.string,
  },
  origin: {
    label: 'origin',
    comment:
      'Name of the log the entry is in, where a registry shows the entries of several: vouch:logIndex and vouch:supersededBy are positions in that log.',
    datatype: XSD.string,
  },
  replaces: {
    label: 'replaces',
    comment: 'An older image that the endorser says this one replaces.',
    seeAlso: `${DCTERMS.ns}replaces`,
  },
  replacedBy: {
    label: 'replaced by',
    comment: 'A newer image that the endorser says replaces this one.',
    seeAlso: `${DCTERMS.ns}isReplacedBy`,
  },
  versionOf: {
    label: 'version of',
    comment: 'An image that the endorser says this one is a version of.',
    seeAlso: `${DCTERMS.ns}isVersionOf`,
  },
  countedSince: {
    label: 'counted since',
    comment: 'The beginning of the first day (UTC) on which use of the image could have been counted.',
    datatype: XSD.dateTime,
    isFact: true,
  },
  lastUsed: {
    label: 'last used',
    comment:
      'The beginning of the last day (UTC) on which anybody used the image; an image without it was never used since counting began.',
    datatype: XSD.dateTime,
    isFact: true,
  },
  lastUsedAtSites: {
    label: 'last used at sites',
    comment: 'The beginning of the last day (UTC) of which a site reported something about the image.',
    datatype: XSD.dateTime,
    isFact: true,
  },
  total: {
    label: 'in all',
    comment: 'How often the image was used since counting began; an image without it never was.',
    values: 'counts',
    isFact: true,
  },
  last30Days: {
    label: 'in the last 30 days',
    comment: 'How often the image was used in the last 30 days, the present one included; an image without it was not.',
    values: 'counts',
    isFact: true,
  },
  lookups: {
    label: 'looked up',
    comment: 'How often the page, a list or an entry of the image was fetched, in whatever format.',
    datatype: XSD.integer,
    isFact: true,
  },
  checks: {
    label: 'checked',
    comment: "How often the proof of the image's history was fetched.",
    datatype: XSD.integer,
    isFact: true,
  },
  allowed: {
    label: 'allowed',
    comment: 'How often the policies of sites that report let the image run.',
    datatype: XSD.integer,
    isFact: true,
  },
  denied: {
    label: 'denied',
    comment: 'How often the policies of sites that report did not let the image run.',
    datatype: XSD.integer,
    isFact: true,
  },
  downloaded: {
    label: 'downloaded',
    comment: 'How often sites that report fetched the bytes of the image.',
    datatype: XSD.integer,
    isFact: true,
  },
  usedAt: {
    label: 'used at',
    comment: 'One site that reported use of the image in the last 30 days.',
    values: 'a site, with vouch:lastUsed and vouch:last30Days',
    isFact: true,
  },
  site: {
    label: 'site',
    comment: 'The name that the site gives itself, where everybody may see it.',
    datatype: XSD.string,
    isFact: true,
  },
  locationFact: {
    label: 'found at a location',
    comment: 'What was found when a location of the entry was last looked at.',
    values: 'what was found',
    isFact: true,
  },
  location: {
    label: 'location',
    comment: 'The URL that was looked at, as the entry writes it.',
    datatype: XSD.string,
    isFact: true,
    seeAlso: `${SLTERMS.ns}location`,
  },
  outcome: {
    label: 'outcome',
    comment:
      'What was found there: "verified" (size and all checksums hold), "right-size", "answers", "wrong", "missing", "unreachable" or "not-asked".',
    datatype: XSD.string,
    isFact: true,
  },
  checkedAt: {
    label: 'checked at',
    comment: 'When the location was looked at.',
    datatype: XSD.dateTime,
    isFact: true,
  },
  verifiedAt: {
    label: 'verified at',
    comment: 'When all bytes were last fetched from there and found right, where that was before.',
    datatype: XSD.dateTime,
    isFact: true,
  },
  message: {
    label: 'message',
    comment: 'What was found, in a sentence.',
    datatype: XSD.string,
    isFact: true,
  },
};

/** The terms by which the registry says what it derived of an entry, or learned about images. */
export const VOCABULARY: readonly VocabularyTerm[] = Object.entries(TERMS).map(([name, told]) => ({
  iri: VOUCH.ns + name,
  name,
  ...told,
}));

/** The vocabulary as an RDF document says it; `url` is where that document is. */
export function toVocabularyQuads(url: string): Quad[] {
  const ontology: Term = named(VOUCH.ns.slice(0, -1));
  const quads: Quad[] = [
    { subject: ontology, predicate: RDF.type, object: named(`${OWL}Ontology`) },
    {
      subject: ontology,
      predicate: DCTERMS.title,
      object: english('What a registry of machine images derives of its entries'),
    },
    { subject: ontology, predicate: `${RDFS}seeAlso`, object: named(url) },
  ];
  for (const { iri, label, comment, datatype, seeAlso } of VOCABULARY) {
    const subject = named(iri);
    const kind = datatype === undefined ? 'ObjectProperty' : 'DatatypeProperty';
    quads.push(
      { subject, predicate: RDF.type, object: named(`${RDF.ns}Property`) },
      { subject, predicate: RDF.type, object: named(OWL + kind) },
      { subject, predicate: `${RDFS}label`, object: english(label) },
      { subject, predicate: `${RDFS}comment`, object: english(comment) },
      { subject, predicate: `${RDFS}isDefinedBy`, object: ontology },
    );
    if (datatype !== undefined) quads.push({ subject, predicate: `${RDFS}range`, object: named(datatype) });
    if (seeAlso !== undefined) quads.push({ subject, predicate: `${RDFS}seeAlso`, object: named(seeAlso) });
  }
  return quads;
}

function named(value: string): Term {
  return { termType: 'NamedNode', value };
}

function english(value: string): Term {
  return { termType: 'Literal', value, language: 'en', datatype: RDF.langString };
}

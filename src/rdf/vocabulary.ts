/** Every namespace and term the system speaks, once. */

/** What `xml:base` of an entry must be; image IRIs are this followed by `#<identifier>`. */
export const IMAGE_BASE = 'http://mp.stratuslab.eu/';

export const RDF = {
  ns: 'http://www.w3.org/1999/02/22-rdf-syntax-ns#',
  type: 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type',
  langString: 'http://www.w3.org/1999/02/22-rdf-syntax-ns#langString',
} as const;

export const XSD = {
  ns: 'http://www.w3.org/2001/XMLSchema#',
  string: 'http://www.w3.org/2001/XMLSchema#string',
  integer: 'http://www.w3.org/2001/XMLSchema#integer',
  dateTime: 'http://www.w3.org/2001/XMLSchema#dateTime',
} as const;

export const DCTERMS = {
  ns: 'http://purl.org/dc/terms/',
  identifier: 'http://purl.org/dc/terms/identifier',
  created: 'http://purl.org/dc/terms/created',
  valid: 'http://purl.org/dc/terms/valid',
  title: 'http://purl.org/dc/terms/title',
} as const;

export const SLREQ = {
  ns: 'http://mp.stratuslab.eu/slreq#',
  endorsement: 'http://mp.stratuslab.eu/slreq#endorsement',
  endorser: 'http://mp.stratuslab.eu/slreq#endorser',
  email: 'http://mp.stratuslab.eu/slreq#email',
} as const;

export const SLTERMS = {
  ns: 'http://mp.stratuslab.eu/slterms#',
  tag: 'http://mp.stratuslab.eu/slterms#tag',
  deprecated: 'http://mp.stratuslab.eu/slterms#deprecated',
} as const;

/** What the registry derives about an entry, in the entry's own graph. */
export const VOUCH = {
  ns: 'https://w3id.org/vouch#',
  image: 'https://w3id.org/vouch#image',
  logIndex: 'https://w3id.org/vouch#logIndex',
  accepted: 'https://w3id.org/vouch#accepted',
  signer: 'https://w3id.org/vouch#signer',
  endorserKey: 'https://w3id.org/vouch#endorserKey',
  supersededBy: 'https://w3id.org/vouch#supersededBy',
  status: 'https://w3id.org/vouch#status',
  trustMode: 'https://w3id.org/vouch#trustMode',
  replaces: 'https://w3id.org/vouch#replaces',
  replacedBy: 'https://w3id.org/vouch#replacedBy',
  versionOf: 'https://w3id.org/vouch#versionOf',
  origin: 'https://w3id.org/vouch#origin',
  countedSince: 'https://w3id.org/vouch#countedSince',
  lastUsed: 'https://w3id.org/vouch#lastUsed',
  lastUsedAtSites: 'https://w3id.org/vouch#lastUsedAtSites',
  total: 'https://w3id.org/vouch#total',
  last30Days: 'https://w3id.org/vouch#last30Days',
  lookups: 'https://w3id.org/vouch#lookups',
  checks: 'https://w3id.org/vouch#checks',
  allowed: 'https://w3id.org/vouch#allowed',
  denied: 'https://w3id.org/vouch#denied',
  downloaded: 'https://w3id.org/vouch#downloaded',
  usedAt: 'https://w3id.org/vouch#usedAt',
  site: 'https://w3id.org/vouch#site',
  locationFact: 'https://w3id.org/vouch#locationFact',
  location: 'https://w3id.org/vouch#location',
  outcome: 'https://w3id.org/vouch#outcome',
  checkedAt: 'https://w3id.org/vouch#checkedAt',
  verifiedAt: 'https://w3id.org/vouch#verifiedAt',
  message: 'https://w3id.org/vouch#message',
} as const;

/** The prefixes people write queries and read Turtle with. */
export const PREFIXES = {
  rdf: RDF.ns,
  xsd: XSD.ns,
  dcterms: DCTERMS.ns,
  slreq: SLREQ.ns,
  slterms: SLTERMS.ns,
  vouch: VOUCH.ns,
} as const;

import { BODY_ELEMENTS } from '../../entry/element.ts';
import { PREFIXES, VOUCH } from '../../rdf/vocabulary.ts';

/** Something a query may name: a prefixed name with what is behind it. */
export interface SparqlTerm {
  readonly name: string;
  readonly prefix: string;
}

/** Terms of entries that are no element of their body. */
const OTHERS = {
  dcterms: ['identifier', 'created'],
  slreq: ['bytes', 'checksum', 'algorithm', 'value', 'endorsement', 'endorser', 'email', 'subject', 'issuer'],
  slterms: ['tag'],
  rdf: ['type'],
  xsd: ['date', 'dateTime', 'integer', 'string', 'boolean', 'decimal'],
} as const;

/** Every term that the registry's triples have, and what queries need beside. */
export const SPARQL_TERMS: readonly SparqlTerm[] = toTerms();

/** Words of SPARQL 1.1 queries; functions are written with their bracket. */
export const SPARQL_WORDS =
  'SELECT ASK CONSTRUCT DESCRIBE WHERE DISTINCT REDUCED PREFIX BASE FILTER OPTIONAL UNION MINUS GRAPH BIND VALUES AS EXISTS NOT IN UNDEF LIMIT OFFSET ASC DESC HAVING'
    .split(' ')
    .concat(['ORDER BY', 'GROUP BY', 'FROM NAMED']);
export const SPARQL_FUNCTIONS =
  'COUNT SUM MIN MAX AVG SAMPLE GROUP_CONCAT STR LANG DATATYPE BOUND IRI IF COALESCE REGEX REPLACE CONTAINS STRSTARTS STRENDS STRBEFORE STRAFTER STRLEN SUBSTR UCASE LCASE CONCAT ABS ROUND CEIL FLOOR YEAR MONTH DAY HOURS NOW SHA256 ISIRI ISLITERAL ISBLANK ISNUMERIC'.split(
    ' ',
  );

function toTerms(): SparqlTerm[] {
  const prefixOf = new Map(Object.entries(PREFIXES).map(([prefix, namespace]) => [namespace as string, prefix]));
  const names = new Set<string>();
  for (const { namespace, local } of BODY_ELEMENTS) names.add(`${prefixOf.get(namespace) ?? ''}:${local}`);
  for (const [prefix, locals] of Object.entries(OTHERS)) for (const local of locals) names.add(`${prefix}:${local}`);
  for (const key of Object.keys(VOUCH)) if (key !== 'ns') names.add(`vouch:${key}`);
  return [...names].sort().map((name) => ({ name, prefix: name.split(':', 1)[0] ?? '' }));
}

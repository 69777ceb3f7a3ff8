/** The keywords RFC 2253 and RFC 4514 define; only these are written. */
const STANDARD_KEYWORDS: readonly (readonly [keyword: string, oid: string])[] = [
  ['CN', '2.5.4.3'],
  ['C', '2.5.4.6'],
  ['L', '2.5.4.7'],
  ['ST', '2.5.4.8'],
  ['O', '2.5.4.10'],
  ['OU', '2.5.4.11'],
  ['STREET', '2.5.4.9'],
  ['DC', '0.9.2342.19200300.100.1.25'],
  ['UID', '0.9.2342.19200300.100.1.1'],
];

/** The keywords that other programs write into a name, as they are understood when read. */
const FURTHER_KEYWORDS: readonly (readonly [keyword: string, oid: string])[] = [
  ['S', '2.5.4.8'],
  ['E', '1.2.840.113549.1.9.1'],
  ['EMAIL', '1.2.840.113549.1.9.1'],
  ['EMAILADDRESS', '1.2.840.113549.1.9.1'],
  ['UNSTRUCTUREDNAME', '1.2.840.113549.1.9.2'],
  ['UNSTRUCTUREDADDRESS', '1.2.840.113549.1.9.8'],
  ['SN', '2.5.4.4'],
  ['SURNAME', '2.5.4.4'],
  ['SERIALNUMBER', '2.5.4.5'],
  ['T', '2.5.4.12'],
  ['TITLE', '2.5.4.12'],
  ['DESCRIPTION', '2.5.4.13'],
  ['BUSINESSCATEGORY', '2.5.4.15'],
  ['POSTALADDRESS', '2.5.4.16'],
  ['POSTALCODE', '2.5.4.17'],
  ['POSTOFFICEBOX', '2.5.4.18'],
  ['TELEPHONENUMBER', '2.5.4.20'],
  ['NAME', '2.5.4.41'],
  ['GN', '2.5.4.42'],
  ['G', '2.5.4.42'],
  ['GIVENNAME', '2.5.4.42'],
  ['INITIALS', '2.5.4.43'],
  ['GENERATION', '2.5.4.44'],
  ['GENERATIONQUALIFIER', '2.5.4.44'],
  ['DNQ', '2.5.4.46'],
  ['DNQUALIFIER', '2.5.4.46'],
  ['PSEUDONYM', '2.5.4.65'],
  ['ORGANIZATIONIDENTIFIER', '2.5.4.97'],
  ['USERID', '0.9.2342.19200300.100.1.1'],
  ['DOMAINCOMPONENT', '0.9.2342.19200300.100.1.25'],
  ['COMMONNAME', '2.5.4.3'],
  ['COUNTRYNAME', '2.5.4.6'],
  ['LOCALITYNAME', '2.5.4.7'],
  ['STATEORPROVINCENAME', '2.5.4.8'],
  ['STREETADDRESS', '2.5.4.9'],
  ['ORGANIZATIONNAME', '2.5.4.10'],
  ['ORGANIZATIONALUNITNAME', '2.5.4.11'],
];

const keywordOf = new Map(STANDARD_KEYWORDS.map(([keyword, oid]) => [oid, keyword]));
const oidOf = new Map([...STANDARD_KEYWORDS, ...FURTHER_KEYWORDS]);

/** The attribute type of e-mail addresses in a name, which RFC 5280 keeps for old certificates only. */
export const EMAIL_ADDRESS = '1.2.840.113549.1.9.1';

/** The keyword RFC 2253 gives an attribute type, or undefined where only its dotted form is written. */
export function toKeyword(oid: string): string | undefined {
  return keywordOf.get(oid);
}

/** The dotted form of an attribute type as a text writes it: a known keyword in any case, or dotted with or without `OID.`. */
export function readAttributeType(text: string): string | undefined {
  const dotted = /^(?:oid\.)?([012](?:\.(?:0|[1-9][0-9]{0,14}))+)$/i.exec(text);
  return dotted === null ? oidOf.get(text.toUpperCase()) : dotted[1];
}

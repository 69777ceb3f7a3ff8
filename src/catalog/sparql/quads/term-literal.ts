import { RDF, XSD } from '../../../rdf/vocabulary.ts';
import { KIND } from './column.ts';

/** What a literal is and says. */
export interface LiteralReading {
  readonly kind: number;
  /** Meaningful for integers, decimals, booleans and times in milliseconds. */
  readonly number: number;
}

const INTEGER = /^[+-]?[0-9]+$/;
const DECIMAL = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)$/;
const DATE_TIME = /^[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z$/;
const OPAQUE: LiteralReading = { kind: KIND.opaque, number: 0 };
const UNSURE: LiteralReading = { kind: KIND.unsure, number: 0 };
/** Datatypes that engines compute with. */
const KNOWN = new Set(
  `byte short int long unsignedByte unsignedShort unsignedInt unsignedLong positiveInteger nonNegativeInteger
   negativeInteger nonPositiveInteger date time gYear gYearMonth gMonth gMonthDay gDay duration dayTimeDuration
   yearMonthDuration dateTimeStamp normalizedString token language`
    .split(/\s+/)
    .map((name) => XSD.ns + name),
);

/**
 * Reads a literal without a language. Only what every engine reads alike has a kind of its own: times to the second in UTC,
 * integers that are exact as a number. Everything else that SPARQL might compute with is `unsure`.
 */
export function readLiteral(text: string, datatype: string): LiteralReading {
  switch (datatype) {
    case XSD.string:
      return { kind: KIND.string, number: 0 };
    case XSD.integer: {
      if (!INTEGER.test(text)) return OPAQUE;
      const number = Number(text);
      return Number.isSafeInteger(number) ? { kind: KIND.integer, number } : UNSURE;
    }
    case `${XSD.ns}decimal`:
      return DECIMAL.test(text) ? { kind: KIND.decimal, number: Number(text) } : OPAQUE;
    case `${XSD.ns}boolean`:
      if (text === 'true' || text === 'false') return { kind: KIND.boolean, number: text === 'true' ? 1 : 0 };
      return text === '1' || text === '0' ? UNSURE : OPAQUE;
    case XSD.dateTime: {
      if (!DATE_TIME.test(text)) return UNSURE;
      const number = Date.parse(text);
      return new Date(number).toISOString().slice(0, 19) === text.slice(0, 19)
        ? { kind: KIND.dateTime, number }
        : UNSURE;
    }
    case `${XSD.ns}double`:
    case `${XSD.ns}float`:
      return UNSURE;
    default:
      return KNOWN.has(datatype) || datatype === RDF.langString ? UNSURE : OPAQUE;
  }
}

import type { Name, NameAttribute } from './certificate.ts';
import { checkDer, DerReader, refuse, TAG } from './der.ts';
import { toValueText } from './name-text.ts';

/** A Name (RFC 5280 section 4.1.2.4) as the next value of the reader; `what` names it in a refusal. */
export function readDerName(reader: DerReader, what: string): Name {
  const der = reader.take(what);
  const sequence = new DerReader(der).enter(TAG.sequence, what);
  const rdns: NameAttribute[][] = [];
  while (!sequence.isAtEnd) {
    const set = sequence.enter(TAG.set, `A part of ${what}`);
    const rdn: NameAttribute[] = [];
    while (!set.isAtEnd) rdn.push(readAttribute(set, what));
    if (rdn.length === 0) refuse(`A part of ${what} is empty.`);
    rdns.push(rdn);
  }
  return { der, rdns };
}

function readAttribute(set: DerReader, what: string): NameAttribute {
  const attribute = set.enter(TAG.sequence, `An attribute of ${what}`);
  const type = attribute.oid(`An attribute type of ${what}`);
  const der = attribute.take(`A value of ${what}`);
  attribute.end(`a value of ${what}`);
  // A constructed value has an open type, and is written out as hex: it must at least be DER.
  if ((der[0]! & 0x20) !== 0) checkDer(der, `A value of ${what}`);
  return { type, value: toValueText(der), der };
}

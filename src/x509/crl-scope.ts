import type { Certificate, Name } from './certificate.ts';
import { DerReader, refuse, TAG } from './der.ts';
import { readDerName } from './der-name.ts';
import { GENERAL_NAME, type GeneralName } from './general-name.ts';
import { toNameKey } from './name.ts';
import { toHex } from './octets.ts';
import { writeDer } from './write-der.ts';

/** The extension of a certificate that says where lists about it are; read for their names only; nothing is fetched. */
const DISTRIBUTION_POINTS = '2.5.29.31';

/** What the issuing distribution point of a list restricts it to. */
export interface ListScope {
  /** The names of the distribution point; undefined if it names none. */
  readonly points: ReadonlySet<string> | undefined;
  /** Restrictions that are refused, each the end of a sentence that starts with the list. */
  readonly faults: readonly string[];
}

/** The flags of IssuingDistributionPoint (RFC 5280 section 5.2.5) by their tag. */
const RESTRICTIONS: Readonly<Record<number, string>> = {
  129: 'covers the certificates of persons only',
  130: 'covers the certificates of authorities only',
  132: 'is indirect: it may list certificates of other issuers',
  133: 'covers attribute certificates only',
};

/** Reads the value of the issuing distribution point of a list of this issuer; throws `malformed`. */
export function readScope(value: Uint8Array, issuer: Name): ListScope {
  const what = 'The issuing distribution point';
  const whole = new DerReader(value);
  const fields = whole.enter(TAG.sequence, what);
  whole.end('the issuing distribution point');
  const faults: string[] = [];
  const points = fields.tag === 0xa0 ? readPointName(fields.enter(0xa0, what), issuer, what) : undefined;
  for (let last = 0x80; !fields.isAtEnd; ) {
    const tag = fields.tag!;
    if (tag <= last || tag > 0x85) refuse(`${what} holds a field that does not belong there.`);
    last = tag;
    if (tag === 0x83) {
      fields.bitString(what, tag);
      faults.push('covers some reasons only');
      continue;
    }
    const [octet, ...more] = fields.content(tag, what);
    if (more.length > 0 || (octet !== 0 && octet !== 0xff))
      refuse(`${what} holds something that is not a DER boolean.`);
    if (octet === 0xff) faults.push(RESTRICTIONS[tag]!);
  }
  return { points, faults };
}

/**
 * The distribution points of a certificate whose lists cover it wholly: not those for some reasons only, nor those of other
 * issuers' lists. None for an extension that cannot be read.
 */
export function pointsOf(certificate: Certificate): ReadonlySet<string> {
  const points = new Set<string>();
  const extension = certificate.extensions.find(({ oid }) => oid === DISTRIBUTION_POINTS);
  // Without the extension the certificate is covered by the point that has its issuer's name (RFC 5280 section 6.3.3).
  if (extension === undefined) return new Set([`directory ${toNameKey(certificate.issuer)}`]);
  const what = 'The distribution points';
  try {
    const list = new DerReader(extension.value).enter(TAG.sequence, what);
    while (!list.isAtEnd) {
      const point = list.enter(TAG.sequence, what);
      const names = point.tag === 0xa0 ? readPointName(point.enter(0xa0, what), certificate.issuer, what) : [];
      if (point.isAtEnd) for (const name of names) points.add(name);
    }
    return points;
  } catch {
    return new Set();
  }
}

/** The names of a DistributionPointName, which may be one part of a name that continues the issuer's. */
function readPointName(choice: DerReader, issuer: Name, what: string): ReadonlySet<string> {
  const isFull = choice.tag === 0xa0;
  const names = choice.enter(isFull ? 0xa0 : 0xa1, what);
  choice.end('the name of the distribution point');
  const keys = new Set<string>();
  if (isFull) {
    while (!names.isAtEnd) keys.add(toPointKey({ form: names.tag!, content: names.content(names.tag!, what) }));
  } else {
    const attributes: Uint8Array[] = [];
    while (!names.isAtEnd) attributes.push(names.take(what));
    const parts = new DerReader(issuer.der).content(TAG.sequence, what);
    const content = writeDer(TAG.sequence, parts, writeDer(TAG.set, ...attributes));
    keys.add(toPointKey({ form: GENERAL_NAME.directoryName, content }));
  }
  return keys.size === 0 ? refuse(`${what} has an empty name.`) : keys;
}

/** A text that is equal for two names of a distribution point that are the same. */
function toPointKey({ form, content }: GeneralName): string {
  if (form !== GENERAL_NAME.directoryName) return `${form} ${toHex(content)}`;
  return `directory ${toNameKey(readDerName(new DerReader(content), 'The name of a distribution point'))}`;
}

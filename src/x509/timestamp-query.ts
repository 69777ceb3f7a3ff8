import { TAG } from './der.ts';
import { isEqual, toHex } from './octets.ts';
import type { TimestampToken } from './timestamp-token.ts';
import { writeDer, writeOid } from './write-der.ts';

/** What an authority is asked to stamp. */
export interface TimestampQuery {
  /** SHA-256 of the octets in question. */
  readonly sha256: Uint8Array;
  /** 1 to 16 octets nobody can guess; the token must repeat them. */
  readonly nonce: Uint8Array;
}

const SHA_256 = '2.16.840.1.101.3.4.2.1';

/** The DER of a TimeStampReq (RFC 3161 section 2.4.1) that asks for the authority's certificate as well. */
export function writeTimestampQuery(query: TimestampQuery): Uint8Array {
  const algorithm = writeDer(TAG.sequence, writeOid(SHA_256), writeDer(TAG.null));
  return writeDer(
    TAG.sequence,
    writeDer(TAG.integer, Uint8Array.of(1)),
    writeDer(TAG.sequence, algorithm, writeDer(TAG.octetString, query.sha256)),
    writeDer(TAG.integer, toInteger(query.nonce)),
    writeDer(TAG.boolean, Uint8Array.of(0xff)),
  );
}

/** Why a token is not the answer to a query, as a sentence; undefined if it is. */
export function checkAnswer(query: TimestampQuery, { imprint, nonce }: TimestampToken): string | undefined {
  if (imprint.hash !== 'SHA-256' || !isEqual(imprint.digest, query.sha256))
    return 'The time-stamp is for something else than was asked for.';
  if (nonce !== toHex(toInteger(query.nonce))) return 'The time-stamp does not repeat the nonce of the question.';
  return undefined;
}

/** The minimal content octets of the positive INTEGER with these octets. */
function toInteger(octets: Uint8Array): Uint8Array {
  const start = octets.findIndex((octet) => octet !== 0);
  const digits = start < 0 ? Uint8Array.of(0) : octets.subarray(start);
  return digits[0]! < 0x80 ? digits : Uint8Array.of(0, ...digits);
}

// Revocation lists, good and bad.
import { sign } from 'node:crypto';
import { algorithm, ECDSA_SHA256, extension, integer, NULL, octets, sequence, utcTime, writeDer } from './forge.mjs';

const RSA_SHA256 = algorithm('1.2.840.113549.1.1.11', NULL);

/**
 * A revocation list of the authority. Options: `revoked` (certificates that were issued, or hex serials), `thisUpdate`, `nextUpdate`,
 * `number`, `extensions` (DER, further ones), `signer` (another authority whose key signs).
 */
export function writeRevocationList(
  issuer,
  { thisUpdate, nextUpdate, revoked = [], number = 1, extensions = [], signer = issuer },
) {
  const algorithmDer = signer.kind.startsWith('rsa') ? RSA_SHA256 : ECDSA_SHA256;
  const entries = revoked.map((one) =>
    sequence(writeSerial(typeof one === 'string' ? one : one.certificate.serial), utcTime(thisUpdate)),
  );
  const own = [extension('2.5.29.20', false, writeSerial(number.toString(16))), ...extensions];
  const tbs = sequence(
    integer(1),
    algorithmDer,
    issuer.certificate.subject.der,
    utcTime(thisUpdate),
    utcTime(nextUpdate),
    ...(entries.length === 0 ? [] : [sequence(...entries)]),
    writeDer(0xa0, sequence(...own)),
  );
  const signature = sign('sha256', tbs, signer.privateKeyPem);
  return Buffer.from(sequence(tbs, algorithmDer, writeDer(3, octets(0), new Uint8Array(signature))));
}

function writeSerial(hex) {
  const magnitude = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return writeDer(2, magnitude[0] >= 0x80 ? Buffer.concat([Buffer.of(0), magnitude]) : magnitude);
}

// Certificates that no authority would issue, put together from DER.
import { createHash, sign, webcrypto } from 'node:crypto';
import { writeDerName } from '../dist/x509/issue.js';
import { writePem } from '../dist/x509/pem.js';
import { writeDer, writeOid, writeText } from '../dist/x509/write-der.js';

export const octets = (...values) => Uint8Array.from(values);
export const sequence = (...contents) => writeDer(0x30, ...contents);
export const integer = (...values) => writeDer(2, octets(...values));
export const algorithm = (oid, ...parameters) => sequence(writeOid(oid), ...parameters);
export const NULL = octets(5, 0);

export const ECDSA_SHA256 = algorithm('1.2.840.10045.4.3.2');

export function extension(oid, isCritical, value) {
  const critical = isCritical ? [writeDer(1, octets(0xff))] : [];
  return sequence(writeOid(oid), ...critical, writeDer(4, value));
}

/** A UTCTime. */
export const utcTime = (at) =>
  writeText(0x17, at.toISOString().replace(/^20(..)-(..)-(..)T(..):(..):(..).*/, '$1$2$3$4$5$6Z'));

/**
 * A certificate with the extensions of `model`, signed with the key of `issuer`. `parts` replaces DER of it: version, serial,
 * innerAlgorithm, outerAlgorithm, subject, spki, extensions (a list), afterTbs, afterSignature; or `signWith`, from the signed part
 * to the signature.
 */
export function forgeCertificate(issuer, model, parts = {}) {
  const { certificate } = model;
  const inner = parts.innerAlgorithm ?? ECDSA_SHA256;
  const extensions =
    parts.extensions ?? certificate.extensions.map((one) => extension(one.oid, one.isCritical, one.value));
  const tbs = sequence(
    parts.version ?? writeDer(0xa0, integer(2)),
    parts.serial ?? integer(0x41, 1, 2, 3, 4, 5, 6, 7),
    inner,
    issuer.certificate.subject.der,
    sequence(utcTime(certificate.notBefore), utcTime(certificate.notAfter)),
    parts.subject ?? certificate.subject.der,
    parts.spki ?? certificate.spki,
    ...(parts.afterSpki ?? []),
    writeDer(0xa3, sequence(...extensions)),
  );
  const signWith = parts.signWith ?? ((bytes) => sign('sha256', bytes, issuer.privateKeyPem));
  const signature = writeDer(3, octets(0), new Uint8Array(signWith(tbs)));
  return sequence(tbs, parts.outerAlgorithm ?? inner, signature, ...(parts.afterSignature ?? []));
}

/** The parts of a signer that signText needs, with another certificate. */
export function withCertificate(issued, der) {
  return { ...issued, der };
}

/** A pair of keys from node:crypto in the form in which certificates are issued for them. */
export async function adoptKeys({ privateKey, publicKey }, kind, parameters) {
  const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const { subtle } = webcrypto;
  return {
    kind,
    privateKey: await subtle.importKey('pkcs8', pkcs8, parameters, true, ['sign']),
    publicKey: await subtle.importKey('spki', spki, parameters, true, ['verify']),
    privateKeyPem: writePem('PRIVATE KEY', pkcs8),
  };
}

/** SubjectPublicKeyInfo of an Ed25519 key that is one of the points of small order. */
export function smallOrderKey() {
  return sequence(algorithm('1.3.101.112'), writeDer(3, octets(0, 1), new Uint8Array(31)));
}

/** SubjectPublicKeyInfo of a P-256 key whose curve is written out, parameter by parameter (CVE-2020-0601). */
export function explicitCurveKey(spki) {
  const hex = (text) => Uint8Array.from(Buffer.from(text, 'hex'));
  const point = spki.subarray(spki.length - 65);
  const curve = sequence(
    integer(1),
    sequence(
      writeOid('1.2.840.10045.1.1'),
      writeDer(2, hex('00ffffffff00000001000000000000000000000000ffffffffffffffffffffffff')),
    ),
    sequence(
      writeDer(4, hex('ffffffff00000001000000000000000000000000fffffffffffffffffffffffc')),
      writeDer(4, hex('5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b')),
    ),
    writeDer(4, point),
    writeDer(2, hex('00ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551')),
    integer(1),
  );
  return sequence(sequence(writeOid('1.2.840.10045.2.1'), curve), writeDer(3, octets(0), point));
}

/**
 * A signature that a verifier takes which does not look at what follows the digest (Bleichenbacher 2006), for a key with exponent 3:
 * the cube of it begins like a right padding and ends in garbage.
 */
export function forgeCubeRoot(message, modulusBits = 2048) {
  const digest = createHash('sha256').update(message).digest('hex');
  const head = `0001ffffffffffffffff00${'3031300d060960864801650304020105000420'}${digest}`;
  const shift = BigInt(modulusBits - head.length * 4);
  const wanted = BigInt(`0x${head}`) << shift;
  const root = cubeRoot(wanted) + 1n;
  if ((root ** 3n) >> shift !== BigInt(`0x${head}`)) throw new Error('No cube root with this head.');
  return Buffer.from(root.toString(16).padStart(modulusBits / 4, '0'), 'hex');
}

function cubeRoot(value) {
  let low = 0n;
  let high = 1n << BigInt(Math.ceil(value.toString(2).length / 3) + 1);
  while (low < high) {
    const middle = (low + high + 1n) >> 1n;
    if (middle ** 3n <= value) low = middle;
    else high = middle - 1n;
  }
  return low;
}

export { writeDer, writeDerName, writeOid, writeText };

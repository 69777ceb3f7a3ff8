import { VouchError } from '../errors.ts';
import { bytesToBase64 } from '../xml/base64.ts';
import type { Certificate } from './certificate.ts';
import { toLabel } from './certificate-label.ts';
import { readExtensions } from './extension.ts';
import { compareOctets } from './octets.ts';
import { readPem } from './pem.ts';
import { readCertificate } from './read-certificate.ts';

/** Labels under which certificates are found in PEM files. */
const CERTIFICATE_LABELS: ReadonlySet<string> = new Set(['CERTIFICATE', 'X509 CERTIFICATE']);

/** The anchors of a trust directory, and what was passed over. */
export interface AnchorReading {
  /** Each once, sorted by DER. */
  readonly anchors: Certificate[];
  /** One sentence for each file or block that was passed over or looks like a mistake, with the file's name. */
  readonly warnings: string[];
}

/** Reads the anchors from files of PEM blocks or of one DER certificate; what cannot be read is passed over with a warning. */
export function readAnchors(files: Iterable<{ readonly name: string; readonly bytes: Uint8Array }>): AnchorReading {
  const { anchors, warnings } = readAnchorFiles(files);
  return { anchors: anchors.map(({ certificate }) => certificate), warnings };
}

/** The same, and for each anchor the names of the files that hold it. */
export function readAnchorFiles(files: Iterable<{ readonly name: string; readonly bytes: Uint8Array }>): {
  readonly anchors: readonly { readonly certificate: Certificate; readonly names: readonly string[] }[];
  readonly warnings: string[];
} {
  const anchors = new Map<string, { certificate: Certificate; names: string[] }>();
  const warnings: string[] = [];
  for (const { name, bytes } of files) {
    for (const piece of readPieces(bytes)) {
      if ('certificate' in piece) {
        const key = bytesToBase64(piece.certificate.der);
        const known = anchors.get(key);
        if (known !== undefined) {
          if (!known.names.includes(name)) known.names.push(name);
          continue;
        }
        anchors.set(key, { certificate: piece.certificate, names: [name] });
        if (readExtensions(piece.certificate).basicConstraints?.isAuthority !== true) {
          warnings.push(`${name}: ${toLabel(piece.certificate)} is not an authority; it vouches for itself only.`);
        }
      } else {
        warnings.push(`${name}: ${piece.problem}`);
      }
    }
  }
  const sorted = [...anchors.values()].sort((a, b) => compareOctets(a.certificate.der, b.certificate.der));
  return { anchors: sorted, warnings };
}

/**
 * The certificates of a signer's file in its order, PEM or DER: the signer's own, then any that lead to the authority. Throws
 * `key` if there is none, or one that cannot be read; other PEM blocks, such as the key, are passed over.
 */
export function readCertificates(bytes: Uint8Array): Certificate[] {
  return readPieces(bytes).flatMap((piece) => {
    if ('certificate' in piece) return [piece.certificate];
    if (piece.isOther) return [];
    throw new VouchError('key', `The certificate file cannot be used. ${piece.problem}`);
  });
}

type Piece =
  | { readonly certificate: Certificate }
  /** `isOther` if it never meant to be a certificate. */
  | { readonly problem: string; readonly isOther: boolean };

function readPieces(bytes: Uint8Array): Piece[] {
  if (bytes[0] === 0x30) return [readPiece(bytes)];
  const pieces = readPem(bytes).map(({ label, der }): Piece => {
    if (!CERTIFICATE_LABELS.has(label)) return { problem: `A block "${label}" was passed over.`, isOther: true };
    return der === undefined ? { problem: 'A certificate block is damaged.', isOther: false } : readPiece(der);
  });
  const hasCertificate = pieces.some((piece) => 'certificate' in piece || !piece.isOther);
  return hasCertificate ? pieces : [...pieces, { problem: 'It holds no certificate.', isOther: false }];
}

function readPiece(der: Uint8Array): Piece {
  const reading = readCertificate(der);
  if (reading.ok) return { certificate: reading.certificate };
  return { problem: reading.findings.map(({ message }) => message).join(' '), isOther: false };
}

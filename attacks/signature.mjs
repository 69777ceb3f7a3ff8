// Writes XML signatures of every kind, good and bad. It does not use the program's own signing code: what it writes and what the
// program accepts agree because both keep to the specifications.
import { constants, createHash, sign } from 'node:crypto';

export const DS = 'http://www.w3.org/2000/09/xmldsig#';
export const PSS = 'http://www.w3.org/2007/05/xmldsig-more#';
const MORE = 'http://www.w3.org/2001/04/xmldsig-more#';
const XML_BASE = 'http://mp.stratuslab.eu/';

export const ENVELOPED = `${DS}enveloped-signature`;

/** Canonicalizations by the name of the mode; `+` is the kind with comments. */
export const CANONICALIZATIONS = {
  inclusive: 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315',
  'inclusive+': 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments',
  'inclusive-1.1': 'http://www.w3.org/2006/12/xml-c14n11',
  'inclusive-1.1+': 'http://www.w3.org/2006/12/xml-c14n11#WithComments',
  exclusive: 'http://www.w3.org/2001/10/xml-exc-c14n#',
  'exclusive+': 'http://www.w3.org/2001/10/xml-exc-c14n#WithComments',
};

export const DIGESTS = {
  md5: `${MORE}md5`,
  sha1: `${DS}sha1`,
  sha256: 'http://www.w3.org/2001/04/xmlenc#sha256',
  sha384: `${MORE}sha384`,
  sha512: 'http://www.w3.org/2001/04/xmlenc#sha512',
};

/** Signature methods: identifier, and how node:crypto makes such a signature. */
export const METHODS = {
  'rsa-sha1': { uri: `${DS}rsa-sha1`, hash: 'sha1' },
  ...Object.fromEntries(
    ['sha256', 'sha384', 'sha512'].flatMap((hash) => [
      [`rsa-${hash}`, { uri: `${MORE}rsa-${hash}`, hash }],
      [`ecdsa-${hash}`, { uri: `${MORE}ecdsa-${hash}`, hash }],
      [`${hash}-rsa-MGF1`, { uri: `${PSS}${hash}-rsa-MGF1`, hash, isPss: true }],
    ]),
  ),
  'rsa-pss': { uri: `${PSS}rsa-pss`, hash: 'sha256', isPss: true },
  ed25519: { uri: 'http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519' },
};

const USUAL = { 'p-256': 'ecdsa-sha256', 'p-384': 'ecdsa-sha384', 'p-521': 'ecdsa-sha512', ed25519: 'ed25519' };

const HASH_OCTETS = { sha1: 20, sha256: 32, sha384: 48, sha512: 64 };

/** The parameters of rsa-pss as an element; what is left out takes its default. */
export function pssParameters({ hash, maskHash, salt, trailer } = {}) {
  const digest = (name) => `<ds:DigestMethod Algorithm="${DIGESTS[name] ?? name}"></ds:DigestMethod>`;
  return [
    `<pss:RSAPSSParams xmlns:pss="${PSS}">`,
    hash === undefined ? '' : digest(hash),
    maskHash === undefined
      ? ''
      : `<pss:MaskGenerationFunction Algorithm="${PSS}MGF1">${digest(maskHash)}</pss:MaskGenerationFunction>`,
    salt === undefined ? '' : `<pss:SaltLength>${salt}</pss:SaltLength>`,
    trailer === undefined ? '' : `<pss:TrailerField>${trailer}</pss:TrailerField>`,
    '</pss:RSAPSSParams>',
  ].join('');
}

/**
 * Signs the text of a document: a Signature as the last child of the root. Options, each with a default that verifies:
 * `signedInfo` and `reference` (a canonicalization's name; for the reference also null, for none), `method` (a name of METHODS),
 * `methodUri`, `methodContent`, `digest`, `digestUri`, `transforms` (identifiers), `uri`, `certificates` (DER), `keyInfo` (the content),
 * `salt`, and `value` (from the octets of SignedInfo and the true signature to the one that is written).
 */
export function signText(xml, text, signer, options = {}) {
  const signedInfo = options.signedInfo ?? 'exclusive';
  const reference = options.reference === undefined ? 'exclusive' : options.reference;
  const method = METHODS[options.method ?? USUAL[signer.kind] ?? 'rsa-sha256'];
  const digest = options.digest ?? 'sha256';
  const canonical = canonicalize(xml, text, reference ?? 'inclusive');
  const transforms = options.transforms ?? [ENVELOPED, ...(reference === null ? [] : [CANONICALIZATIONS[reference]])];
  const inside = [
    `<ds:CanonicalizationMethod Algorithm="${CANONICALIZATIONS[signedInfo]}"></ds:CanonicalizationMethod>`,
    `<ds:SignatureMethod Algorithm="${options.methodUri ?? method.uri}">${options.methodContent ?? ''}</ds:SignatureMethod>`,
    `<ds:Reference URI="${options.uri ?? ''}"><ds:Transforms>`,
    ...transforms.map((uri) => `<ds:Transform Algorithm="${uri}"></ds:Transform>`),
    `</ds:Transforms><ds:DigestMethod Algorithm="${options.digestUri ?? DIGESTS[digest]}"></ds:DigestMethod>`,
    `<ds:DigestValue>${createHash(digest).update(canonical).digest('base64')}</ds:DigestValue></ds:Reference>`,
    '</ds:SignedInfo>',
  ].join('');
  const octets = Buffer.from(
    `<ds:SignedInfo${declareApex(canonicalize(xml, text, 'inclusive'), signedInfo)}>${inside}`,
  );
  const made = makeValue(octets, signer, method, options);
  const value = options.value === undefined ? made : options.value(octets, made);
  const certificates = (options.certificates ?? [signer.der]).map(
    (der) => `<ds:X509Certificate>${Buffer.from(der).toString('base64')}</ds:X509Certificate>`,
  );
  const keyInfo = options.keyInfo ?? `<ds:X509Data>${certificates.join('')}</ds:X509Data>`;
  const signature = `<ds:Signature xmlns:ds="${DS}"><ds:SignedInfo>${inside}<ds:SignatureValue>${value.toString('base64')}</ds:SignatureValue><ds:KeyInfo>${keyInfo}</ds:KeyInfo></ds:Signature>`;
  const end = text.lastIndexOf('</');
  return text.slice(0, end) + signature + text.slice(end);
}

function makeValue(octets, signer, method, options) {
  if (signer.privateKeyPem === undefined) return Buffer.alloc(64);
  const hash = options.hash ?? method.hash;
  const padding = method.isPss
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: options.salt ?? HASH_OCTETS[hash] }
    : {};
  const isEdwards = signer.kind === 'ed25519';
  return sign(isEdwards ? null : (hash ?? 'sha256'), octets, {
    key: signer.privateKeyPem,
    ...padding,
    ...(isEdwards || signer.kind?.startsWith('rsa') ? {} : { dsaEncoding: 'ieee-p1363' }),
  });
}

/** What the start tag of SignedInfo says when it stands alone (C14N 1.0 section 2.4, exclusive C14N section 3). */
function declareApex(inclusive, mode) {
  if (mode.startsWith('exclusive')) return ` xmlns:ds="${DS}"`;
  const root = /<[^>]*>/.exec(inclusive)[0];
  const prefixes = new Map([...root.matchAll(/ xmlns:([^=]+)="([^"]*)"/g)].map(([, prefix, uri]) => [prefix, uri]));
  prefixes.set('ds', DS);
  const declarations = [...prefixes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([p, uri]) => ` xmlns:${p}="${uri}"`);
  return `${declarations.join('')} xml:base="${XML_BASE}"`;
}

function canonicalize(xml, text, mode) {
  const reading = xml.readDocument(Buffer.from(text));
  if (!reading.ok) throw new Error(reading.findings[0].message);
  const canonical = reading.document.canonicalText(mode.startsWith('exclusive') ? 'exclusive' : 'inclusive-1.0');
  reading.document[Symbol.dispose]();
  if (canonical === undefined) throw new Error('A document for an attack cannot be canonicalized.');
  return canonical;
}

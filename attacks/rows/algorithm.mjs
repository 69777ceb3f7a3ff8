// XA, XX: algorithms, transforms and references.
import { createHmac, generateKeyPairSync } from 'node:crypto';
import {
  adoptKeys,
  forgeCertificate,
  forgeCubeRoot,
  sequence,
  smallOrderKey,
  withCertificate,
  writeDer,
} from '../forge.mjs';
import { CANONICALIZATIONS, DIGESTS, ENVELOPED, METHODS, PSS, pssParameters } from '../signature.mjs';
import { swap } from '../workshop.mjs';

const MORE = 'http://www.w3.org/2001/04/xmldsig-more#';
const DS = 'http://www.w3.org/2000/09/xmldsig#';

/** Order of the P-256 group, and of Ed25519. */
const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const ED25519_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

const signed = (seed, sign, kind) => async (w) => w.entry(seed, await w.endorser(kind), { sign });
const refusedMethod = (id, about, methodUri, more = {}) => ({
  id,
  about,
  expect: ['alg-not-allowed'],
  make: async (w) => w.entry(id, await w.endorser('rsa-2048'), { sign: { methodUri, ...more } }),
});
const hex = (value, digits) => Buffer.from(value.toString(16).padStart(digits, '0'), 'hex');
const toNumber = (bytes) => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);

/** The DER of a raw ECDSA signature. */
function toDer(raw) {
  const unsigned = (bytes) => {
    const value = toNumber(bytes).toString(16);
    const digits = value.length % 2 === 0 ? value : `0${value}`;
    const magnitude = Buffer.from(digits, 'hex');
    return writeDer(2, magnitude[0] >= 0x80 ? Buffer.concat([Buffer.of(0), magnitude]) : magnitude);
  };
  return Buffer.from(sequence(unsigned(raw.subarray(0, 32)), unsigned(raw.subarray(32))));
}

const highS = (_octets, raw) => Buffer.concat([raw.subarray(0, 32), hex(P256_ORDER - toNumber(raw.subarray(32)), 64)]);

export const ALGORITHM = [
  {
    id: 'XA-01a',
    about: 'HMAC-SHA1 with the certificate as the secret, which everybody knows',
    expect: ['alg-not-allowed'],
    make: async (w) => {
      const signer = await w.endorser();
      const value = (octets) => createHmac('sha1', Buffer.from(signer.der)).update(octets).digest();
      return w.entry('XA-01a', signer, { sign: { methodUri: `${DS}hmac-sha1`, value } });
    },
  },
  {
    id: 'XA-01b',
    about: 'HMAC-SHA256 with the public key as the secret',
    expect: ['alg-not-allowed'],
    make: async (w) => {
      const signer = await w.endorser();
      const value = (octets) => createHmac('sha256', Buffer.from(signer.certificate.spki)).update(octets).digest();
      return w.entry('XA-01b', signer, { sign: { methodUri: `${MORE}hmac-sha256`, value } });
    },
  },
  {
    id: 'XA-02',
    about: 'an HMAC of one bit (CVE-2009-0217)',
    expect: ['alg-not-allowed'],
    make: signed('XA-02', {
      methodUri: `${DS}hmac-sha1`,
      methodContent: '<ds:HMACOutputLength>1</ds:HMACOutputLength>',
      value: () => Buffer.of(0x80),
    }),
  },
  {
    id: 'XA-03a',
    about: 'an RSA key and an ECDSA method',
    expect: ['alg-key-mismatch'],
    make: signed('XA-03a', { methodUri: METHODS['ecdsa-sha256'].uri }, 'rsa-2048'),
  },
  {
    id: 'XA-03b',
    about: 'an ECDSA key and an RSA method',
    expect: ['alg-key-mismatch'],
    make: signed('XA-03b', { methodUri: METHODS['rsa-sha256'].uri }),
  },
  {
    id: 'XA-03c',
    about: 'an Ed25519 key and an ECDSA method',
    expect: ['alg-key-mismatch'],
    make: signed('XA-03c', { methodUri: METHODS['ecdsa-sha256'].uri }, 'ed25519'),
  },
  {
    id: 'XA-04a',
    about: 'an MD5 digest under a SHA-256 signature',
    expect: ['alg-not-allowed'],
    make: signed('XA-04a', { digest: 'md5' }),
  },
  {
    id: 'XA-04b',
    about: 'a SHA-1 digest under a SHA-256 signature',
    expect: ['alg-not-allowed'],
    make: signed('XA-04b', { digest: 'sha1' }),
  },
  refusedMethod('XA-04c', 'an RSA signature with SHA-1 over a SHA-256 digest', `${DS}rsa-sha1`, { hash: 'sha1' }),
  refusedMethod('XA-04d', 'an RSA signature with MD5', `${MORE}rsa-md5`, { hash: 'md5' }),
  refusedMethod('XA-04e', 'DSA', `${DS}dsa-sha1`),
  refusedMethod('XA-04f', 'RSA-PSS with MGF1 and SHA-1', `${PSS}sha1-rsa-MGF1`),
  {
    id: 'XA-05',
    about:
      'PKCS #1 v1.5 for a key with exponent 3, made without it: right head, garbage behind (Bleichenbacher 2006, CVE-2022-24771)',
    expect: ['sig'],
    make: async (w) => {
      const pair = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 });
      const parameters = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
      const key = await adoptKeys(pair, 'rsa-2048', parameters);
      const victim = await w.person(await w.main(), 'small-exponent', { key });
      return w.entry('XA-05', victim, { sign: { value: (octets) => forgeCubeRoot(octets) } });
    },
  },
  {
    id: 'XA-06a',
    about: 'ECDSA with r = 0',
    expect: ['sig'],
    make: signed('XA-06a', { value: (_, raw) => Buffer.concat([Buffer.alloc(32), raw.subarray(32)]) }),
  },
  {
    id: 'XA-06b',
    about: 'ECDSA with s = 0',
    expect: ['sig'],
    make: signed('XA-06b', { value: (_, raw) => Buffer.concat([raw.subarray(0, 32), Buffer.alloc(32)]) }),
  },
  {
    id: 'XA-06c',
    about: 'ECDSA with r = s = 0 (CVE-2022-21449)',
    expect: ['sig'],
    make: signed('XA-06c', { value: () => Buffer.alloc(64) }),
  },
  {
    id: 'XA-06d',
    about: 'an ECDSA signature in DER instead of r and s',
    expect: ['sig'],
    make: signed('XA-06d', { value: (_, raw) => toDer(raw) }),
  },
  {
    id: 'XA-06e',
    about: 'an ECDSA signature with a zero octet too many',
    expect: ['sig'],
    make: signed('XA-06e', { value: (_, raw) => Buffer.concat([raw, Buffer.of(0)]) }),
  },
  {
    id: 'XA-06f',
    about: 'ECDSA with r and s equal to the order of the group',
    expect: ['sig'],
    make: signed('XA-06f', { value: () => Buffer.concat([hex(P256_ORDER, 64), hex(P256_ORDER, 64)]) }),
  },
  {
    id: 'XA-06g',
    about: 'control: ECDSA with the other of the two s, which anyone can make of the first',
    expect: 'OK',
    make: signed('XA-06g', { value: highS }),
  },
  {
    id: 'XA-06h',
    about: 'the same entry again with the other s, to stand in the log twice: the registry answers with the first',
    expect: 'OK',
    isKnown: true,
    ways: ['http'],
    make: async (w) => {
      const signer = await w.endorser();
      return { bytes: w.entry('XA-06h', signer, { sign: { value: highS } }), before: [w.entry('XA-06h', signer)] };
    },
  },
  {
    id: 'XA-07a',
    about: 'an Ed25519 key of small order, for which one signature fits every message',
    expect: ['alg-key-mismatch', 'weak-alg'],
    make: async (w) => {
      const main = await w.main();
      const der = forgeCertificate(main, await w.person(main, 'small-order'), { spki: smallOrderKey() });
      const signer = withCertificate(await w.person(main, 'small-order', { key: 'ed25519' }), der);
      const value = () => Buffer.concat([Buffer.of(1), Buffer.alloc(63)]);
      return w.entry('XA-07a', signer, { sign: { value } });
    },
  },
  {
    id: 'XA-07b',
    about: 'Ed25519 with S larger than the order, a second form of the same signature',
    expect: ['sig'],
    make: signed(
      'XA-07b',
      {
        value: (_, raw) => {
          const s = toNumber(Buffer.from(raw.subarray(32)).reverse()) + ED25519_ORDER;
          return Buffer.concat([raw.subarray(0, 32), hex(s, 64).reverse()]);
        },
      },
      'ed25519',
    ),
  },
  ...['constructor', '__proto__', 'toString'].flatMap((name, at) => [
    {
      id: `XA-08${'adg'[at]}`,
      about: `a digest called "${name}", a property every JavaScript object has`,
      expect: ['alg-not-allowed'],
      make: signed(`XA-08${'adg'[at]}`, { digestUri: name }),
    },
    {
      id: `XA-08${'beh'[at]}`,
      about: `a signature method called "${name}"`,
      expect: ['alg-not-allowed'],
      make: signed(`XA-08${'beh'[at]}`, { methodUri: name }),
    },
    {
      id: `XA-08${'cfi'[at]}`,
      about: `a canonicalization called "${name}"`,
      expect: ['alg-not-allowed', 'transform'],
      make: async (w) =>
        w.entry(`XA-08${'cfi'[at]}`, await w.endorser(), {
          after: (text) => text.replaceAll(`Algorithm="${CANONICALIZATIONS.exclusive}"`, `Algorithm="${name}"`),
        }),
    },
  ]),
  {
    id: 'XA-09a',
    about: 'RSA-PSS whose mask is of another hash than its digest',
    expect: ['alg-not-allowed'],
    make: signed(
      'XA-09a',
      { method: 'rsa-pss', methodContent: pssParameters({ hash: 'sha256', maskHash: 'sha512' }) },
      'rsa-2048',
    ),
  },
  {
    id: 'XA-09b',
    about: 'RSA-PSS parameters that ask for SHA-1',
    expect: ['alg-not-allowed'],
    make: signed(
      'XA-09b',
      { method: 'rsa-pss', methodContent: pssParameters({ hash: 'sha1', maskHash: 'sha1' }) },
      'rsa-2048',
    ),
  },
  {
    id: 'XA-09c',
    about: 'an RSA-PSS signature with another salt length than its parameters say',
    expect: ['sig'],
    make: signed('XA-09c', { method: 'rsa-pss', salt: 16, methodContent: pssParameters({ salt: 32 }) }, 'rsa-2048'),
  },
  {
    id: 'XX-01',
    about: 'an XSLT transform, which is a program (CVE-2022-34169)',
    expect: ['transform'],
    make: async (w) =>
      w.entry('XX-01', await w.endorser(), {
        after: swap(
          `<ds:Transform Algorithm="${CANONICALIZATIONS.exclusive}"></ds:Transform>`,
          `<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"><x:stylesheet xmlns:x="http://www.w3.org/1999/XSL/Transform" version="1.0"><x:template match="/"><x:copy-of select="document('${w.lureUrl}/xslt')"/></x:template></x:stylesheet></ds:Transform>`,
        ),
      }),
  },
  {
    id: 'XX-02',
    about: 'an XPath transform that leaves the forged part out of the digest',
    expect: ['transform'],
    make: async (w) =>
      w.entry('XX-02', await w.endorser(), {
        after: swap(
          `<ds:Transform Algorithm="${CANONICALIZATIONS.exclusive}"></ds:Transform>`,
          '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath>not(ancestor-or-self::rdf:Description)</ds:XPath></ds:Transform>',
        ),
      }),
  },
  {
    id: 'XX-03',
    about: 'a base64 transform',
    expect: ['transform'],
    make: signed('XX-03', { transforms: [ENVELOPED, `${DS}base64`] }),
  },
  {
    id: 'XX-04',
    about: '1,000 transforms (CVE-2021-39171)',
    expect: ['transform'],
    make: signed('XX-04', { transforms: [ENVELOPED, ...Array(1_000).fill(CANONICALIZATIONS.exclusive)] }),
  },
  {
    id: 'XX-05a',
    about: 'a reference to a page on the network',
    expect: ['ref-uri'],
    make: async (w) => w.entry('XX-05a', await w.endorser(), { sign: { uri: `${w.lureUrl}/reference` } }),
  },
  {
    id: 'XX-05b',
    about: 'a reference to a file',
    expect: ['ref-uri'],
    make: signed('XX-05b', { uri: 'file:///etc/passwd' }),
  },
  {
    id: 'XX-05c',
    about: 'a reference by XPointer',
    expect: ['ref-uri'],
    make: signed('XX-05c', { uri: '#xpointer(/)' }),
  },
  {
    id: 'XX-06',
    about: 'no transform at all: the signature would have to sign itself',
    expect: ['transform'],
    make: signed('XX-06', { transforms: [] }),
  },
  {
    id: 'XX-07',
    about: 'parameters of exclusive canonicalization that hide a namespace from the digest',
    expect: ['alg-not-allowed'],
    make: async (w) =>
      w.entry('XX-07', await w.endorser(), {
        after: swap(
          `<ds:CanonicalizationMethod Algorithm="${CANONICALIZATIONS.exclusive}">`,
          `<ds:CanonicalizationMethod Algorithm="${CANONICALIZATIONS.exclusive}"><e:InclusiveNamespaces xmlns:e="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="rdf"/>`,
        ),
      }),
  },
  {
    id: 'XX-08',
    about: `a digest by the name of a signature method`,
    expect: ['alg-not-allowed'],
    make: signed('XX-08', { digestUri: METHODS['rsa-sha256'].uri }),
  },
  {
    id: 'XX-09',
    about: 'control: an RSA-PSS signature with its parameters written out',
    expect: 'OK',
    make: signed(
      'XX-09',
      {
        method: 'rsa-pss',
        methodContent: pssParameters({ hash: 'sha256', maskHash: 'sha256', salt: 32, trailer: 1 }),
        digestUri: DIGESTS.sha256,
      },
      'rsa-2048',
    ),
  },
];

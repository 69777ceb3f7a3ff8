import { describe, expect, it } from 'vitest';
import {
  CANONICALIZATIONS,
  METHODS,
  PSS,
  pssParameters,
  type SignOptions,
  signText,
} from '../../attacks/signature.mjs';
import { fillEndorsement, writeDraft } from '../../src/entry/write-entry.ts';
import { nodeCrypto } from '../../src/platform/node-crypto.ts';
import type { Trust } from '../../src/verify/conditions.ts';
import { verifyEntry } from '../../src/verify/verify-entry.ts';
import type { Issued, KeyKind } from '../../src/x509/issue.ts';
import { writeName } from '../../src/x509/name.ts';
import { webCrypto } from '../../src/x509/web-crypto.ts';
import { describeImage, makeAuthority, makeEndorser, NOW } from '../endorser.ts';
import { xml } from '../xml/world.ts';

const PLAIN = ['inclusive', 'inclusive-1.1', 'exclusive'] as const;
const COMMENTED = ['inclusive+', 'inclusive-1.1+', 'exclusive+'] as const;
const HASHES = ['sha256', 'sha384', 'sha512'] as const;

/** Every method of the current profile, with a key that fits it. */
const ACCEPTED: readonly (readonly [name: string, key: KeyKind, options: SignOptions])[] = [
  ...HASHES.map((hash) => [`rsa-${hash}`, 'rsa-2048', { method: `rsa-${hash}` }] as const),
  ...HASHES.map((hash) => [`${hash}-rsa-MGF1`, 'rsa-2048', { method: `${hash}-rsa-MGF1` }] as const),
  ['rsa-pss', 'rsa-2048', { method: 'rsa-pss' }],
  ...HASHES.map(
    (hash) =>
      [
        `rsa-pss of ${hash}`,
        'rsa-3072',
        { method: 'rsa-pss', hash, methodContent: pssParameters({ hash, maskHash: hash }) },
      ] as const,
  ),
  ['rsa-pss with salt', 'rsa-2048', { method: 'rsa-pss', salt: 20, methodContent: pssParameters({ salt: 20 }) }],
  [
    'rsa-pss with all said',
    'rsa-2048',
    {
      method: 'rsa-pss',
      hash: 'sha512',
      salt: 0,
      methodContent: pssParameters({ hash: 'sha512', maskHash: 'sha512', salt: 0, trailer: 1 }),
    },
  ],
  ...(['p-256', 'p-384', 'p-521'] as const).flatMap((curve) =>
    HASHES.map((hash) => [`ecdsa-${hash} on ${curve}`, curve, { method: `ecdsa-${hash}` }] as const),
  ),
  ['ed25519', 'ed25519', { method: 'ed25519' }],
];

const authority = await makeAuthority('Table CA');
const trust: Trust = { mode: 'anchors', anchors: [authority.certificate], digest: 'test', bindings: [] };
const signers = new Map<KeyKind, Promise<Issued>>();

function signerOf(kind: KeyKind): Promise<Issued> {
  const known = signers.get(kind) ?? makeEndorser(authority, `signer-${kind}`, { key: kind }).then((one) => one.issued);
  signers.set(kind, known);
  return known;
}

async function sign(kind: KeyKind, options: SignOptions, draftOptions: { at?: Date } = {}): Promise<Uint8Array> {
  const signer = await signerOf(kind);
  const filled = fillEndorsement(xml, writeDraft(describeImage('table')), {
    createdAt: draftOptions.at ?? NOW,
    email: `signer-${kind}@example.org`,
    subject: writeName(signer.certificate.subject),
    issuers: [writeName(signer.certificate.issuer)],
  });
  return new TextEncoder().encode(signText(xml, new TextDecoder().decode(filled), signer, options));
}

async function codesOf(bytes: Uint8Array, profile: 'current' | 'legacy' = 'current', crypto = nodeCrypto) {
  const { valid, findings } = await verifyEntry(bytes, { profile, at: NOW, trust }, { xml, crypto });
  const codes = findings.filter(({ severity }) => severity === 'error').map(({ code }) => code);
  expect(valid).toBe(codes.length === 0);
  return codes;
}

describe('the signature profile (trust A2)', () => {
  it.each(ACCEPTED)('accepts %s under every canonicalization of SignedInfo and reference', async (_, key, options) => {
    for (const signedInfo of [...PLAIN, ...COMMENTED]) {
      for (const reference of [...PLAIN, null]) {
        const codes = await codesOf(await sign(key, { ...options, signedInfo, reference }));
        expect([signedInfo, reference, codes]).toEqual([signedInfo, reference, []]);
      }
    }
  });

  it.each(ACCEPTED)('accepts %s with WebCrypto too', async (_, key, options) => {
    const bytes = await sign(key, options);
    const verdict = await verifyEntry(bytes, { profile: 'current', at: NOW, trust }, { xml, crypto: webCrypto });
    expect(verdict.findings).toEqual([]);
  });

  it.each(HASHES)('accepts the digest %s', async (digest) => {
    expect(await codesOf(await sign('p-256', { digest }))).toEqual([]);
  });

  it.each(['md5', 'sha1'] as const)('refuses the digest %s', async (digest) => {
    expect(await codesOf(await sign('p-256', { digest }))).toContain('alg-not-allowed');
  });

  it.each(COMMENTED)(
    'refuses the reference canonicalization %s, whose octets could hold comments',
    async (reference) => {
      expect(await codesOf(await sign('p-256', { reference }))).toContain('transform');
    },
  );

  it.each([
    'http://www.w3.org/2000/09/xmldsig#rsa-sha1',
    'http://www.w3.org/2000/09/xmldsig#dsa-sha1',
    'http://www.w3.org/2009/xmldsig11#dsa-sha256',
    'http://www.w3.org/2000/09/xmldsig#hmac-sha1',
    'http://www.w3.org/2001/04/xmldsig-more#hmac-sha256',
    'http://www.w3.org/2001/04/xmldsig-more#hmac-sha512',
    'http://www.w3.org/2001/04/xmldsig-more#rsa-md5',
    'http://www.w3.org/2001/04/xmldsig-more#rsa-sha224',
    'http://www.w3.org/2001/04/xmldsig-more#rsa-ripemd160',
    'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1',
    'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha224',
    'http://www.w3.org/2001/04/xmldsig-more#esign-sha256',
    'http://www.w3.org/2007/05/xmldsig-more#sha1-rsa-MGF1',
    'http://www.w3.org/2007/05/xmldsig-more#sha224-rsa-MGF1',
    'http://www.w3.org/2007/05/xmldsig-more#sha3-256-rsa-MGF1',
    'http://www.w3.org/2007/05/xmldsig-more#ecdsa-ripemd160',
    'http://www.w3.org/2021/04/xmldsig-more#eddsa-ed448',
    'http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519ph',
    'http://www.w3.org/2001/04/xmldsig-more#RSA-SHA256',
    ' http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    'rsa-sha256',
    '',
  ])('refuses the method %s', async (methodUri) => {
    const codes = await codesOf(await sign('rsa-2048', { method: 'rsa-sha256', methodUri }));
    expect(codes).toContain('alg-not-allowed');
  });

  it.each([
    'http://www.w3.org/TR/2001/REC-xml-c14n-20010315#',
    'http://www.w3.org/2006/12/xml-c14n11#',
    'http://www.w3.org/2001/10/xml-exc-c14n',
    'http://www.w3.org/2001/10/xml-exc-c14n##WithComments',
    'http://www.w3.org/2010/xml-c14n2',
    'http://santuario.apache.org/c14n/physical',
    'http://www.w3.org/TR/1999/REC-xslt-19991116',
    '',
  ])('refuses the canonicalization %s', async (uri) => {
    const text = new TextDecoder().decode(await sign('p-256', { reference: 'inclusive' }));
    const changed = text.replace(CANONICALIZATIONS.exclusive, () => uri);
    expect(await codesOf(new TextEncoder().encode(changed))).toContain('alg-not-allowed');
  });

  it.each([
    ['rsa-sha256', 'p-256'],
    ['sha256-rsa-MGF1', 'p-256'],
    ['rsa-pss', 'ed25519'],
    ['ecdsa-sha256', 'rsa-2048'],
    ['ecdsa-sha256', 'ed25519'],
    ['ed25519', 'rsa-2048'],
    ['ed25519', 'p-384'],
  ] as const)('refuses %s with a key of the kind %s', async (method, key) => {
    expect(await codesOf(await sign(key, { methodUri: METHODS[method]!.uri }))).toContain('alg-key-mismatch');
  });

  const parameters = (change: (content: string) => string): SignOptions => ({
    method: 'rsa-pss',
    methodContent: change(pssParameters({ hash: 'sha256', maskHash: 'sha256', salt: 32, trailer: 1 })),
  });

  // Exclusive canonicalization drops a declaration nobody uses, so nobody reads it either.
  const withInclusive = (change: (content: string) => string): SignOptions => ({
    ...parameters(change),
    signedInfo: 'inclusive',
    reference: 'inclusive',
  });

  it.each<[string, SignOptions]>([
    [
      'a mask over another hash',
      { method: 'rsa-pss', methodContent: pssParameters({ hash: 'sha256', maskHash: 'sha384' }) },
    ],
    ['a hash without its mask', { method: 'rsa-pss', methodContent: pssParameters({ hash: 'sha512' }) }],
    ['SHA-1', { method: 'rsa-pss', methodContent: pssParameters({ hash: 'sha1', maskHash: 'sha1' }) }],
    ['MD5', { method: 'rsa-pss', methodContent: pssParameters({ hash: 'md5', maskHash: 'md5' }) }],
    ['another mask function', parameters((content) => content.replace(`${PSS}MGF1`, `${PSS}MGF2`))],
    ['another trailer', { method: 'rsa-pss', methodContent: pssParameters({ trailer: 2 }) }],
    ['too much salt', { method: 'rsa-pss', methodContent: pssParameters({ salt: 65 }) }],
    ['less than no salt', { method: 'rsa-pss', methodContent: pssParameters({ salt: '-1' }) }],
    ['salt in other digits', { method: 'rsa-pss', methodContent: pssParameters({ salt: '032' }) }],
    ['parameters twice', parameters((content) => content + content)],
    [
      'parameters in another namespace',
      parameters((content) => content.replace(`xmlns:pss="${PSS}"`, 'xmlns:pss="urn:x"')),
    ],
    [
      'an unknown parameter',
      parameters((content) => content.replace('</pss:RSAPSSParams>', '<pss:X></pss:X></pss:RSAPSSParams>')),
    ],
    [
      'parameters in another order',
      parameters((content) => content.replace(/(<pss:SaltLength>.*?<\/pss:SaltLength>)(<pss:Tr.*?Field>)/, '$2$1')),
    ],
    ['text between parameters', parameters((content) => content.replace('<pss:SaltLength>', 'x<pss:SaltLength>'))],
    ['an attribute', parameters((content) => content.replace('<pss:SaltLength>', '<pss:SaltLength x="1">'))],
    [
      'a declaration further down',
      withInclusive((content) => content.replace('<pss:SaltLength>', '<pss:SaltLength xmlns:y="urn:y">')),
    ],
    ['text in place of parameters', { method: 'rsa-pss', methodContent: 'SHA-256' }],
  ])('refuses RSA-PSS with %s', async (_, options) => {
    expect(await codesOf(await sign('rsa-2048', options))).toContain('alg-not-allowed');
  });

  it('refuses parameters of RSA-PSS under a method that has none', async () => {
    const options = { method: 'sha256-rsa-MGF1', methodContent: pssParameters({ hash: 'sha256', maskHash: 'sha256' }) };
    expect(await codesOf(await sign('rsa-2048', options))).toContain('sig-structure');
  });

  it.each([
    [16, 32],
    [32, 20],
    [0, 32],
  ])('does not verify RSA-PSS with %i octets of salt where the parameters say %i', async (salt, said) => {
    const codes = await codesOf(
      await sign('rsa-2048', { method: 'rsa-pss', salt, methodContent: pssParameters({ salt: said }) }),
    );
    expect(codes).toEqual(['sig']);
  });

  describe('for originals', () => {
    const legacy = { signedInfo: 'inclusive+', reference: null, method: 'rsa-sha1', digest: 'sha1' } as const;
    const at = new Date('2013-05-01T00:00:00Z');
    const verifyLegacy = async (options: SignOptions): Promise<string[]> => {
      const bytes = await sign('rsa-2048', options, { at });
      const documentSha256 = Buffer.from(nodeCrypto.digest('SHA-256', bytes)).toString('hex');
      const manifest: Trust = { mode: 'manifest', documents: new Set([documentSha256]), digest: 'test' };
      const verdict = await verifyEntry(
        bytes,
        { profile: 'legacy', at: NOW, trust: manifest },
        { xml, crypto: nodeCrypto },
      );
      return verdict.findings.filter(({ severity }) => severity === 'error').map(({ code }) => code);
    };

    it('accepts exactly what the original software wrote', async () => {
      expect(await verifyLegacy(legacy)).toEqual([]);
    });

    it.each<[string, SignOptions, string]>([
      ['another canonicalization of SignedInfo', { ...legacy, signedInfo: 'inclusive' }, 'alg-not-allowed'],
      ['exclusive canonicalization of SignedInfo', { ...legacy, signedInfo: 'exclusive+' }, 'alg-not-allowed'],
      ['a second transform', { ...legacy, reference: 'inclusive' }, 'transform'],
      ['a better signature method', { ...legacy, method: 'rsa-sha256' }, 'alg-not-allowed'],
      ['a better digest', { ...legacy, digest: 'sha256' }, 'alg-not-allowed'],
      ['DSA', { ...legacy, methodUri: 'http://www.w3.org/2000/09/xmldsig#dsa-sha1' }, 'alg-not-allowed'],
      ['the digest MD5', { ...legacy, digest: 'md5' }, 'alg-not-allowed'],
    ])('refuses %s', async (_, options, code) => {
      expect(await verifyLegacy(options)).toContain(code);
    });
  });
});

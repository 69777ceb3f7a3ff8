import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Endorsement } from '../../src/entry/entry.ts';
import { toIdentifier } from '../../src/entry/identifier.ts';
import { amendDocument, writeDraft } from '../../src/entry/write-entry.ts';
import { nodeCrypto } from '../../src/platform/node-crypto.ts';
import type { Conditions, Trust } from '../../src/verify/conditions.ts';
import type { Verdict } from '../../src/verify/verdict.ts';
import { verifyDraft, verifyEntry } from '../../src/verify/verify-entry.ts';
import type { Issued, KeyKind } from '../../src/x509/issue.ts';
import { writeName } from '../../src/x509/name.ts';
import {
  describeImage,
  makeAuthority,
  makeEndorser,
  makeEntry,
  NOW,
  sealOnly,
  signDraft,
  type TestEndorser,
} from '../endorser.ts';
import { xml } from '../xml/world.ts';

const world = { xml, crypto: nodeCrypto };
let authority: Issued;
let ada: TestEndorser;
let trust: Trust;

beforeAll(async () => {
  authority = await makeAuthority();
  ada = await makeEndorser(authority, 'ada');
  trust = { mode: 'anchors', anchors: [authority.certificate], digest: 'test', bindings: [] };
});

function verify(bytes: Uint8Array, changes: Partial<Conditions> = {}): Promise<Verdict> {
  return verifyEntry(bytes, { profile: 'current', at: NOW, trust, ...changes }, world);
}

const codesOf = ({ findings }: Verdict): string[] => findings.map(({ code }) => code);
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

async function expectRefused(bytes: Uint8Array, code: string, changes: Partial<Conditions> = {}): Promise<void> {
  const verdict = await verify(bytes, changes);
  expect(codesOf(verdict)).toContain(code);
  expect(verdict.valid).toBe(false);
}

describe('a signed entry', () => {
  it.each<KeyKind>(['rsa-2048', 'p-256', 'p-384', 'p-521', 'ed25519'])(
    'is valid when signed with a key of kind %s',
    async (key) => {
      const endorser = await makeEndorser(authority, `signer-${key}`, { key });
      const description = describeImage('an image');
      const verdict = await verify(await makeEntry(endorser, description));
      expect(verdict.findings).toEqual([]);
      if (!verdict.valid) throw new Error('refused');
      expect(verdict.verified.entry).toEqual({
        ...description,
        endorsement: {
          createdAt: NOW,
          email: endorser.email,
          subject: `CN=signer-${key},O=Vouch Tests`,
          issuers: ['CN=Test CA,O=Vouch Tests'],
        },
      });
      expect(verdict.verified.evidence.chain).toHaveLength(2);
    },
  );

  it('keeps what other communities add, as triples', async () => {
    const draft = textOf(writeDraft(describeImage())).replace(
      '</rdf:Description>',
      '<bio:tool xmlns:bio="http://bio.example.org/" rdf:parseType="Resource"><dcterms:identifier>samtools</dcterms:identifier></bio:tool></rdf:Description>',
    );
    const verdict = await verify(await signDraft(bytesOf(draft), ada));
    expect(verdict.findings).toEqual([]);
    if (!verdict.valid) throw new Error('refused');
    expect(verdict.verified.triples).toContainEqual(
      expect.objectContaining({
        predicate: 'http://bio.example.org/tool',
        object: expect.objectContaining({ termType: 'BlankNode' }),
      }),
    );
  });

  it('needs its intermediate authority in the signature or the trust directory', async () => {
    const { issueAuthority } = await import('../../src/x509/issue.ts');
    const middle = await issueAuthority({
      subject: 'CN=Middle CA,O=Vouch Tests',
      issuer: authority,
      notBefore: new Date('2026-01-01T00:00:00Z'),
      notAfter: new Date('2027-01-01T00:00:00Z'),
    });
    const eve = await makeEndorser(middle, 'eve');
    expect((await verify(await makeEntry(eve, undefined, { chain: [middle] }))).findings).toEqual([]);
    await expectRefused(await makeEntry(eve), 'no-anchor');
  });

  it('may be deprecated and then needs no location', async () => {
    const { validUntil, ...rest } = describeImage('x', { locations: [], deprecated: 'CVE-2026-0001' });
    const verdict = await verify(await makeEntry(ada, { ...rest, validUntil: validUntil! }));
    expect(verdict.findings).toEqual([]);
  });
});

describe('a refused entry', () => {
  it('lists all findings, not the first', async () => {
    const mallory = await makeEndorser(await makeAuthority('Other CA'), 'mallory');
    const description = describeImage('x', { inboundPorts: [70_000], icmp: [256], locations: ['not a uri'] });
    const verdict = await verify(await makeEntry(mallory, description, { endorsement: { email: 'ada@example.org' } }));
    expect(new Set(codesOf(verdict))).toEqual(new Set(['value', 'location', 'no-anchor', 'email-unbound']));
  });

  it.each<[string, string, (text: string) => string]>([
    ['a value changed', 'digest', (text) => text.replace('debian', 'debiam')],
    ['white space changed', 'digest', (text) => text.replace('\n    <slreq:bytes>', '\n     <slreq:bytes>')],
    [
      'the signature value of another',
      'sig',
      (text) => text.replace(/(<ds:SignatureValue>\s*)(..)/, (_, head, two) => head + (two === 'AA' ? 'BB' : 'AA')),
    ],
    [
      'a signed algorithm changed',
      'sig',
      (text) =>
        text.replace(
          '<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#">',
          '<ds:Transform Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315">',
        ),
    ],
    [
      'a second description beside the signed one (XW-01)',
      'root',
      (text) => text.replace('<ds:Signature', '<rdf:Description rdf:about="#x"></rdf:Description><ds:Signature'),
    ],
    ['a wrapper root (XW-02)', 'root', (text) => `<w>${text.replace(/<\?xml.*?\?>\n/, '')}</w>`],
    ['a reference to a part (XW-03)', 'ref-uri', (text) => text.replace('URI=""', 'URI="#x"')],
    [
      'the signature first (XW-04)',
      'sig-place',
      (text) => {
        const signature = /<ds:Signature[\s\S]*<\/ds:Signature>/.exec(text)![0];
        return text.replace(signature, '').replace('<rdf:Description', `${signature}<rdf:Description`);
      },
    ],
    [
      'a ds:Object beside the signature',
      'root',
      (text) => text.replace('<ds:Signature ', '<ds:Object xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>$&'),
    ],
    ['two signatures (XW-05)', 'sig-count', (text) => text.replace(/<ds:Signature[\s\S]*<\/ds:Signature>/, '$&$&')],
    [
      'two SignedInfo (XW-07)',
      'sig-structure',
      (text) => text.replace(/<ds:SignedInfo[\s\S]*<\/ds:SignedInfo>/, '$&$&'),
    ],
    ['two references (XW-08)', 'ref-count', (text) => text.replace(/<ds:Reference[\s\S]*<\/ds:Reference>/, '$&$&')],
    ['no reference (XW-09)', 'ref-count', (text) => text.replace(/<ds:Reference[\s\S]*<\/ds:Reference>/, '')],
    ['a comment (XT-01)', 'comment', (text) => text.replace('ada@example.org', 'ada@example.org<!-- -->.evil.org')],
    [
      'a comment in the digest (XT-02)',
      'comment',
      (text) => text.replace('<ds:DigestValue>', '<ds:DigestValue><!-- -->'),
    ],
    ['a processing instruction (XT-03)', 'pi', (text) => text.replace('debian', 'deb<?x?>ian')],
    ['a stylesheet (XT-04)', 'pi', (text) => text.replace('<rdf:RDF', '<?xml-stylesheet href="x"?><rdf:RDF')],
    [
      'a DOCTYPE (XD-01)',
      'doctype',
      (text) => text.replace('<rdf:RDF', '<!DOCTYPE rdf:RDF [<!ENTITY e "x">]><rdf:RDF'),
    ],
    [
      'XInclude (XD-07)',
      'xinclude',
      (text) =>
        text.replace(
          '</rdf:Description>',
          '<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/></rdf:Description>',
        ),
    ],
    ['an undeclared entity', 'wellformed', (text) => text.replace('debian', '&unknown;')],
    [
      'HMAC (XA-01)',
      'alg-not-allowed',
      (text) =>
        text.replace(
          /(<ds:SignatureMethod Algorithm=)"[^"]*"/,
          '$1"http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"',
        ),
    ],
    [
      'an HMAC length (XA-02)',
      'alg-not-allowed',
      (text) => text.replace(/(<ds:SignatureMethod[^>]*>)/, '$1<ds:HMACOutputLength>1</ds:HMACOutputLength>'),
    ],
    [
      'another kind of key (XA-03)',
      'alg-key-mismatch',
      (text) => text.replace('xmldsig-more#ecdsa-sha256', 'xmldsig-more#rsa-sha256'),
    ],
    [
      'a SHA-1 digest (XA-04)',
      'alg-not-allowed',
      (text) => text.replace('xmlenc#sha256', 'xmldsig#sha1').replace('2001/04/xmldsig#sha1', '2000/09/xmldsig#sha1'),
    ],
    [
      'an XSLT transform (XX-01)',
      'transform',
      (text) =>
        text.replace(
          'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
          'http://www.w3.org/TR/1999/REC-xslt-19991116',
        ),
    ],
    [
      '1,000 transforms (XX-04)',
      'transform',
      (text) =>
        text.replace(/<ds:Transform Algorithm="http:\/\/www.w3.org\/2001[^>]*><\/ds:Transform>/, (transform) =>
          transform.repeat(1000),
        ),
    ],
    ['an external reference (XX-05)', 'ref-uri', (text) => text.replace('URI=""', 'URI="http://127.0.0.1/x"')],
    [
      'a relative namespace name (XC-06)',
      'c14n',
      (text) => text.replace('</rdf:Description>', '<r:x xmlns:r="relative/name"/></rdf:Description>'),
    ],
    [
      'a KeyValue beside the certificate (KI-01)',
      'keyinfo',
      (text) => text.replace('<ds:KeyInfo>', '<ds:KeyInfo><ds:KeyValue></ds:KeyValue>'),
    ],
    [
      'a key by name only (KI-05)',
      'keyinfo',
      (text) => text.replace(/<ds:X509Data>[\s\S]*<\/ds:X509Data>/, '<ds:KeyName>ada</ds:KeyName>'),
    ],
    [
      'the same Id twice (XW-06)',
      'dup-id',
      (text) =>
        text.replace('<ds:SignedInfo>', '<ds:SignedInfo Id="a">').replace('<ds:KeyInfo>', '<ds:KeyInfo Id="a">'),
    ],
  ])('is one with %s', async (_, code, change) => {
    const entry = textOf(await makeEntry(ada, describeImage('the image')));
    expect((await verify(bytesOf(entry))).valid).toBe(true);
    const changed = change(entry);
    expect(changed).not.toBe(entry);
    await expectRefused(bytesOf(changed), code);
  });

  it('says only that of a processing instruction outside the root (XT-04)', async () => {
    const verdict = await verify(bytesOf(`<?xml-stylesheet href="x"?>${textOf(await makeEntry(ada)).slice(39)}`));
    expect(codesOf(verdict)).toEqual(['pi']);
  });

  it('is one signed by the second certificate (KI-02)', async () => {
    const mallory = await makeEndorser(authority, 'mallory');
    const filled = await signDraft(writeDraft(describeImage()), ada);
    const unsigned = amendDocument(xml, filled, {});
    const forged = await sealOnly(unsigned, { ...mallory, issued: { ...mallory.issued, der: ada.issued.der } }, [
      mallory.issued,
    ]);
    await expectRefused(forged, 'sig');
  });

  it('is one whose certificate only looks like the victim (KI-03, KI-04)', async () => {
    const fake = await makeAuthority();
    const twin = await makeEndorser(fake, 'ada');
    await expectRefused(await makeEntry(twin, undefined, { chain: [fake] }), 'no-anchor');
  });

  it('is one that names another person (ID-01) or an address nothing binds (ID-03)', async () => {
    await expectRefused(
      await makeEntry(ada, undefined, { endorsement: { subject: 'CN=bob,O=Vouch Tests' } }),
      'identity',
    );
    await expectRefused(await makeEntry(ada, undefined, { endorsement: { issuers: ['CN=Other CA'] } }), 'identity');
    const silent = await makeEndorser(authority, 'silent', { email: [] });
    const entry = await makeEntry(silent);
    await expectRefused(entry, 'email-unbound');
    const binding = { email: silent.email, subject: 'CN=silent,O=Vouch Tests', issuer: 'CN=Test CA,O=Vouch Tests' };
    expect((await verify(entry, { trust: { ...trust, bindings: [binding] } as Trust })).findings).toEqual([]);
  });

  it('is one whose address or name has a blank at its end that is no white space of XML (ID-02)', async () => {
    const { subject } = ada.issued.certificate;
    const padded = (blank: string): Partial<Endorsement> => ({ subject: `${writeName(subject)}${blank}` });
    for (const blank of ['\u00a0', '\ufeff', '\u2028', '\u3000']) {
      await expectRefused(await makeEntry(ada, undefined, { endorsement: padded(blank) }), 'identity');
      const email = `${ada.email}${blank}`;
      await expectRefused(await makeEntry(ada, undefined, { endorsement: { email } }), 'email');
    }
  });

  it('is one from the future, from before its certificate, or no longer valid (TS-11)', async () => {
    await expectRefused(
      await makeEntry(ada, undefined, { createdAt: new Date(NOW.getTime() + 6 * 60_000) }),
      'created',
    );
    await expectRefused(await makeEntry(ada, undefined, { createdAt: new Date('2025-12-31T00:00:00Z') }), 'created');
    await expectRefused(
      await makeEntry(ada, describeImage('x', { validUntil: new Date('2026-11-21T11:00:00Z') })),
      'validity',
    );
    await expectRefused(await makeEntry(ada), 'expired', { at: new Date('2101-01-01T00:00:00Z') });
  });

  it('says at which line, also of what is judged after reading', async () => {
    const verdict = await verify(
      await makeEntry(ada, describeImage('x', { validUntil: new Date('2026-11-21T11:00:00Z') })),
    );
    const [finding] = verdict.findings;
    const lines = textOf(await makeEntry(ada, describeImage('x'))).split('\n');
    expect(finding?.where).toEqual({
      element: 'dcterms:valid',
      line: lines.findIndex((line) => line.includes('<dcterms:valid>')) + 1,
    });
  });

  it('is one without what ties it to the image', async () => {
    const { checksums } = describeImage('x');
    const weak = describeImage('x', { checksums: checksums.slice(0, 2) });
    await expectRefused(await makeEntry(ada, weak), 'checksum');
    const other = describeImage('x', { identifier: toIdentifier('0'.repeat(40)) });
    await expectRefused(await makeEntry(ada, other), 'identifier');
  });

  it('is one of a certificate that is not listed, where a list decides', async () => {
    const entry = await makeEntry(ada);
    const pinned: Trust = { mode: 'pinned', fingerprints: new Set(), digest: 'test', bindings: [] };
    await expectRefused(entry, 'not-pinned', { trust: pinned });
    const { createHash } = await import('node:crypto');
    const fingerprints = new Set([createHash('sha256').update(ada.issued.der).digest('hex')]);
    expect((await verify(entry, { trust: { ...pinned, fingerprints } })).findings).toEqual([]);
  });
});

describe('verification', () => {
  it('says so when it accepts any signer', async () => {
    const stranger = await makeEndorser(await makeAuthority('Unknown'), 'stranger');
    const verdict = await verify(await makeEntry(stranger), { trust: { mode: 'any' } });
    expect([verdict.valid, codesOf(verdict)]).toEqual([true, ['untrusted']]);
  });

  it('finds nothing wrong with a draft, and says what is wrong with a bad one', () => {
    expect(verifyDraft(writeDraft(describeImage()), { profile: 'current' }, world)).toEqual([]);
    const bad = writeDraft(describeImage('x', { locations: [] }));
    expect(verifyDraft(bad, { profile: 'current' }, world).map(({ code }) => code)).toEqual(['location']);
  });

  it('refuses an entry in which any byte that means something was changed', async () => {
    const entry = await makeEntry(ada, describeImage('a fixed image'));
    const before = await verify(entry);
    if (!before.valid) throw new Error('refused');
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: entry.length - 1 }), fc.integer({ min: 1, max: 255 }), async (at, difference) => {
        const changed = Uint8Array.from(entry);
        changed[at] = changed[at]! ^ difference;
        const verdict = await verify(changed);
        // Bytes that are not signed (the XML declaration, white space inside base64) may differ; what is shown may not.
        if (verdict.valid) {
          expect(verdict.verified.canonicalSha256).toBe(before.verified.canonicalSha256);
          expect(verdict.verified.signerSha256).toBe(before.verified.signerSha256);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('never throws and never accepts, whatever the bytes', async () => {
    const entry = textOf(await makeEntry(ada));
    const mutated = fc
      .array(
        fc.tuple(
          fc.nat({ max: entry.length }),
          fc.nat({ max: 40 }),
          fc.oneof(
            fc.string({ unit: 'binary', maxLength: 20 }),
            fc.constantFrom('<', '>', '&', '"', '</rdf:RDF>', '<ds:Signature>', 'xmlns="urn:x"'),
          ),
        ),
        { minLength: 1, maxLength: 4 },
      )
      .map((changes) =>
        changes.reduce((text, [at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut), entry),
      );
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 500 }), mutated.map(bytesOf)), async (bytes) => {
        const verdict = await verify(bytes);
        if (verdict.valid)
          expect(textOf(bytes).replace(/\s|<\?xml.*?\?>/g, '')).toBe(entry.replace(/\s|<\?xml.*?\?>/g, ''));
        else expect(verdict.findings.length).toBeGreaterThan(0);
      }),
      { numRuns: 400 },
    );
  });
});

// XS, XW, XT: what is signed, and what is read.
import { createHash } from 'node:crypto';
import { CANONICALIZATIONS, signText } from '../signature.mjs';
import { swap } from '../workshop.mjs';

const SIGNATURE = /<ds:Signature[\s\S]*<\/ds:Signature>/;
const SIGNED_INFO = /<ds:SignedInfo[\s\S]*<\/ds:SignedInfo>/;
const REFERENCE = /<ds:Reference[\s\S]*<\/ds:Reference>/;

const after = (seed, change) => async (w) => w.entry(seed, await w.endorser(), { after: change });

/** An entry as the original software signed them, in 2013, and nothing that is younger. */
async function legacyEntry(w, seed, { after: change, before } = {}) {
  const signer = await w.person(await w.main(), 'pioneer', {
    key: 'rsa-2048',
    notBefore: new Date('2012-01-01T00:00:00Z'),
    notAfter: new Date('2016-01-01T00:00:00Z'),
  });
  const draft = w.draft(seed, signer, { endorsement: { createdAt: new Date('2013-05-01T10:00:00Z') } });
  const text = signText(w.xml, before === undefined ? draft : before(draft), signer, {
    signedInfo: 'inclusive+',
    reference: null,
    method: 'rsa-sha1',
    digest: 'sha1',
  });
  return change === undefined ? text : change(text);
}

const sha256 = (text) => createHash('sha256').update(text).digest('hex');

async function imported(w, seed, changes = {}) {
  const bytes = await legacyEntry(w, seed, changes);
  return { bytes, profile: 'legacy', documents: [sha256(bytes)] };
}

export const WRAPPING = [
  {
    id: 'XS-00',
    about: 'control: an entry signed with SHA-1 as the original software did, listed in an import manifest',
    expect: 'OK',
    warns: ['weak'],
    ways: ['library'],
    make: (w) => imported(w, 'XS-00'),
  },
  {
    id: 'XS-01',
    about: 'the same kind of entry as an upload',
    expect: ['alg-not-allowed'],
    make: (w) => legacyEntry(w, 'XS-01'),
  },
  {
    id: 'XS-02',
    about: 'an original with one byte changed, under the manifest that lists the original',
    expect: ['not-in-manifest', 'digest'],
    ways: ['library'],
    make: async (w) => {
      const { bytes, ...rest } = await imported(w, 'XS-02');
      return { ...rest, bytes: bytes.replace('debian', 'debiam') };
    },
  },
  {
    id: 'XW-01',
    about: 'a second rdf:Description beside the signed one',
    expect: ['digest', 'schema', 'root'],
    make: after('XW-01', (text) => {
      const [description] = /<rdf:Description[\s\S]*<\/rdf:Description>/.exec(text);
      return text.replace(description, () => description.replace('Attack XW-01', 'Forged') + description);
    }),
  },
  {
    id: 'XW-02',
    about: 'the whole signed document moved under another root, which says something else',
    expect: ['root'],
    make: after('XW-02', (text) => text.replace(/<rdf:RDF[\s\S]*/, (all) => `<wrapper>${all}</wrapper>`)),
  },
  {
    id: 'XW-03',
    about:
      'the reference names a copy hidden in ds:Object, while another part is read (CVE-2024-45409, CVE-2025-47949)',
    expect: ['ref-uri', 'sig-structure'],
    make: after('XW-03', (text) => {
      const [description] = /<rdf:Description[\s\S]*<\/rdf:Description>/.exec(text);
      return text
        .replace('URI=""', 'URI="#hidden"')
        .replace('</ds:KeyInfo>', () => `</ds:KeyInfo><ds:Object Id="hidden">${description}</ds:Object>`)
        .replace('Attack XW-03', 'Forged');
    }),
  },
  {
    id: 'XW-04a',
    about: 'the signature is the first child of the root',
    expect: ['sig-place'],
    make: after('XW-04a', (text) => {
      const [signature] = SIGNATURE.exec(text);
      return text.replace(signature, '').replace('<rdf:Description', () => `${signature}<rdf:Description`);
    }),
  },
  {
    id: 'XW-04b',
    about: 'the signature stands inside the description',
    expect: ['sig-place'],
    make: after('XW-04b', (text) => {
      const [signature] = SIGNATURE.exec(text);
      return text.replace(signature, '').replace('</rdf:Description>', () => `${signature}</rdf:Description>`);
    }),
  },
  {
    id: 'XW-05',
    about: 'two signatures, the first valid for other content',
    expect: ['sig-count'],
    make: async (w) => {
      const other = SIGNATURE.exec(w.entry('XW-05 other', await w.endorser()))[0];
      return w.entry('XW-05', await w.endorser(), { after: swap('<ds:Signature', `${other}<ds:Signature`) });
    },
  },
  {
    id: 'XW-06',
    about: 'two elements with one Id',
    expect: ['dup-id', 'sig-structure'],
    make: after('XW-06', (text) =>
      text.replace('<ds:SignedInfo>', '<ds:SignedInfo Id="a">').replace('<ds:KeyInfo>', '<ds:KeyInfo Id="a">'),
    ),
  },
  {
    id: 'XW-07',
    about: 'two SignedInfo elements, the second over attacker content (CVE-2025-29774)',
    expect: ['sig-structure'],
    make: after('XW-07', (text) => text.replace(SIGNED_INFO, (one) => one + one.replace('AAA', 'BBB'))),
  },
  {
    id: 'XW-08',
    about: 'two references, the second over attacker content',
    expect: ['ref-count'],
    make: after('XW-08', (text) => text.replace(REFERENCE, (one) => one + one.replace('URI=""', 'URI="#x"'))),
  },
  {
    id: 'XW-09',
    about: 'no reference at all: the signature covers nothing',
    expect: ['ref-count'],
    make: after('XW-09', (text) => text.replace(REFERENCE, '')),
  },
  {
    id: 'XW-10',
    about:
      'control: an upload written otherwise than its canonical octets (quotes, order, character references, CDATA); the values are the signed ones',
    expect: 'OK',
    also: (verdict) => (verdict.entry?.title === 'Attack XW-10' ? undefined : `the title is ${verdict.entry?.title}`),
    make: after('XW-10', (text) =>
      text
        .replace('<dcterms:title>Attack XW-10', '<dcterms:title\n >&#65;tt<![CDATA[ack]]> XW&#x2D;10')
        .replace(/rdf:about="([^"]*)"/, "rdf:about='$1'"),
    ),
  },
  {
    id: 'XT-01a',
    about: 'a comment splits the e-mail address: one@example.org<!---->.evil.example (Duo 2018)',
    expect: ['comment'],
    make: after('XT-01a', swap('@example.org<', '@example.org<!---->.evil.example<')),
  },
  {
    id: 'XT-01b',
    about: 'the same in an original, where comments may be: the value is the whole text, never its first part',
    expect: 'OK',
    warns: ['weak'],
    ways: ['library'],
    also: (verdict) => (verdict.entry?.title === 'Attack XT-01b' ? undefined : `the title is ${verdict.entry?.title}`),
    make: (w) => imported(w, 'XT-01b', { after: (text) => text.replace('Attack XT', 'Att<!-- x -->ack XT') }),
  },
  {
    id: 'XT-02a',
    about: 'a comment inside DigestValue (CVE-2025-29775)',
    expect: ['comment'],
    make: after('XT-02a', (text) => text.replace(/(<ds:DigestValue>.{8})/, '$1<!-- AAAA -->')),
  },
  {
    id: 'XT-02b',
    about: 'an element inside DigestValue',
    expect: ['sig-structure'],
    make: after('XT-02b', (text) => text.replace(/(<ds:DigestValue>.{8})/, '$1<ds:X>AAAA</ds:X>')),
  },
  {
    id: 'XT-02c',
    about: 'DigestValue and SignatureValue with characters that are not base64',
    expect: ['sig-structure'],
    make: after('XT-02c', (text) =>
      text.replace(/(<ds:DigestValue>.{8})/, '$1-_').replace('<ds:SignatureValue>', '$&%'),
    ),
  },
  {
    id: 'XT-03',
    about: 'a processing instruction inside text, which one library signs and another drops',
    expect: ['pi'],
    make: after('XT-03', swap('debian', 'deb<?x y?>ian')),
  },
  {
    id: 'XT-04',
    about: 'a style sheet instruction before the root',
    expect: ['pi'],
    make: after('XT-04', swap('<rdf:RDF', '<?xml-stylesheet href="http://localhost/x.xsl"?>\n<rdf:RDF')),
  },
  {
    id: 'XT-05',
    about: 'control: a CDATA section in a value, which is nothing but another way to write it',
    expect: 'OK',
    also: (verdict) => (verdict.entry?.os === 'debian' ? undefined : `the operating system is ${verdict.entry?.os}`),
    make: after('XT-05', swap('>debian<', '>de<![CDATA[bi]]>an<')),
  },
  {
    id: 'XT-06',
    about: 'content after the signed document: a comment, then an element after the root',
    expect: ['comment'],
    make: after('XT-06', (text) => `${text}<!-- x -->`),
  },
  {
    id: 'XT-07',
    about: 'a value changed after signing',
    expect: ['digest'],
    make: after('XT-07', swap('debian', 'debiam')),
  },
  {
    id: 'XT-08',
    about: 'the unsigned Signature element carries a value of the entry: an identifier inside KeyInfo',
    expect: ['keyinfo'],
    make: after('XT-08', swap('</ds:X509Data>', '</ds:X509Data><dcterms:title>Forged</dcterms:title>')),
  },
  {
    id: 'XT-09',
    about: 'inclusive canonicalization over a document whose namespaces are declared where they are used',
    expect: 'OK',
    make: async (w) =>
      w.entry('XT-09', await w.endorser(), {
        before: swap('</rdf:Description>', '<b:x xmlns:b="http://b.example/#">y</b:x></rdf:Description>'),
        sign: { signedInfo: 'inclusive', reference: 'inclusive' },
      }),
  },
  {
    id: 'XT-10',
    about: `the transform ${CANONICALIZATIONS['exclusive+']}, whose octets would hold comments`,
    expect: ['transform'],
    make: async (w) => w.entry('XT-10', await w.endorser(), { sign: { reference: 'exclusive+' } }),
  },
];

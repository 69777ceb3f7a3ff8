// XD, XC: the XML document itself, before any signature.
import { swap } from '../workshop.mjs';

const after = (seed, change) => async (w) => {
  const text = w.entry(seed, await w.endorser());
  const result = change(text, w);
  if (result === text) throw new Error(`The change for ${seed} changes nothing.`);
  return result;
};
const doctype = (subset) => swap('<rdf:RDF', `<!DOCTYPE rdf:RDF ${subset}>\n<rdf:RDF`);
const inDescription = (content) => swap('</rdf:Description>', `${content}</rdf:Description>`);

const XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';

function declare(from, to) {
  return Array.from(
    { length: to - from },
    (_, count) => ` xmlns:n${from + count}="http://n.example/${from + count}"`,
  ).join('');
}

/** Ten levels of ten: a thousand million copies. */
const LAUGHS = Array.from({ length: 10 }, (_, level) =>
  level === 0 ? '<!ENTITY l0 "ha">' : `<!ENTITY l${level} "${`&l${level - 1};`.repeat(10)}">`,
).join('');

export const DOCUMENT = [
  {
    id: 'XD-01',
    about: 'an internal entity in a value',
    expect: ['doctype'],
    make: after('XD-01', (text) => doctype('[<!ENTITY e "debian">]')(text).replace('>debian<', '>&e;<')),
  },
  {
    id: 'XD-02',
    about: 'an external entity from a file and one from the network',
    expect: ['doctype'],
    make: after('XD-02', (text, w) =>
      doctype(`[<!ENTITY f SYSTEM "file:///etc/passwd"><!ENTITY h SYSTEM "${w.lureUrl}/entity">]`)(text).replace(
        '>debian<',
        '>&f;&h;<',
      ),
    ),
  },
  {
    id: 'XD-03',
    about: 'a parameter entity and an external subset from the network',
    expect: ['doctype'],
    make: after('XD-03', (text, w) =>
      doctype(`SYSTEM "${w.lureUrl}/subset" [<!ENTITY % p SYSTEM "${w.lureUrl}/parameter"> %p;]`)(text),
    ),
  },
  {
    id: 'XD-04',
    about: 'a default attribute that a DTD adds after signing',
    expect: ['doctype'],
    make: after('XD-04', doctype('[<!ATTLIST rdf:Description rdf:about CDATA "#forged">]')),
  },
  {
    id: 'XD-05',
    about: 'a DOCTYPE in UTF-16, which a search for ASCII bytes does not see',
    expect: ['encoding'],
    make: after('XD-05', (text) =>
      Buffer.from(`\ufeff${doctype('[<!ENTITY e "x">]')(text).replace('UTF-8', 'UTF-16')}`, 'utf16le'),
    ),
  },
  {
    id: 'XD-06a',
    about: 'a billion laughs',
    expect: ['doctype'],
    make: after('XD-06a', (text) => doctype(`[${LAUGHS}]`)(text).replace('>debian<', '>&l9;<')),
  },
  {
    id: 'XD-06b',
    about: 'quadratic blow-up: one long entity, named a thousand times',
    expect: ['doctype'],
    make: after('XD-06b', (text) =>
      doctype(`[<!ENTITY q "${'q'.repeat(50_000)}">]`)(text).replace('>debian<', `>${'&q;'.repeat(1_000)}<`),
    ),
  },
  {
    id: 'XD-07',
    about: 'XInclude of a local file and of a page',
    expect: ['xinclude'],
    make: after('XD-07', (text, w) =>
      inDescription(
        `<i:include xmlns:i="http://www.w3.org/2001/XInclude" parse="text" href="file:///etc/passwd"></i:include><i:include xmlns:i="http://www.w3.org/2001/XInclude" href="${w.lureUrl}/include"></i:include>`,
      )(text),
    ),
  },
  {
    id: 'XD-08a',
    about: 'UTF-7, in which < can be written as letters',
    expect: ['encoding'],
    make: after('XD-08a', swap('encoding="UTF-8"', 'encoding="UTF-7"')),
  },
  {
    id: 'XD-08b',
    about: 'ISO-8859-1',
    expect: ['encoding'],
    make: after('XD-08b', (text) =>
      Buffer.from(text.replace('UTF-8', 'ISO-8859-1').replace('debian', 'débian'), 'latin1'),
    ),
  },
  {
    id: 'XD-08c',
    about: 'octets that are not UTF-8',
    expect: ['encoding'],
    make: after('XD-08c', (text) => Buffer.from(text.replace('debian', 'd\u00e9bian'), 'latin1')),
  },
  { id: 'XD-08d', about: 'a NUL character', expect: ['encoding'], make: after('XD-08d', swap('debian', 'deb\0ian')) },
  {
    id: 'XD-08e',
    about: 'XML 1.1',
    expect: ['encoding'],
    make: after('XD-08e', swap('version="1.0"', 'version="1.1"')),
  },
  {
    id: 'XD-08f',
    about: 'an overlong encoding of <',
    expect: ['encoding'],
    make: after('XD-08f', (text) => {
      const [head, tail] = text.split('debian');
      return Buffer.concat([Buffer.from(head), Buffer.from([0xc0, 0xbc]), Buffer.from(tail)]);
    }),
  },
  {
    id: 'XD-08g',
    about: 'a byte order mark, and a declaration that breaks the line and comes in capitals',
    expect: 'OK',
    make: after(
      'XD-08g',
      (text) =>
        `\ufeff${text.replace('<?xml version="1.0" encoding="UTF-8"?>', "<?xml\n version='1.0'\n encoding='utf-8' ?>")}`,
    ),
  },
  {
    id: 'XD-08h',
    about: 'a declaration whose encoding hides behind another attribute',
    expect: ['wellformed'],
    make: after('XD-08h', swap('version="1.0"', 'version="1.0" x="?>" ')),
  },
  {
    id: 'XD-09a',
    about: 'two roots (CVE-2022-39353)',
    expect: ['wellformed'],
    make: after('XD-09a', (text) => `${text}<x/>`),
  },
  {
    id: 'XD-09b',
    about: 'an attribute twice, also by two prefixes of one namespace',
    expect: ['wellformed'],
    make: after(
      'XD-09b',
      swap('rdf:about="', 'xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" r:about="#x" rdf:about="'),
    ),
  },
  { id: 'XD-10', about: 'nothing: no bytes', expect: ['wellformed'], make: async () => Buffer.alloc(0) },
  {
    id: 'XD-11a',
    about: 'a schema of the attacker named on the root, which a validator might fetch',
    expect: ['rdf'],
    make: async (w) =>
      w.entry('XD-11a', await w.endorser(), {
        before: swap('<rdf:RDF', `<rdf:RDF ${XSI} xsi:schemaLocation="http://b.example/ ${w.lureUrl}/schema.xsd"`),
      }),
  },
  {
    id: 'XD-11b',
    about: 'another type for the description, as a schema lets documents choose',
    expect: ['rdf'],
    make: async (w) =>
      w.entry('XD-11b', await w.endorser(), {
        before: swap('<rdf:Description', `<rdf:Description ${XSI} xsi:type="rdf:EntryDescription"`),
      }),
  },
  {
    id: 'XC-01',
    about:
      '1,024 namespace declarations for 2,000 elements: 27 KB that keep canonicalization busy for 7 s where nothing stops it',
    expect: ['limits'],
    make: after('XC-01', (text) => {
      const declarations = Array.from({ length: 1_024 }, (_, count) => ` xmlns:n${count}="u:${count}"`).join('');
      return inDescription(`<n0:x${declarations}>${'<n0:y/>'.repeat(2_000)}</n0:x>`)(text);
    }),
  },
  {
    id: 'XC-01b',
    about: 'the same declarations, one on each of 1,024 nested elements',
    expect: ['limits'],
    make: after('XC-01b', (text) => {
      const open = Array.from({ length: 1_024 }, (_, count) => `<n:x xmlns:n="u:${count}">`).join('');
      return inDescription(`${open}${'</n:x>'.repeat(1_024)}`)(text);
    }),
  },
  {
    id: 'XC-02a',
    about: '100,000 levels of elements',
    expect: ['limits'],
    make: after('XC-02a', (text) => inDescription(`${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}`)(text)),
  },
  {
    id: 'XC-02b',
    about: '30,000 levels, which are within the limit of bytes',
    expect: ['limits'],
    make: after('XC-02b', (text) => inDescription(`${'<a>'.repeat(30_000)}${'</a>'.repeat(30_000)}`)(text)),
  },
  {
    id: 'XC-03',
    about: '10,000 attributes on one element',
    expect: ['limits'],
    make: after('XC-03', (text) => {
      const attributes = Array.from({ length: 10_000 }, (_, count) => ` a${count}=""`).join('');
      return inDescription(`<b:x xmlns:b="http://b.example/#"${attributes}/>`)(text);
    }),
  },
  {
    id: 'XC-04a',
    about: '10 MB of text',
    expect: ['limits'],
    make: after('XC-04a', swap('debian', 'x'.repeat(10_000_000))),
  },
  {
    id: 'XC-04b',
    about: '200 KB of text in one piece',
    expect: ['limits'],
    make: after('XC-04b', swap('debian', 'x'.repeat(200_000))),
  },
  {
    id: 'XC-05a',
    about: 'a million elements',
    expect: ['limits'],
    make: after('XC-05a', (text) => inDescription('<a/>'.repeat(1_000_000))(text)),
  },
  {
    id: 'XC-05b',
    about: '60,000 elements, which are within the limit of bytes',
    expect: ['limits'],
    make: after('XC-05b', (text) => inDescription('<a/>'.repeat(60_000))(text)),
  },
  {
    id: 'XC-06',
    about: 'a relative namespace name, which makes canonicalization end in nothing ("void", CVE-2025-66567)',
    expect: ['c14n'],
    make: after('XC-06', (text) => inDescription('<r:x xmlns:r="relative/name"/>')(text)),
  },
  {
    id: 'XC-07a',
    about: 'attributes named ID in other namespaces on the signature',
    expect: ['sig-structure'],
    make: after('XC-07a', swap('<ds:SignedInfo>', '<ds:SignedInfo xmlns:x="http://x.example/" x:ID="a" ID="b">')),
  },
  {
    id: 'XC-07b',
    about: 'the prefix ds bound to another namespace inside the signature',
    expect: ['sig-structure'],
    make: after('XC-07b', swap('<ds:SignatureMethod ', '<ds:SignatureMethod xmlns:ds="http://x.example/" ')),
  },
  {
    id: 'XC-07c',
    about: 'a Signature of another namespace beside the real one',
    expect: ['digest'],
    make: after('XC-07c', (text) => inDescription('<f:Signature xmlns:f="http://f.example/#">x</f:Signature>')(text)),
  },
  {
    id: 'XC-08',
    about:
      'a document that keeps its thread busy for ever (none is known, so a thread stands for it): ended at 2 s, and others are answered',
    expect: ['timeout'],
    within: 3_000,
    ways: ['library'],
    isHang: true,
    make: async () => '',
  },
  {
    id: 'XC-09a',
    about:
      'as much as the limits allow, signed by an endorser: 4,900 elements with all 32 namespaces in scope, in triples',
    expect: 'OK',
    within: 500,
    make: async (w) =>
      w.entry('XC-09a', await w.endorser(), {
        before: inDescription(
          `<b:x xmlns:b="http://b.example/#" rdf:parseType="Resource"${declare(0, 12)}><b:x rdf:parseType="Resource"${declare(12, 25)}>${'<b:y>z</b:y>'.repeat(4_900)}</b:x></b:x>`,
        ),
      }),
  },
  {
    id: 'XC-09b',
    about: 'as wrong as the limits allow: every element breaks a rule of the schema',
    expect: ['value', 'cardinality'],
    within: 500,
    make: async (w) =>
      w.entry('XC-09b', await w.endorser(), {
        before: inDescription(
          `${'<slterms:os>x</slterms:os>'.repeat(2_000)}${'<slterms:inbound-port>x</slterms:inbound-port>'.repeat(2_500)}`,
        ),
      }),
  },
  {
    id: 'XC-09c',
    about:
      'thousands of issuers, each held against a certificate whose name has thousands of characters: 80 MB to say so',
    expect: ['identity'],
    within: 500,
    make: async (w) => {
      const signer = await w.person(undefined, 'long', { subject: `CN=${'x'.repeat(7_500)},O=Attacks` });
      return w.entry('XC-09c', signer, {
        before: (text) =>
          text.replace(/<slreq:issuer>.*?<\/slreq:issuer>/, '<slreq:issuer>CN=a</slreq:issuer>'.repeat(4_500)),
      });
    },
  },
  {
    id: 'XC-09d',
    about: 'a long namespace name that stands in front of thousands of triples',
    expect: ['limits'],
    within: 500,
    make: after('XC-09d', (text) =>
      inDescription(
        `<b:x xmlns:b="http://b.example/${'x'.repeat(60_000)}#" rdf:parseType="Resource">${'<b:y>z</b:y>'.repeat(4_800)}</b:x>`,
      )(text),
    ),
  },
  {
    id: 'XC-09e',
    about: 'thousands of distinct locations',
    expect: 'OK',
    within: 500,
    make: async (w) =>
      w.entry('XC-09e', await w.endorser(), {
        before: inDescription(
          Array.from({ length: 4_700 }, (_, count) => `<slterms:location>u:${count}</slterms:location>`).join(''),
        ),
      }),
  },
];

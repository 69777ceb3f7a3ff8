// Makes fixtures/: a certification authority, endorsers, and one signed entry for each thing to show. The file name is the expectation:
// fixtures/accepted/*.xml are valid, fixtures/refused/<code>.xml have that finding, judged at the time in fixtures/README.md.
// The keys are thrown away, so run this only to make all of them anew:  npm run build && node scripts/make-fixtures.mjs
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { toIdentifier } from '../dist/entry/identifier.js';
import { fillEndorsement, writeDraft } from '../dist/entry/write-entry.js';
import { readEntrySchemas } from '../dist/platform/entry-schemas.js';
import { nodeCrypto } from '../dist/platform/node-crypto.js';
import { readPrivateKey } from '../dist/platform/private-key.js';
import { sealDocument } from '../dist/verify/seal.js';
import { issueAuthority, issueCertificate } from '../dist/x509/issue.js';
import { writeName } from '../dist/x509/name.js';
import { defaultScheme } from '../dist/x509/scheme.js';
import { openXml } from '../dist/xml/open-xml.js';

const AT = new Date('2026-11-21T12:00:00Z');
const LONG = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2046-01-01T00:00:00Z') };
const xml = openXml(readEntrySchemas());
const root = new URL('../fixtures/', import.meta.url);

const authority = await issueAuthority({ subject: 'CN=Fixture CA,O=Vouch', ...LONG });
const stranger = await issueAuthority({ subject: 'CN=Stranger CA,O=Vouch', ...LONG });

function person(issuer, name, changes = {}) {
  return issueCertificate(issuer, { subject: `CN=${name},O=Vouch`, email: `${name}@example.org`, ...LONG, ...changes });
}

const ada = await person(authority, 'ada');

function describe(seed, changes = {}) {
  const hash = (algorithm) => createHash(algorithm).update(seed).digest('hex');
  return {
    identifier: toIdentifier(hash('sha1')),
    sizeBytes: 1_048_576,
    checksums: [
      { algorithm: 'SHA-1', value: hash('sha1') },
      { algorithm: 'SHA-256', value: hash('sha256') },
    ],
    type: 'machine',
    validUntil: new Date('2045-01-01T00:00:00Z'),
    title: `Fixture ${seed}`,
    os: 'debian',
    osArch: 'x86_64',
    locations: [`https://images.example.org/${seed}.qcow2`],
    inboundPorts: [],
    outboundPorts: [],
    icmp: [],
    ...changes,
  };
}

function seal(document, issued, chain = []) {
  const key = readPrivateKey(new TextEncoder().encode(issued.privateKeyPem));
  const certificates = [issued.der, ...chain.map(({ der }) => der)];
  return sealDocument(xml, document, { key, scheme: defaultScheme(key.spki), certificates, crypto: nodeCrypto });
}

function endorse(document, issued, endorsement = {}, chain = []) {
  const { certificate } = issued;
  const filled = fillEndorsement(xml, document, {
    createdAt: new Date('2026-11-20T10:00:00Z'),
    email: certificate.emails[0] ?? 'nobody@example.org',
    subject: writeName(certificate.subject),
    issuers: [writeName(certificate.issuer)],
    ...endorsement,
  });
  return seal(filled, issued, chain);
}

const text = (bytes) => new TextDecoder().decode(bytes);
const bytes = (content) => new TextEncoder().encode(content);

/** A good entry by ada, changed before it is signed (so only the change is wrong). */
function changedBefore(seed, change) {
  return endorse(bytes(change(text(writeDraft(describe(seed))))), ada);
}

/** A good entry by ada, changed after it was signed. */
async function changedAfter(seed, change) {
  const before = text(await endorse(writeDraft(describe(seed)), ada));
  const after = change(before);
  if (after === before) throw new Error(`The change for ${seed} changes nothing.`);
  return bytes(after);
}

const swap = (from, to) => (content) => content.replace(from, to);

const accepted = {
  'ecdsa-p256': () => endorse(writeDraft(describe('ecdsa-p256')), ada),
  'rsa-2048': async () =>
    endorse(writeDraft(describe('rsa-2048')), await person(authority, 'rsa', { key: 'rsa-2048' })),
  ed25519: async () => endorse(writeDraft(describe('ed25519')), await person(authority, 'ed25519', { key: 'ed25519' })),
  deprecated: () =>
    endorse(writeDraft(describe('deprecated', { locations: [], deprecated: 'CVE-2026-0001: replaced' })), ada),
  intermediate: async () => {
    const middle = await issueAuthority({ subject: 'CN=Middle CA,O=Vouch', issuer: authority, ...LONG });
    return endorse(writeDraft(describe('intermediate')), await person(middle, 'below'), {}, [middle]);
  },
  'foreign-terms': () =>
    changedBefore(
      'foreign-terms',
      swap(
        '  </rdf:Description>',
        '    <bio:tool xmlns:bio="http://bio.example.org/terms#" rdf:parseType="Resource">\n      <dcterms:identifier>samtools</dcterms:identifier>\n    </bio:tool>\n  </rdf:Description>',
      ),
    ),
  unicode: () =>
    endorse(writeDraft(describe('unicode', { title: 'Übergrößen & <Sonderzeichen> „zitiert“ 映像 🖼' })), ada),
};

const deepest = `${'<x:a xmlns:x="http://example.org/">'.repeat(1)}${'<x:a>'.repeat(40)}${'</x:a>'.repeat(41)}`;
const refused = {
  limits: () => changedAfter('limits', swap('</rdf:Description>', `${deepest}</rdf:Description>`)),
  encoding: () => changedAfter('encoding', swap('encoding="UTF-8"', 'encoding="ISO-8859-1"')),
  doctype: () => changedAfter('doctype', swap('<rdf:RDF', '<!DOCTYPE rdf:RDF [<!ENTITY e "x">]>\n<rdf:RDF')),
  pi: () => changedAfter('pi', swap('debian', 'deb<?x?>ian')),
  comment: () => changedAfter('comment', swap('ada@example.org', 'ada@example.org<!-- -->.evil.example')),
  xinclude: () =>
    changedAfter(
      'xinclude',
      swap(
        '</rdf:Description>',
        '<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/></rdf:Description>',
      ),
    ),
  wellformed: () => changedAfter('wellformed', swap('</slterms:os>', '</slterms:so>')),
  c14n: () => changedAfter('c14n', swap('</rdf:Description>', '<r:x xmlns:r="relative/name"/></rdf:Description>')),
  root: () => changedAfter('root', (content) => content.replace(/<rdf:RDF[\s\S]*/, '<wrapper>$&</wrapper>')),
  'dup-id': () =>
    changedAfter('dup-id', (content) =>
      content.replace('<ds:SignedInfo>', '<ds:SignedInfo Id="a">').replace('<ds:KeyInfo>', '<ds:KeyInfo Id="a">'),
    ),
  schema: () =>
    changedBefore('schema', (content) =>
      content
        .replace(/ *<slreq:bytes>.*\n/, '')
        .replace('<slreq:endorsement', '<slreq:bytes>5</slreq:bytes>\n    <slreq:endorsement'),
    ),
  identifier: () => endorse(writeDraft(describe('identifier', { identifier: toIdentifier('0'.repeat(40)) })), ada),
  bytes: () => changedBefore('bytes', swap('<slreq:bytes>1048576<', '<slreq:bytes>many<')),
  checksum: () =>
    endorse(writeDraft(describe('checksum', { checksums: describe('checksum').checksums.slice(0, 1) })), ada),
  endorsement: async () => seal(writeDraft(describe('endorsement')), ada),
  email: () => endorse(writeDraft(describe('email')), ada, { email: 'ada_at_example.org' }),
  date: () => changedBefore('date', swap('<dcterms:valid>2045-01-01T00', '<dcterms:valid>2045-02-30T00')),
  type: () =>
    changedBefore(
      'type',
      swap(
        '<dcterms:type>machine</dcterms:type>',
        '<dcterms:type><dcterms:identifier>x</dcterms:identifier></dcterms:type>',
      ),
    ),
  cardinality: () => changedBefore('cardinality', (content) => content.replace(/ *<slterms:os>.*\n/, '$&$&')),
  value: () => endorse(writeDraft(describe('value', { inboundPorts: [65_536] })), ada),
  rdf: () =>
    changedBefore(
      'rdf',
      swap('</rdf:Description>', '<ex:x xmlns:ex="http://example.org/" ex:y="z">text</ex:x></rdf:Description>'),
    ),
  location: () => endorse(writeDraft(describe('location', { locations: [] })), ada),
  deprecated: () =>
    changedBefore(
      'deprecated',
      swap('</rdf:Description>', '<slterms:deprecated> </slterms:deprecated></rdf:Description>'),
    ),
  validity: () => endorse(writeDraft(describe('validity', { validUntil: new Date('2026-11-21T00:00:00Z') })), ada),
  'sig-count': async () =>
    fillEndorsement(xml, writeDraft(describe('sig-count')), {
      createdAt: AT,
      email: 'ada@example.org',
      subject: 'CN=ada,O=Vouch',
      issuers: ['CN=Fixture CA,O=Vouch'],
    }),
  'sig-place': () =>
    changedAfter('sig-place', (content) => {
      const [signature] = /<ds:Signature[\s\S]*<\/ds:Signature>/.exec(content);
      return content.replace(signature, '').replace('<rdf:Description', `${signature}<rdf:Description`);
    }),
  'sig-structure': () =>
    changedAfter('sig-structure', (content) => content.replace(/<ds:SignedInfo[\s\S]*<\/ds:SignedInfo>/, '$&$&')),
  'ref-count': () =>
    changedAfter('ref-count', (content) => content.replace(/<ds:Reference[\s\S]*<\/ds:Reference>/, '$&$&')),
  'ref-uri': () => changedAfter('ref-uri', swap('URI=""', 'URI="#x"')),
  transform: () =>
    changedAfter(
      'transform',
      swap('http://www.w3.org/2000/09/xmldsig#enveloped-signature', 'http://www.w3.org/TR/1999/REC-xslt-19991116'),
    ),
  'alg-not-allowed': () =>
    changedAfter('alg-not-allowed', (content) =>
      content.replace(/(<ds:SignatureMethod Algorithm=)"[^"]*"/, '$1"http://www.w3.org/2000/09/xmldsig#hmac-sha1"'),
    ),
  'alg-key-mismatch': () =>
    changedAfter('alg-key-mismatch', swap('xmldsig-more#ecdsa-sha256', 'xmldsig-more#rsa-sha256')),
  keyinfo: () => changedAfter('keyinfo', swap('<ds:KeyInfo>', '<ds:KeyInfo><ds:KeyName>ada</ds:KeyName>')),
  digest: () => changedAfter('digest', swap('debian', 'debiam')),
  sig: () =>
    changedAfter('sig', (content) =>
      content.replace(/(<ds:SignatureValue>\s*)(.)/, (_, head, first) => head + (first === 'A' ? 'B' : 'A')),
    ),
  'cert-format': () =>
    changedAfter('cert-format', (content) => content.replace(/(<ds:X509Certificate>\s*)MII/, '$1MIM')),
  'no-anchor': async () => endorse(writeDraft(describe('no-anchor')), await person(stranger, 'mallory')),
  'self-signed': async () => endorse(writeDraft(describe('self-signed')), await person(undefined, 'alone')),
  'weak-alg': async () =>
    endorse(writeDraft(describe('weak-alg')), await person(authority, 'weak', { key: 'rsa-1024' })),
  'not-yet-valid': async () =>
    endorse(
      writeDraft(describe('not-yet-valid')),
      await person(authority, 'early', { notBefore: new Date('2040-01-01T00:00:00Z') }),
    ),
  expired: async () =>
    endorse(
      writeDraft(describe('expired')),
      await person(authority, 'late', { notAfter: new Date('2026-06-01T00:00:00Z') }),
      { createdAt: new Date('2026-05-01T00:00:00Z') },
    ),
  'not-ca': async () => {
    const middle = await person(authority, 'middle');
    return endorse(writeDraft(describe('not-ca')), await person(middle, 'below'), {}, [middle]);
  },
  pathlen: async () => {
    const first = await issueAuthority({ subject: 'CN=First CA,O=Vouch', issuer: authority, pathLength: 0, ...LONG });
    const second = await issueAuthority({ subject: 'CN=Second CA,O=Vouch', issuer: first, ...LONG });
    return endorse(writeDraft(describe('pathlen')), await person(second, 'deep'), {}, [second, first]);
  },
  eku: async () => endorse(writeDraft(describe('eku')), await person(authority, 'host', { purposes: ['serverAuth'] })),
  identity: () => endorse(writeDraft(describe('identity')), ada, { subject: 'CN=grace,O=Vouch' }),
  'email-unbound': () => endorse(writeDraft(describe('email-unbound')), ada, { email: 'grace@example.org' }),
  created: () => endorse(writeDraft(describe('created')), ada, { createdAt: new Date('2026-11-22T12:00:00Z') }),
};

rmSync(root, { recursive: true, force: true });
for (const folder of ['accepted', 'refused', 'trust']) mkdirSync(new URL(`${folder}/`, root), { recursive: true });
writeFileSync(new URL('trust/ca.pem', root), authority.certificatePem);
for (const [folder, makers] of Object.entries({ accepted, refused })) {
  for (const [name, make] of Object.entries(makers))
    writeFileSync(new URL(`${folder}/${name}.xml`, root), await make());
}
writeFileSync(
  new URL('README.md', root),
  `# Fixtures

Entries whose name is their verdict: those in \`accepted/\` are valid, \`refused/<code>.xml\` has the finding \`<code>\` (docs/findings.md),
judged in the current profile with the anchors in \`trust/\` at ${AT.toISOString().slice(0, 19)}Z. For example:

\`\`\`
vouch verify fixtures/refused/digest.xml --trust fixtures/trust --at ${AT.toISOString().slice(0, 19)}Z
\`\`\`

\`scripts/make-fixtures.mjs\` made them; their keys do not exist any more.
`,
);

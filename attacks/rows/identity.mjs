// KI, ID: which key, which person.
import { swap } from '../workshop.mjs';

const victimOf = async (w) => w.person(await w.main(), 'victim');
const attackerOf = async (w, changes) => w.person(await w.main(), 'attacker', changes);

/** What an entry of the victim's says, signed by somebody else. */
const asVictim = (victim) => ({
  email: 'victim@example.org',
  subject: 'CN=victim,O=Attacks',
  issuers: ['CN=Attack CA,O=Attacks'],
  ...victim,
});

const base64 = (der) => Buffer.from(der).toString('base64');
const x509 = (...ders) =>
  `<ds:X509Data>${ders.map((der) => `<ds:X509Certificate>${base64(der)}</ds:X509Certificate>`).join('')}</ds:X509Data>`;

const keyInfo = (id, about, content) => ({
  id,
  about,
  expect: ['keyinfo'],
  make: async (w) => w.entry(id, await w.endorser(), { sign: { keyInfo: content(await w.endorser()) } }),
});

/** An attacker whose own certificate only looks like the victim's to a person, or to a careless comparison. */
const lookAlike = (id, about, subject) => ({
  id,
  about,
  expect: ['identity'],
  make: async (w) => {
    const attacker = await w.person(await w.main(), 'victim', { subject });
    return w.entry(id, attacker, { endorsement: asVictim() });
  },
});

export const IDENTITY = [
  {
    id: 'KI-01',
    about: "the attacker's key as KeyValue beside the victim's certificate",
    expect: ['keyinfo'],
    make: async (w) => {
      const attacker = await attackerOf(w);
      const point = base64(attacker.certificate.spki.subarray(-65));
      const value = `<ds:KeyValue><d:ECKeyValue xmlns:d="http://www.w3.org/2009/xmldsig11#"><d:NamedCurve URI="urn:oid:1.2.840.10045.3.1.7"></d:NamedCurve><d:PublicKey>${point}</d:PublicKey></d:ECKeyValue></ds:KeyValue>`;
      const { der } = await victimOf(w);
      return w.entry('KI-01', attacker, { endorsement: asVictim(), sign: { keyInfo: `${value}${x509(der)}` } });
    },
  },
  {
    id: 'KI-02',
    about: "the victim's certificate first, the attacker's second, signed by the attacker",
    expect: ['sig'],
    make: async (w) => {
      const attacker = await attackerOf(w);
      const { der } = await victimOf(w);
      return w.entry('KI-02', attacker, { endorsement: asVictim(), sign: { certificates: [der, attacker.der] } });
    },
  },
  {
    id: 'KI-03',
    about: "a self-made certificate with the victim's name and the name of his authority (CVE-2024-32962)",
    expect: ['no-anchor', 'cert-sig'],
    make: async (w) => w.entry('KI-03', await w.person(await w.authority('Attack CA'), 'victim')),
  },
  {
    id: 'KI-04',
    about: "the same, with the attacker's own root sent along",
    expect: ['no-anchor'],
    make: async (w) => {
      const root = await w.authority('Attack CA');
      return w.entry('KI-04', await w.person(root, 'victim'), { chain: [root] });
    },
  },
  {
    id: 'KI-04b',
    about: "a certificate signed by itself, with the victim's name",
    expect: ['self-signed'],
    make: async (w) => w.entry('KI-04b', await w.person(undefined, 'victim')),
  },
  keyInfo(
    'KI-05a',
    'a RetrievalMethod in place of the certificate',
    () => '<ds:RetrievalMethod URI="#x"></ds:RetrievalMethod>',
  ),
  keyInfo('KI-05b', 'a key identifier only', () => '<ds:X509Data><ds:X509SKI>AAAA</ds:X509SKI></ds:X509Data>'),
  keyInfo('KI-05c', 'a key name only', () => '<ds:KeyName>endorser</ds:KeyName>'),
  keyInfo('KI-05d', 'two X509Data', ({ der }) => x509(der) + x509(der)),
  keyInfo('KI-05e', 'nine certificates', ({ der }) => x509(...Array(9).fill(der))),
  keyInfo('KI-05f', 'an empty X509Data', () => '<ds:X509Data></ds:X509Data>'),
  {
    id: 'ID-01',
    about: "the victim's subject over the attacker's own valid certificate",
    expect: ['identity', 'email-unbound'],
    make: async (w) => w.entry('ID-01', await attackerOf(w), { endorsement: asVictim() }),
  },
  lookAlike(
    'ID-02a',
    "one common name that holds the victim's whole name, with an escaped comma",
    'CN=victim\\,O\\=Attacks',
  ),
  lookAlike('ID-02b', 'a Cyrillic і in the name', 'CN=v\u0456ctim,O=Attacks'),
  lookAlike('ID-02c', 'a NUL in the name', 'CN=victim\\00.evil,O=Attacks'),
  lookAlike('ID-02d', 'a slash form: CN=x/CN=victim', 'CN=x/CN=victim,O=Attacks'),
  lookAlike('ID-02e', 'a second attribute in the same part of the name', 'CN=victim+UID=attacker,O=Attacks'),
  lookAlike('ID-02f', 'the parts of the name in another order', 'O=Attacks,CN=victim'),
  lookAlike('ID-02g', 'the same text as another type of attribute', 'OU=victim,O=Attacks'),
  lookAlike('ID-02h', 'an invisible character in the name', 'CN=vic\u200btim,O=Attacks'),
  {
    id: 'ID-02z',
    about: 'control: the own name in other capitals and spaces, which X.500 takes for the same',
    expect: 'OK',
    make: async (w) => w.entry('ID-02z', await victimOf(w), { endorsement: { subject: 'cn=Victim, o=attacks' } }),
  },
  {
    id: 'ID-03',
    about: "an own valid certificate without an address, and somebody else's e-mail",
    expect: ['email-unbound'],
    make: async (w) =>
      w.entry('ID-03', await attackerOf(w, { email: [] }), { endorsement: { email: 'victim@example.org' } }),
  },
  {
    id: 'ID-03b',
    about: 'an address that differs in one dot, and one with the domain in the local part',
    expect: ['email-unbound'],
    make: async (w) =>
      w.entry('ID-03b', await attackerOf(w, { email: ['vic.tim@example.org', 'victim@example.org@evil.example'] }), {
        endorsement: { email: 'victim@example.org' },
      }),
  },
  {
    id: 'ID-04',
    about: 'the same name and address from another trusted authority: an endorser of his own, not the victim',
    expect: 'OK',
    also: ({ verified }, [first]) =>
      verified.endorserKey === first.verified.endorserKey ? 'both entries have one endorser key' : undefined,
    make: async (w) => {
      const other = await w.person(await w.anchor('Other CA'), 'victim');
      const createdAt = new Date(w.now.getTime() - 30_000);
      return {
        bytes: w.entry('ID-04', other, { endorsement: { createdAt } }),
        before: [w.entry('ID-04', await victimOf(w))],
      };
    },
  },
  {
    id: 'ID-05',
    about: 'an older entry of the endorser, never uploaded, to undo his deprecation',
    expect: ['stale-created'],
    ways: ['http'],
    make: async (w) => {
      const victim = await victimOf(w);
      const withdrawn = w.entry('ID-05', victim, { description: { locations: [], deprecated: 'CVE-2026-0001' } });
      const older = w.entry('ID-05', victim, { endorsement: { createdAt: new Date(w.now.getTime() - 3_600_000) } });
      return { bytes: older, before: [withdrawn] };
    },
  },
  {
    id: 'TS-11',
    about: "a time of signing before the certificate's own",
    expect: ['created'],
    make: async (w) => w.entry('TS-11', await victimOf(w), { endorsement: { createdAt: w.days(-60) } }),
  },
  {
    id: 'TS-12',
    about: 'a time of signing in the future, so that no later entry is ever newer',
    expect: ['created'],
    make: async (w) => w.entry('TS-12', await victimOf(w), { endorsement: { createdAt: w.days(1) } }),
  },
  {
    id: 'ID-06',
    about: 'an e-mail address that would break out of a URL path',
    expect: ['email'],
    make: async (w) =>
      w.entry('ID-06', await victimOf(w), { before: swap('victim@example.org', 'victim/../x@example.org') }),
  },
];

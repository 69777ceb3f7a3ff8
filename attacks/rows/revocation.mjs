// CP-09 to CP-13, CR: what the operator's trust directory says of names, and who was revoked.
import { extension, octets, sequence, writeDer, writeText } from '../forge.mjs';

const slash = (name) => `/O=Attacks/CN=${name}`;
const permit = (name, subject) => `TO Issuer "${slash(name)}" \\\n  PERMIT Subject "${subject}"\n`;
const deny = (name, subject) => `TO Issuer "${slash(name)}" \\\n  DENY Subject "${subject}"\n`;
const signingPolicy = (name, glob) =>
  `access_id_CA X509 '${slash(name)}'\npos_rights globus CA:sign\ncond_subjects globus '"${glob}"'\n`;

/** A person certified by an anchor of the row's own. */
const ownAnchor = (id, about, expect, anchor, person = {}) => ({
  id,
  about,
  expect,
  make: async (w) => {
    const name = `${id} CA`;
    const options = typeof anchor === 'function' ? anchor(name, w) : anchor;
    return w.entry(id, await w.person(await w.anchor(name, options), id.toLowerCase(), person));
  },
});

/** As ownAnchor, with a revocation list that knows the person; `list` gives its options. */
const ownList = (id, about, expect, list, more = {}) => ({
  id,
  about,
  expect,
  ...more,
  make: async (w) => {
    const name = `${id} CA`;
    const anchor = await w.anchor(name, { list: null });
    const person = await w.person(anchor, id.toLowerCase());
    w.addList(anchor, name, list(person, w, anchor));
    return w.entry(id, person);
  },
});

const issuingDistributionPoint = (...content) => extension('2.5.29.28', true, sequence(...content));

export const REVOCATION = [
  ownAnchor('CP-09', 'a subject outside the .namespaces of its authority', ['namespace'], (name) => ({
    namespaces: permit(name, '/O=Elsewhere/.*'),
  })),
  ownAnchor('CP-10', 'a subject outside the .signing_policy only', ['namespace'], (name) => ({
    namespaces: permit(name, '/O=Attacks/.*'),
    signingPolicy: signingPolicy(name, '/O=Elsewhere/*'),
  })),
  ownAnchor('CP-11', 'an authority without a file on the names it may give', ['namespace'], { namespaces: null }),
  ownAnchor('CP-12', 'a name that is permitted and then denied', ['namespace'], (name) => ({
    namespaces: permit(name, '/O=Attacks/.*') + deny(name, `${slash(name.replace(' CA', '').toLowerCase())}`),
  })),
  ownAnchor('CP-13', 'control: a policy in other capitals than the certificate', 'OK', (name) => ({
    namespaces: permit(name, '/o=ATTACKS/.*'),
  })),
  ownAnchor('CP-13b', 'a policy that no program can read permits nothing', ['namespace'], (name) => ({
    namespaces: `${permit(name, '/O=Attacks/.*')}TO Issuer PERMIT\n`,
  })),
  {
    id: 'CP-13c',
    about:
      'a policy whose expression takes time without end where it is matched by trying, and a name that makes it try',
    expect: ['namespace'],
    make: async (w) => {
      const namespaces = permit('CP-13c CA', '/O=Attacks/CN=.*a.*a.*a.*a.*a.*a.*a.*b');
      const subject = `CN=${'a'.repeat(5_000)},O=Attacks`;
      return w.entry('CP-13c', await w.person(await w.anchor('CP-13c CA', { namespaces }), 'cp-13c', { subject }));
    },
  },
  ownList('CR-00', 'control: an authority whose list names others', 'OK', () => ({ revoked: ['0102030405'] })),
  ownList('CR-01', 'a revoked signer', ['revoked'], (person) => ({ revoked: [person] })),
  {
    id: 'CR-01b',
    about: 'a revoked authority above an honest-looking signer',
    expect: ['revoked'],
    make: async (w) => {
      const anchor = await w.anchor('CR-01b CA', { list: null });
      const middle = await w.authority('CR-01b Middle CA', { issuer: anchor });
      w.addList(anchor, 'CR-01b CA', { revoked: [middle] });
      return w.entry('CR-01b', await w.person(middle, 'cr-01b'), { chain: [middle] });
    },
  },
  ownList('CR-02', 'a list that is past its time', ['crl-stale'], (_person, w) => ({
    thisUpdate: w.days(-20),
    nextUpdate: w.days(-1),
  })),
  ownList('CR-02b', 'a list from the future', ['crl-unusable'], (_person, w) => ({ thisUpdate: w.days(2) })),
  ownAnchor('CR-03', 'an authority without a list', ['crl-missing'], { list: null }),
  {
    id: 'CR-04',
    about: 'a list in the name of the authority, signed by another key',
    expect: ['crl-unusable'],
    make: async (w) => {
      const anchor = await w.anchor('CR-04 CA', { list: null });
      w.addList(anchor, 'CR-04 CA', { signer: await w.authority('CR-04 CA') });
      return w.entry('CR-04', await w.person(anchor, 'cr-04'));
    },
  },
  {
    id: 'CR-05',
    about: 'an older list, which does not name the signer yet, beside the one that does',
    expect: ['revoked'],
    make: async (w) => {
      const anchor = await w.anchor('CR-05 CA', { list: null });
      const person = await w.person(anchor, 'cr-05');
      w.addList(anchor, 'CR-05 CA', { revoked: [person], number: 8 });
      w.addList(anchor, 'CR-05 old CA', { thisUpdate: w.days(-2), number: 7 });
      return w.entry('CR-05', person);
    },
  },
  ownList('CR-06a', 'an indirect list', ['crl-unusable'], () => ({
    extensions: [issuingDistributionPoint(writeDer(0x84, octets(0xff)))],
  })),
  ownList('CR-06b', 'a list for some reasons only', ['crl-unusable'], () => ({
    extensions: [issuingDistributionPoint(writeDer(0x83, octets(1, 0x40)))],
  })),
  ownList('CR-06c', 'a list for attribute certificates only', ['crl-unusable'], () => ({
    extensions: [issuingDistributionPoint(writeDer(0x85, octets(0xff)))],
  })),
  ownList('CR-07', 'a list with an unknown critical extension', ['crl-unusable'], () => ({
    extensions: [extension('1.3.6.1.4.1.99999.1', true, octets(5, 0))],
  })),
  ownList(
    'CR-08',
    'control: a list of 50,000 entries',
    'OK',
    () => ({ revoked: Array.from({ length: 50_000 }, (_, count) => (0x10_0000_0000 + count).toString(16)) }),
    { within: 100 },
  ),
  {
    id: 'CR-09',
    about: 'control: a certificate that names places to fetch lists, answers and issuers from; nobody goes there',
    expect: 'OK',
    make: async (w) => {
      const uri = (path) => writeText(0x86, `${w.lureUrl}/${path}`);
      const access = (oid, path) => sequence(octets(6, 8, 0x2b, 6, 1, 5, 5, 7, 0x30, oid), uri(path));
      const extensions = [
        { oid: '2.5.29.31', isCritical: false, value: sequence(sequence(writeDer(0xa0, writeDer(0xa0, uri('crl'))))) },
        { oid: '1.3.6.1.5.5.7.1.1', isCritical: false, value: sequence(access(1, 'ocsp'), access(2, 'issuer')) },
      ];
      return w.entry('CR-09', await w.person(await w.main(), 'cr-09', { extensions }));
    },
  },
];

// CP: certificates and the path to an authority.
import { createHash, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import {
  algorithm,
  explicitCurveKey,
  extension,
  forgeCertificate,
  integer,
  NULL,
  octets,
  sequence,
  withCertificate,
  writeDer,
  writeDerName,
  writeOid,
  writeText,
} from '../forge.mjs';
import { METHODS } from '../signature.mjs';

const UNKNOWN = { oid: '1.3.6.1.4.1.99999.1', isCritical: true, value: octets(5, 0) };
const YEAR = 365;

/** A person below `authorities` (the first below the main authority, each below the one before). */
async function below(w, name, authorities, changes = {}) {
  let issuer = await w.main();
  const chain = [];
  for (const [position, request] of authorities.entries()) {
    issuer = await w.authority(`${name} CA ${position + 1}`, { issuer, ...request });
    chain.unshift(issuer);
  }
  return { signer: await w.person(issuer, name.toLowerCase(), changes), chain };
}

const row = (id, about, expect, authorities, changes) => ({
  id,
  about,
  expect,
  make: async (w) => {
    const { signer, chain } = await below(w, id, authorities, changes);
    return w.entry(id, signer, { chain });
  },
});

/** A signer whose certificate was forged from a good one's parts, signed by the main authority. */
const forged = (id, about, expect, parts) => ({
  id,
  about,
  expect,
  make: async (w) => {
    const main = await w.main();
    const model = await w.person(main, id.toLowerCase());
    return w.entry(id, withCertificate(model, forgeCertificate(main, model, parts(model, main))));
  },
});

/** A certificate whose octets no longer are a certificate. */
const broken = (id, about, change) => ({
  id,
  about,
  expect: ['cert-format'],
  make: async (w) => {
    const model = await w.person(await w.main(), id.toLowerCase());
    return w.entry(id, withCertificate(model, change(model.der)));
  },
});

/** A proxy certificate of the kind: the user's certificate issues it, its subject is the user's and one name more. */
const proxy = (id, about, commonName, extensions) => ({
  id,
  about,
  expect: ['proxy-signer'],
  make: async (w) => {
    const user = await w.person(await w.main(), id.toLowerCase());
    const model = await w.person(user, `${id.toLowerCase()}-proxy`);
    const subject = writeDerName(`CN=${commonName},CN=${id.toLowerCase()},O=Attacks`);
    const own = [extension('2.5.29.15', true, writeDer(3, octets(7, 0x80))), ...extensions];
    return w.entry(id, withCertificate(model, forgeCertificate(user, model, { subject, extensions: own })), {
      chain: [user],
      endorsement: { subject: `CN=${commonName},CN=${id.toLowerCase()},O=Attacks` },
    });
  },
});

const PROXY_POLICY = sequence(sequence(writeOid('1.3.6.1.5.5.7.21.1')));

function nested(depth) {
  let der = octets(5, 0);
  for (let level = 0; level < depth && der.length < 14_000; level += 1) der = sequence(der);
  return der;
}

/** As `forged`, from an authority with an RSA key that signs with a hash nobody accepts. */
const weakHash = (id, about, hash, oid) => ({
  id,
  about,
  expect: ['weak-alg'],
  make: async (w) => {
    const issuer = await w.authority(`${id} CA`, { issuer: await w.main(), key: 'rsa-2048' });
    const model = await w.person(issuer, id.toLowerCase());
    const signWith = (tbs) => sign(hash, tbs, createPrivateKey(issuer.privateKeyPem));
    const der = forgeCertificate(issuer, model, { innerAlgorithm: algorithm(oid, NULL), signWith });
    return w.entry(id, withCertificate(model, der), { chain: [issuer] });
  },
});

/** What makes forgeCertificate sign with SHA-1, which nobody accepts, so that nobody can say who signed. */
const signedWeakly = (issuer) => ({
  innerAlgorithm: algorithm('1.2.840.113549.1.1.5', NULL),
  signWith: (tbs) => sign('sha1', tbs, createPrivateKey(issuer.privateKeyPem)),
});

const constrained = (names) => ({
  oid: '2.5.29.30',
  isCritical: true,
  value: sequence(writeDer(0xa0, ...names.map((name) => sequence(name)))),
});
const directory = (text) => writeDer(0xa4, writeDerName(text));

export const PATH = [
  row('CP-00', 'control: two authorities between signer and anchor', 'OK', [{}, {}]),
  row('CP-01', 'an authority below one that allows none', ['pathlen'], [{ pathLength: 0 }, {}]),
  row('CP-02', "an unknown critical extension in the signer's certificate", ['critical-ext'], [], {
    extensions: [UNKNOWN],
  }),
  row('CP-03', 'an unknown critical extension in an authority', ['critical-ext'], [{ extensions: [UNKNOWN] }]),
  {
    id: 'CP-04',
    about: "a person's certificate used as an authority",
    expect: ['not-ca'],
    make: async (w) => {
      const person = await w.person(await w.main(), 'cp-04-person');
      return w.entry('CP-04', await w.person(person, 'cp-04'), { chain: [person] });
    },
  },
  row('CP-05', 'an authority that may not sign certificates', ['ku-ca'], [{ keyUsage: ['cRLSign'] }]),
  row(
    'CP-06',
    'an authority whose basic constraints are not critical',
    ['not-ca'],
    [{ flipCritical: ['basicConstraints'] }],
  ),
  row('CP-06b', 'an authority without basic constraints', ['not-ca'], [{ omit: ['basicConstraints'] }]),
  {
    id: 'CP-07a',
    about: 'an expired signer',
    expect: ['expired'],
    make: async (w) =>
      w.entry('CP-07a', await w.person(await w.main(), 'cp-07a', { notAfter: w.days(-1) }), {
        endorsement: { createdAt: w.days(-2) },
      }),
  },
  {
    id: 'CP-07b',
    about: 'an expired authority in between',
    expect: ['expired'],
    make: async (w) => {
      const { signer, chain } = await below(w, 'CP-07b', [{ notBefore: w.days(-20), notAfter: w.days(-1) }]);
      return w.entry('CP-07b', signer, { chain });
    },
  },
  {
    id: 'CP-07c',
    about: 'an expired anchor',
    expect: ['expired'],
    make: async (w) =>
      w.entry(
        'CP-07c',
        await w.person(await w.anchor('Expired CA', { notBefore: w.days(-YEAR), notAfter: w.days(-1) }), 'cp-07c'),
      ),
  },
  {
    id: 'CP-07d',
    about: 'a signer who is not valid yet',
    expect: ['not-yet-valid'],
    make: async (w) => w.entry('CP-07d', await w.person(await w.main(), 'cp-07d', { notBefore: w.days(1) })),
  },
  weakHash('CP-08a', 'an authority signs with SHA-1', 'sha1', '1.2.840.113549.1.1.5'),
  weakHash('CP-08b', 'an authority signs with MD5', 'md5', '1.2.840.113549.1.1.4'),
  row('CP-08c', 'an RSA key of 1,024 bits', ['weak-alg'], [], { key: 'rsa-1024' }),
  row('CP-08d', 'an authority with an RSA key of 1,024 bits', ['weak-alg'], [{ key: 'rsa-1024' }]),
  forged('CP-08e', 'a key on the curve P-192', ['weak-alg'], () => ({
    spki: generateKeyPairSync('ec', { namedCurve: 'prime192v1' }).publicKey.export({ type: 'spki', format: 'der' }),
  })),
  forged('CP-08f', 'a key whose curve is written out (CVE-2020-0601)', ['weak-alg'], ({ certificate }) => ({
    spki: explicitCurveKey(certificate.spki),
  })),
  {
    id: 'CP-08g',
    about: 'an RSA key with exponent 1, under which the padding is its own signature',
    expect: ['weak-alg'],
    make: async (w) => {
      const main = await w.main();
      const modulus = writeDer(2, octets(0), new Uint8Array(256).fill(0xc3));
      const spki = sequence(
        algorithm('1.2.840.113549.1.1.1', NULL),
        writeDer(3, octets(0), sequence(modulus, integer(1))),
      );
      const model = await w.person(main, 'cp-08g');
      const signer = withCertificate(model, forgeCertificate(main, model, { spki }));
      const value = (octets) => {
        const digest = createHash('sha256').update(octets).digest('hex');
        return Buffer.from(`0001${'ff'.repeat(202)}003031300d060960864801650304020105000420${digest}`, 'hex');
      };
      const uri = METHODS['rsa-sha256'].uri;
      return w.entry('CP-08g', signer, { sign: { methodUri: uri, value } });
    },
  },
  forged('CP-08h', 'an RSA key of 40,000 bits, to keep the verifier busy', ['weak-alg'], () => ({
    spki: sequence(
      algorithm('1.2.840.113549.1.1.1', NULL),
      writeDer(3, octets(0), sequence(writeDer(2, octets(0), new Uint8Array(5_000).fill(0xc3)), integer(1, 0, 1))),
    ),
  })),
  row(
    'CP-14a',
    'a name outside the directory names its authority is for',
    ['nc'],
    [{ extensions: [constrained([directory('O=Elsewhere')])] }],
  ),
  row(
    'CP-14b',
    'an address outside the domain its authority is for',
    ['nc'],
    [{ extensions: [constrained([writeText(0x81, 'elsewhere.example')])] }],
  ),
  proxy('CP-15a', 'an RFC 3820 proxy as signer', '12345', [extension('1.3.6.1.5.5.7.1.14', true, PROXY_POLICY)]),
  proxy('CP-15b', 'a Globus Toolkit 3 proxy', '12345', [extension('1.3.6.1.4.1.3536.1.222', true, PROXY_POLICY)]),
  proxy('CP-15c', 'a Globus Toolkit 2 proxy', 'proxy', []),
  proxy('CP-15d', 'a limited Globus Toolkit 2 proxy', 'limited proxy', []),
  row('CP-16', "a host's certificate (serverAuth only)", ['eku'], [], { purposes: ['serverAuth'] }),
  row('CP-16b', 'a certificate that may not sign', ['ku-signer'], [], { keyUsage: ['keyEncipherment'] }),
  {
    id: 'CP-16c',
    about: "an authority's own certificate as signer",
    expect: ['ku-signer'],
    make: async (w) => {
      const issuer = await w.authority('CP-16c CA', { issuer: await w.main() });
      return w.entry('CP-16c', issuer, { endorsement: { email: 'cp-16c@example.org' } });
    },
  },
  {
    id: 'CP-17a',
    about: 'two authorities that certify each other, round and round',
    expect: ['no-anchor'],
    within: 100,
    make: async (w) => {
      const a = await w.authority('Loop A');
      const b = await w.authority('Loop B', { issuer: a });
      const back = await w.authority('Loop A', { issuer: b, key: a });
      return w.entry('CP-17a', await w.person(a, 'cp-17a'), { chain: [back, b, a] });
    },
  },
  {
    id: 'CP-17b',
    about:
      'seven authorities of one name, each of which may have issued each other since their signatures are too weak to tell',
    expect: ['path-limit'],
    within: 100,
    make: async (w) => {
      const chain = [];
      for (let count = 0; count < 7; count += 1) {
        const one = await w.authority('CP-17b CA', { key: 'rsa-2048' });
        chain.push(forgeCertificate(one, one, signedWeakly(one)));
      }
      const issuer = await w.authority('CP-17b CA', { key: 'rsa-2048' });
      const model = await w.person(issuer, 'cp-17b');
      const der = forgeCertificate(issuer, model, signedWeakly(issuer));
      return w.entry('CP-17b', withCertificate(model, der), { chain });
    },
  },
  row('CP-17c', 'a path longer than is tried', ['path-limit'], [{}, {}, {}, {}, {}, {}]),
  {
    id: 'CP-17d',
    about: 'the same with a thousand names in the signer and nine hundred name constraints in each authority',
    expect: ['path-limit'],
    within: 500,
    make: async (w) => {
      const key = await w.authority('CP-17d CA', { key: 'rsa-2048' });
      const subtrees = Array.from({ length: 900 }, (_, count) => sequence(writeText(0x81, `h${count}.example`)));
      const chain = [];
      for (let count = 0; count < 7; count += 1) {
        const one = await w.authority('CP-17d CA', { key: 'rsa-2048' });
        const extensions = one.certificate.extensions.map((own) => extension(own.oid, own.isCritical, own.value));
        extensions.push(extension('2.5.29.30', true, sequence(writeDer(0xa0, ...subtrees))));
        chain.push(forgeCertificate(one, one, { ...signedWeakly(one), extensions }));
      }
      const names = Array.from({ length: 1_000 }, (_, count) => writeText(0x81, `a${count}@q.e`));
      const model = await w.person(key, 'cp-17d', { email: [] });
      const extensions = model.certificate.extensions.map((own) => extension(own.oid, own.isCritical, own.value));
      extensions.push(extension('2.5.29.17', false, sequence(...names)));
      const der = forgeCertificate(key, model, { ...signedWeakly(key), extensions });
      return w.entry('CP-17d', withCertificate(model, der), { chain });
    },
  },
  {
    id: 'CP-17e',
    about:
      'control: four authorities that map every certificate policy to every other, a tree of thousands of millions of nodes (CVE-2023-0464)',
    expect: 'OK',
    within: 100,
    make: async (w) => {
      const policies = Array.from({ length: 22 }, (_, count) => writeOid(`1.2.3.4.${count}`));
      const pairs = policies.flatMap((one) => policies.map((other) => sequence(one, other)));
      const stated = { oid: '2.5.29.32', isCritical: true, value: sequence(...policies.map((one) => sequence(one))) };
      const mapped = { oid: '2.5.29.33', isCritical: true, value: sequence(...pairs) };
      const demanded = { oid: '2.5.29.36', isCritical: true, value: sequence(writeDer(0x80, octets(0))) };
      const extensions = [stated, mapped, demanded];
      const { signer, chain } = await below(w, 'CP-17e', Array(4).fill({ extensions }), { extensions: [stated] });
      return w.entry('CP-17e', signer, { chain });
    },
  },
  broken('CP-18a', 'trailing bytes after a certificate', (der) => Buffer.concat([der, Buffer.of(0, 0)])),
  broken('CP-18b', 'a BER indefinite length', (der) =>
    Buffer.concat([Buffer.of(0x30, 0x80), der.subarray(4), Buffer.of(0, 0)]),
  ),
  broken('CP-18c', 'a length with a needless octet', (der) =>
    Buffer.concat([Buffer.of(0x30, 0x83, 0), der.subarray(2)]),
  ),
  broken('CP-18d', 'a certificate cut off in the middle', (der) => Buffer.from(der.subarray(0, der.length / 2))),
  broken('CP-18e', 'a certificate of 20 KB', () => Buffer.from(sequence(writeDer(4, new Uint8Array(20_000))))),
  broken('CP-18f', '7,000 levels of DER in 14 KB', () => Buffer.from(nested(20_000))),
  forged('CP-18g', 'deep DER inside the parameters of the key', ['cert-format'], () => ({
    spki: sequence(sequence(writeOid('1.2.840.10045.2.1'), nested(3_000)), writeDer(3, octets(0, 4))),
  })),
  forged('CP-18h', 'a negative serial number', ['cert-format'], () => ({ serial: writeDer(2, octets(0x85)) })),
  forged('CP-18i', 'a serial number of 30 octets', ['cert-format'], () => ({
    serial: writeDer(2, new Uint8Array(30).fill(0x41)),
  })),
  forged('CP-18j', 'one signature algorithm inside, another outside', ['alg-mismatch'], () => ({
    outerAlgorithm: algorithm('1.2.840.10045.4.3.3'),
  })),
  forged('CP-18k', 'an extension twice', ['cert-format'], ({ certificate }) => {
    const [first] = certificate.extensions;
    const one = extension(first.oid, first.isCritical, first.value);
    return { extensions: [one, one] };
  }),
  forged('CP-18l', 'version 1 with extensions', ['cert-format'], () => ({ version: writeDer(0xa0, integer(0)) })),
  forged('CP-18m', 'a signature by nobody', ['cert-sig', 'no-anchor'], () => ({
    signWith: () => Buffer.from(sequence(integer(1), integer(1))),
  })),
];

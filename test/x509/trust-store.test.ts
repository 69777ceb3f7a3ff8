import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeNameDigests } from '../../src/platform/name-digests.ts';
import type { Certificate } from '../../src/x509/certificate.ts';
import { type Issued, issueAuthority } from '../../src/x509/issue.ts';
import { hashName } from '../../src/x509/name-hash.ts';
import { checkNamespaces } from '../../src/x509/name-policy.ts';
import { readTrustStore, type TrustFile, type TrustStore, writeStoreSnapshot } from '../../src/x509/trust-store.ts';
import { writeList } from './crl-writer.ts';
import { hasOpenssl, Workshop } from './programs.ts';

const WINDOW = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2027-01-01T00:00:00Z') };
const digests = nodeNameDigests;
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

let one: Issued;
let two: Issued;
let hash: string;
let oldHash: string;
const workshop = new Workshop();

beforeAll(async () => {
  one = await issueAuthority({ subject: 'CN=One,O=Grid,C=IT', ...WINDOW });
  two = await issueAuthority({ subject: 'CN=Two,O=Grid,C=IT', ...WINDOW });
  [hash, oldHash] = hashName(one.certificate.subject, digests) as [string, string];
});
afterAll(() => workshop.dispose());

function file(name: string, content: string | Uint8Array): TrustFile {
  return { name, bytes: typeof content === 'string' ? encode(content) : content };
}

const toHash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const snapshotOf = (store: TrustStore, rules: readonly string[] = []): string =>
  new TextDecoder().decode(writeStoreSnapshot(store, rules, toHash).bytes);

function read(files: readonly TrustFile[], statuses: readonly string[] = []): TrustStore {
  const store = readTrustStore(files, { digests, statuses });
  const reversed = readTrustStore(files.toReversed(), { digests, statuses });
  expect(snapshotOf(reversed)).toEqual(snapshotOf(store));
  return store;
}

const certificatesOf = ({ authorities }: TrustStore): Certificate[] =>
  authorities.map(({ certificate }) => certificate);
const fingerprint = (): string => {
  const hex = createHash('sha1').update(one.der).digest('hex').toUpperCase();
  return hex.match(/../g)!.join(':');
};
const note = (status = 'accredited:classic', further = ''): string => `alias = one\nstatus = ${status}\n${further}`;

describe.skipIf(!hasOpenssl)('the hashes of names', () => {
  test.each([
    'CN=Plain,O=Grid,C=IT',
    'CN=\\  Two   Spaces\\ ,O=GRID,C=it',
    'emailAddress=ca@Example.ORG,CN=Mail,DC=Example,DC=org',
    'CN=Ünïcode ÀÉ,O=Größe,C=DE',
    'CN=A+UID=7,O=Multi,C=CH',
    'CN=K\u212a,1.2.3.4=x,C=IT',
  ])('of %s are those of openssl', async (subject) => {
    const { certificate, certificatePem } = await issueAuthority({ subject, ...WINDOW });
    workshop.write('ca.pem', certificatePem);
    const written = workshop.openssl('x509', '-in', 'ca.pem', '-noout', '-subject_hash', '-subject_hash_old');
    expect(hashName(certificate.subject, digests)).toEqual(written.toString().trim().split('\n'));
  });
});

describe('a trust directory in the layout of grids', () => {
  test('gives an authority once, with its policies, addresses and lists, whatever its files are called', () => {
    const policy = 'TO Issuer SELF PERMIT Subject "/C=IT/O=Grid/.*"';
    const store = read([
      ...[`${hash}.0`, `${oldHash}.0`, 'one.pem'].map((name) => file(name, one.certificatePem)),
      ...[`${hash}.namespaces`, 'one.namespaces'].map((name) => file(name, policy)),
      file(
        'one.info',
        note(undefined, `sha1fp.0 = ${fingerprint()}\nsubjectdn = "/C=IT/O=Grid/CN=One"\ncrl_url = http://a/1.crl`),
      ),
      file('one.crl_url', 'http://a/1.crl\n# http://c/\nhttp://b/2.crl\n'),
      file(`${hash}.r0`, writeList(one, { number: 7 })),
      file('policy-all.info', 'alias = policy-all\nrequires = one = 1.2'),
    ]);
    expect(store.warnings).toEqual([]);
    expect(store.authorities).toMatchObject([
      { certificate: one.certificate, hashes: [hash, oldHash], crlUrls: ['http://a/1.crl', 'http://b/2.crl'] },
    ]);
    expect(store.policies).toHaveLength(1);
    expect(store.lists.map(({ file, list }) => [file, list.number])).toEqual([[`${hash}.r0`, 7n]]);
    expect(store.isGridLayout).toBe(true);
  });

  test('CP-19: takes accredited authorities only, unless the operator lists another status', () => {
    const files = (status: string) => [file(`${hash}.0`, one.certificatePem), file(`${hash}.info`, note(status))];
    expect(certificatesOf(read(files('accredited:mics')))).toEqual([one.certificate]);
    for (const status of ['discontinued', 'unaccredited:classic', 'accredited', '']) {
      const store = read(files(status));
      expect(certificatesOf(store)).toEqual([]);
      expect(store.warnings).toHaveLength(1);
    }
    expect(certificatesOf(read(files('experimental'), ['experimental']))).toEqual([one.certificate]);
    expect(certificatesOf(read(files('experimental'), ['discontinued']))).toEqual([]);
  });

  test('CP-19: passes over an authority whose fingerprint or name is not that of its note', () => {
    const files = (further: string) => [
      file('one.pem', one.certificatePem),
      file('one.info', note(undefined, further)),
    ];
    const wrong = `sha1fp.0 = ${fingerprint().replace(/^../, '00').replace(/..$/, '00')}`;
    expect(certificatesOf(read(files(wrong)))).toEqual([]);
    expect(read(files(wrong)).warnings[0]).toMatch(/^one\.info: .*fingerprint/);
    expect(certificatesOf(read(files('subjectdn = "/C=IT/O=Grid/CN=Two"')))).toEqual([]);
    expect(certificatesOf(read(files('subjectdn = "/C=it/o=grid/CN=one"')))).toEqual([one.certificate]);
  });

  test('passes over a file whose hash is that of another name', () => {
    const store = read([file(`${hash}.0`, two.certificatePem), file(`${hash}.1`, one.certificatePem)]);
    expect(certificatesOf(store)).toEqual([one.certificate]);
    expect(store.warnings[0]).toMatch(`${hash}.0: "CN=Two`);
  });

  test('finds the note of an authority by its fingerprint, and its policies by the name of the note', () => {
    const store = read([
      file(`${hash}.0`, one.certificatePem),
      file('alias.info', note(undefined, `sha1fp.0 = ${fingerprint()}`)),
      file(
        'alias.signing_policy',
        `access_id_CA X509 '/C=IT/O=Grid/CN=One'\npos_rights globus CA:sign\ncond_subjects globus '*'`,
      ),
    ]);
    expect(store.policies).toMatchObject([{ owners: [expect.any(String)], file: 'alias.signing_policy' }]);
    expect(checkNamespaces([two.certificate, one.certificate], store.policies)).toEqual([]);
  });

  test('lets nobody speak for an authority with the files of one that was passed over', () => {
    const permitsAll = 'TO Issuer "/C=IT/O=Grid/CN=One" PERMIT Subject ".*"';
    const store = read([
      file('one.pem', one.certificatePem),
      file('two.pem', two.certificatePem),
      file('two.info', note('discontinued')),
      file('two.namespaces', permitsAll),
    ]);
    expect(store.policies).toEqual([]);
  });

  test('never breaks on what is damaged', () => {
    const files = [
      file('one.pem', one.certificatePem),
      file('one.namespaces', 'TO Issuer "'),
      file('one.signing_policy', Uint8Array.of(0xff, 0xfe, 0)),
      file('one.r0', 'nothing'),
      file('two.r0', writeList(two).subarray(0, 50)),
      file('one.crl_url', Uint8Array.of(0)),
    ];
    const store = read(files);
    expect(certificatesOf(store)).toEqual([one.certificate]);
    expect(store.warnings.map((text) => text.split(':')[0])).toEqual([
      'one.namespaces',
      'one.signing_policy',
      'one.r0',
      'two.r0',
    ]);
  });
});

describe('a plain folder', () => {
  test('is any certificates by any name', () => {
    const store = read([
      file('a.pem', one.certificatePem + two.certificatePem),
      file('b.der', two.der),
      file('ca.1', one.der),
    ]);
    expect(store.authorities).toHaveLength(2);
    expect(store).toMatchObject({ isGridLayout: false, policies: [], lists: [], warnings: [] });
  });
});

describe('the snapshot', () => {
  test('covers anchors, policies, the numbers of revocation lists, and how they are applied', () => {
    const base = [file('one.pem', one.certificatePem)];
    const policy = (text: string) => file('one.namespaces', `TO Issuer SELF PERMIT Subject "${text}"`);
    const snapshots = [
      snapshotOf(read(base)),
      snapshotOf(read(base), ['crl require']),
      snapshotOf(read([...base, file('two.pem', two.certificatePem)])),
      snapshotOf(read([...base, policy('/C=IT/.*')])),
      snapshotOf(read([...base, policy('/C=CH/.*')])),
      snapshotOf(read([...base, file('one.r0', writeList(one, { number: 1 }))])),
      snapshotOf(read([...base, file('one.r0', writeList(one, { number: 2 }))])),
    ];
    expect(new Set(snapshots).size).toBe(snapshots.length);
    expect(snapshots[0]).toMatch(/^vouch-trust-2\nanchor [0-9a-f]{64}\n$/);
    const again = [...base, policy('/C=IT/.*'), file('copy.pem', one.certificatePem)];
    expect(snapshotOf(read(again))).toBe(snapshots[3]);
    const { bytes, attachments } = writeStoreSnapshot(read(again), [], toHash);
    for (const attachment of attachments) expect(new TextDecoder().decode(bytes)).toContain(` ${toHash(attachment)}\n`);
    expect(attachments).toHaveLength(2);
  });
});

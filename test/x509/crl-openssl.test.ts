import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeCrypto } from '../../src/platform/node-crypto.ts';
import type { Certificate } from '../../src/x509/certificate.ts';
import { readRevocationList } from '../../src/x509/crl.ts';
import { checkRevocation } from '../../src/x509/crl-check.ts';
import { REVOCATION_REASONS, type RevocationList } from '../../src/x509/crl-list.ts';
import { TAG } from '../../src/x509/der.ts';
import { type Issued, issueAuthority, issueCertificate, writeDerName } from '../../src/x509/issue.ts';
import { writePem } from '../../src/x509/pem.ts';
import { readCertificates } from '../../src/x509/trust.ts';
import { writeDer, writeText } from '../../src/x509/write-der.ts';
import { type ListDraft, type ListEntry, makeList } from './crl-writer.ts';
import { bytes, extension, sequence } from './forge.ts';
import { hasOpenssl, Workshop } from './programs.ts';

const AT = new Date('2026-06-01T00:00:00Z');
const WINDOW = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2027-01-01T00:00:00Z') };
const HOUR = 3_600_000;

const flag = (tag: number): Uint8Array => extension('2.5.29.28', true, sequence(writeDer(tag, bytes(0xff))));
const point = (name: Uint8Array): Uint8Array => writeDer(0xa0, writeDer(0xa0, name));
const pointAt = (name: Uint8Array): Uint8Array => extension('2.5.29.28', true, sequence(point(name)));
const CRITICAL = extension('1.3.6.1.4.1.99999.1', true, writeDer(TAG.null));
const HARMLESS = extension('1.3.6.1.4.1.99999.1', false, writeDer(TAG.null));
const OWN_POINT = writeText(0x86, 'http://ca/list');

/** A small generator of numbers that are the same in every run (xorshift). */
function dice(seed: number): (sides: number) => number {
  let state = seed | 1;
  return (sides) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % sides;
  };
}

/** The codes that each error of openssl may correspond to. */
const SAME: Readonly<Record<string, readonly string[]>> = {
  '3': ['crl-missing', 'crl-unusable'],
  '8': ['crl-unusable'],
  '11': ['crl-unusable'],
  '12': ['crl-stale'],
  '23': ['revoked'],
  '35': ['crl-unusable'],
  '36': ['crl-unusable'],
  '44': ['crl-unusable'],
};

interface Chain {
  /** Signer first, root last. */
  readonly chain: readonly Issued[];
  /** For each authority another one of its name with another key. */
  readonly namesakes: readonly Issued[];
}

describe.skipIf(!hasOpenssl)('openssl verify -crl_check_all (apt install openssl)', () => {
  let workshop: Workshop;
  let chains: Chain[];
  beforeAll(async () => {
    workshop = new Workshop();
    chains = [];
    const points = { oid: '2.5.29.31', isCritical: false, value: sequence(sequence(point(OWN_POINT))) };
    for (const [depth, options] of [
      [0, {}],
      [1, { key: 'rsa-2048' }],
      [1, { extensions: [points] }],
      [2, {}],
      [1, { keyUsage: ['keyCertSign'] }],
    ] as const) {
      const root = await issueAuthority({ subject: 'CN=Root,O=Test', ...WINDOW });
      const chain = [root];
      const namesakes = [await issueAuthority({ subject: 'CN=Root,O=Test', ...WINDOW })];
      for (let step = 1; step <= depth; step += 1) {
        const authority = { subject: `CN=Step ${step},O=Test`, ...WINDOW, issuer: chain[0]!, ...options };
        chain.unshift(await issueAuthority(authority));
        namesakes.unshift(await issueAuthority({ ...authority, keyUsage: ['keyCertSign', 'cRLSign'] }));
      }
      const extensions = 'extensions' in options ? options.extensions : [];
      chain.unshift(await issueCertificate(chain[0], { subject: 'CN=Jane,O=Test', ...WINDOW, extensions }));
      chains.push({ chain, namesakes });
    }
  });
  afterAll(() => workshop.dispose());

  /** The numbers of its errors; none if it accepts. */
  function openssl(chain: readonly Certificate[], lists: readonly RevocationList[], at = AT): string[] {
    const toPem = (certificates: readonly Certificate[]): string =>
      certificates.map(({ der }) => writePem('CERTIFICATE', der)).join('');
    workshop.write('anchor.pem', toPem(chain.slice(-1)));
    workshop.write('untrusted.pem', toPem(chain.slice(1, -1)));
    workshop.write('signer.pem', toPem(chain.slice(0, 1)));
    workshop.write('lists.pem', lists.map(({ der }) => writePem('X509 CRL', der)).join(''));
    const trust = ['-no-CApath', '-no-CAstore', '-CAfile', 'anchor.pem'];
    const others = chain.length > 2 ? ['-untrusted', 'untrusted.pem'] : [];
    const given = lists.length > 0 ? ['-CRLfile', 'lists.pem'] : [];
    const rules = ['-x509_strict', '-crl_check_all', '-attime', String(at.getTime() / 1000)];
    const words = ['verify', ...trust, ...others, ...given, ...rules, 'signer.pem'];
    const run = spawnSync('openssl', words, { cwd: workshop.directory, encoding: 'utf8' });
    const errors = [...new Set([...run.stderr.matchAll(/error (\d+) at/g)].map((match) => match[1]!))];
    return run.status === 0 || errors.length > 0 ? errors : [`status ${run.status}: ${run.stderr}`];
  }

  async function ours(chain: readonly Certificate[], lists: readonly RevocationList[], at = AT): Promise<string[]> {
    const request = { chain, lists, at, mode: 'require', graceMs: 0, crypto: nodeCrypto } as const;
    return (await checkRevocation(request)).map(({ code }) => code);
  }

  function makeCase(seed: number): { chain: Certificate[]; lists: RevocationList[]; story: string } {
    const roll = dice(seed * 2654435761);
    const story: string[] = [];
    const { chain, namesakes } = chains[roll(chains.length)]!;
    const lists = chain.slice(1).flatMap((authority, index) => {
      const target = chain[index]!.certificate.serial;
      if (roll(12) === 0) return [];
      // Several good lists, or one with something wrong: if openssl picks a bad one it does not try another.
      const twist = roll(5) > 1 ? undefined : roll(8);
      const count = twist === undefined ? 1 + roll(3) : 1;
      return Array.from({ length: count }, (_, step) => {
        const begin = AT.getTime() - (1 + roll(200)) * HOUR - step * 1000;
        const isLong = roll(8) > 0;
        const entries: ListEntry[] = Array.from({ length: roll(5) }, () => ({
          serial: (0x1000 + roll(50000)).toString(16),
          ...(roll(2) === 0 ? { reason: REVOCATION_REASONS[roll(7)]! } : {}),
        }));
        if (roll(5) === 0) entries.splice(roll(entries.length + 1), 0, { serial: target, ...someReason(roll(11)) });
        // In one case in eight every list has ended, lest a newer one ends before an older one.
        const end = isLong || count > 1 ? AT.getTime() + (1 + roll(200)) * HOUR : AT.getTime() - 1000;
        let draft: ListDraft = { thisUpdate: new Date(begin), nextUpdate: new Date(end), entries };
        if (roll(3) > 0) draft = { ...draft, number: 1000 - step };
        story.push(`${index}: twist ${twist}, of ${count}, ${entries.length} entries`);
        // Openssl asks about the root too, which names no point.
        const isOfRoot = index === chain.length - 2;
        const signer = twist === 0 ? namesakes[index]! : authority;
        return makeList(signer, twisted(draft, twist === 4 && isOfRoot ? undefined : twist));
      });
    });
    return { chain: chain.map(({ certificate }) => certificate), lists: shuffle(lists, roll), story: story.join('; ') };
  }

  test('agrees on 400 sets of lists of all kinds, and on what is wrong', async () => {
    const seen = new Map<string, number>();
    for (let seed = 1; seed <= 400; seed += 1) {
      const { chain, lists, story } = makeCase(seed);
      const theirs = openssl(chain, lists);
      const codes = await ours(chain, lists);
      const label = `seed ${seed} (${story}): ours ${codes}, openssl ${theirs}`;
      if (theirs.length === 0) expect.soft(codes, label).toEqual([]);
      else
        expect
          .soft(
            theirs.some((error) => SAME[error]?.some((code) => codes.includes(code))),
            label,
          )
          .toBe(true);
      for (const error of theirs.length === 0 ? ['none'] : theirs) seen.set(error, (seen.get(error) ?? 0) + 1);
    }
    // Every answer must occur, or agreeing means little.
    expect(seen.get('none')).toBeGreaterThan(80);
    for (const number of ['3', '8', '12', '23', '36']) expect.soft(seen.get(number) ?? 0, number).toBeGreaterThan(5);
  }, 300_000);

  describe('differs, and is the laxer one unless it is said', () => {
    async function both(lists: (chain: readonly Issued[], namesake: Issued) => RevocationList[]) {
      const { chain, namesakes } = chains[0]!;
      const certificates = chain.map(({ certificate }) => certificate);
      const given = lists(chain, namesakes[0]!);
      return { theirs: openssl(certificates, given), ours: await ours(certificates, given) };
    }
    const root = (chain: readonly Issued[]): Issued => chain[1]!;

    test.each<[string, ListDraft]>([
      [
        'of changes only: without -extended_crl it takes them for a whole list',
        { extensions: [extension('2.5.29.27', true, writeDer(TAG.integer, bytes(1)))] },
      ],
      ['without an end: RFC 5280 requires nextUpdate, it does not', { nextUpdate: null }],
      ['that takes an entry back: it lets whole lists do so', { entries: [{ serial: '05', reason: 'removeFromCRL' }] }],
    ])('on a list %s', async (_, draft) => {
      expect(await both((chain) => [makeList(root(chain), draft)])).toEqual({ theirs: [], ours: ['crl-unusable'] });
    });

    test('on a list of persons only: it takes a part for the kind of certificate at hand', async () => {
      const [signer, authority, anchor] = chains[1]!.chain;
      const lists = [makeList(authority!, { extensions: [flag(0x81)] }), makeList(anchor!)];
      const certificates = [signer!, authority!, anchor!].map(({ certificate }) => certificate);
      expect(openssl(certificates, lists)).toEqual([]);
      expect(await ours(certificates, lists)).toEqual(['crl-unusable']);
    });

    test('on a newer list that ended earlier and has the certificate: it looks at one list only', async () => {
      const short = { thisUpdate: new Date(AT.getTime() - HOUR), nextUpdate: new Date(AT.getTime() - 1000) };
      const answer = await both((chain) => [
        makeList(root(chain)),
        makeList(root(chain), { ...short, entries: [{ serial: chain[0]!.certificate.serial }] }),
      ]);
      expect(answer).toEqual({ theirs: [], ours: ['revoked'] });
    });

    test('on the anchor itself being listed: we ask nothing about anchors, it does (the stricter one here)', async () => {
      const answer = await both((chain) => [
        makeList(root(chain), { entries: [{ serial: root(chain).certificate.serial }] }),
      ]);
      expect(answer).toEqual({ theirs: ['23'], ours: [] });
    });

    test('on a forged list that is newer than the good one: it gives up, we pass over it', async () => {
      const answer = await both((chain, namesake) => [
        makeList(root(chain)),
        makeList(namesake, { thisUpdate: new Date(AT.getTime() - HOUR) }),
      ]);
      expect(answer).toEqual({ theirs: ['8'], ours: [] });
    });

    test('on the very second of the next update: RFC 5280 counts it, it does not (the stricter one here)', async () => {
      const answer = await both((chain) => [makeList(root(chain), { nextUpdate: AT })]);
      expect(answer).toEqual({ theirs: ['12'], ours: [] });
    });
  });

  test.each(['rsa:2048', 'ec', 'ed25519'])(
    'lists made by openssl ca with a key of kind %s are read and believed',
    async (kind) => {
      const key = kind === 'ec' ? ['ec', '-pkeyopt', 'ec_paramgen_curve:P-384'] : [kind];
      const config = ['-config', workshop.write('ca.cnf', CONFIGURATION)];
      const run = (...words: string[]): Buffer => workshop.openssl(...words, ...config);
      const days = ['-days', '30'];
      workshop.write('index.txt', '');
      workshop.write('number', '1F\n');
      run(
        'req',
        '-x509',
        '-nodes',
        '-newkey',
        ...key,
        '-keyout',
        'ca.key',
        '-out',
        'ca.pem',
        '-subj',
        '/CN=CA',
        ...days,
        '-extensions',
        'ca_certificate',
      );
      const people = ['jane', 'joe', 'jim', 'jill'].map((name) => {
        run(
          'req',
          '-new',
          '-nodes',
          '-newkey',
          ...key,
          '-keyout',
          'p.key',
          '-out',
          'p.csr',
          '-subj',
          `/O=Test/CN=${name}`,
        );
        run('ca', '-batch', '-notext', '-in', 'p.csr', '-out', `${name}.pem`, ...days);
        return readCertificates(workshop.read(`${name}.pem`))[0]!;
      });
      run('ca', '-revoke', 'jane.pem', '-crl_compromise', '20260101000000Z');
      run('ca', '-revoke', 'joe.pem', '-crl_reason', 'superseded');
      run('ca', '-revoke', 'jim.pem');
      run('ca', '-gencrl', '-out', 'list.pem', '-crldays', '7');
      const reading = readRevocationList(workshop.read('list.pem'));
      if (!reading.ok) throw new Error(reading.message);
      const { list } = reading;
      expect(list).toMatchObject({ version: 2, number: 0x1fn, size: 3, faults: [] });
      expect(people.map(({ serial }) => list.find(serial)?.reason)).toEqual([
        'keyCompromise',
        'superseded',
        'unspecified',
        undefined,
      ]);
      expect(list.find(people[0]!.serial)?.invalidAt).toEqual(new Date('2026-01-01T00:00:00Z'));
      const [authority] = readCertificates(workshop.read('ca.pem'));
      const at = new Date(list.thisUpdate.getTime() + 2000);
      for (const [index, person] of people.entries()) {
        expect(await ours([person, authority!], [list], at)).toEqual(index < 3 ? ['revoked'] : []);
        expect(openssl([person, authority!], [list], at)).toEqual(index < 3 ? ['23'] : []);
      }
    },
  );
});

function someReason(number: number): Partial<ListEntry> {
  const reason = REVOCATION_REASONS[number];
  return reason === undefined || reason === 'removeFromCRL' ? {} : { reason };
}

function twisted(draft: ListDraft, twist: number | undefined): ListDraft {
  switch (twist) {
    case 1:
      return { ...draft, extensions: [CRITICAL] };
    case 2:
      return { ...draft, entries: [...draft.entries!, { serial: '0123', extensions: [CRITICAL] }] };
    case 3:
      return { ...draft, extensions: [flag(otherKind(draft))] };
    case 4:
      return { ...draft, extensions: [pointAt(OWN_POINT)] };
    case 5:
      return { ...draft, extensions: [pointAt(writeDer(0xa4, writeDerName('CN=Elsewhere')))] };
    case 6:
      return { ...draft, thisUpdate: new Date(AT.getTime() + 1000), nextUpdate: new Date(AT.getTime() + HOUR) };
    case 7:
      return {
        ...draft,
        extensions: [HARMLESS],
        entries: draft.entries!.map((one) => ({ ...one, extensions: [HARMLESS] })),
      };
    default:
      return draft;
  }
}

/** Indirect or of attribute certificates: refused by both. */
function otherKind({ entries }: ListDraft): number {
  return entries!.length % 2 === 0 ? 0x84 : 0x85;
}

function shuffle<T>(values: readonly T[], roll: (sides: number) => number): T[] {
  const shuffled = [...values];
  for (let at = shuffled.length - 1; at > 0; at -= 1) {
    const other = roll(at + 1);
    [shuffled[at], shuffled[other]] = [shuffled[other]!, shuffled[at]!];
  }
  return shuffled;
}

const CONFIGURATION = `[req]
distinguished_name=dn
[dn]
[ca_certificate]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash
[ca]
default_ca=here
[here]
database=index.txt
rand_serial=yes
crlnumber=number
new_certs_dir=.
certificate=ca.pem
private_key=ca.key
default_md=default
policy=any
x509_extensions=person
crl_extensions=list
[any]
organizationName=optional
commonName=supplied
[person]
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
authorityKeyIdentifier=keyid
[list]
authorityKeyIdentifier=keyid
`;

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeCrypto } from '../../src/platform/node-crypto.ts';
import type { Certificate } from '../../src/x509/certificate.ts';
import { TAG } from '../../src/x509/der.ts';
import { type AuthorityRequest, type Issued, issueAuthority, issueCertificate } from '../../src/x509/issue.ts';
import { verifyPath } from '../../src/x509/path.ts';
import { writePem } from '../../src/x509/pem.ts';
import { readCertificates } from '../../src/x509/trust.ts';
import { writeDer } from '../../src/x509/write-der.ts';
import { hasOpenssl, Workshop } from './programs.ts';

const AT = new Date('2026-06-01T00:00:00Z');
const WINDOW = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2027-01-01T00:00:00Z') };
const CRITICAL = [{ oid: '1.3.6.1.4.1.99999.1', isCritical: true, value: writeDer(TAG.null) }];

/**
 * What can be wrong with one certificate of a chain. None ends at the very second of the check: RFC 5280 counts that second as
 * valid, and openssl does not.
 */
const FAULTS: readonly Partial<AuthorityRequest>[] = [
  { notAfter: new Date('2026-05-31T23:59:59Z') },
  { notBefore: new Date('2026-06-01T00:00:01Z') },
  { pathLength: 0 },
  { pathLength: 1 },
  { pathLength: 2 },
  { omit: ['basicConstraints'] },
  { flipCritical: ['basicConstraints'] },
  { keyUsage: ['cRLSign'] },
  { omit: ['keyUsage'] },
  { flipCritical: ['keyUsage'] },
  { extensions: CRITICAL },
  { extensions: CRITICAL.map((one) => ({ ...one, isCritical: false })) },
];

/** A small generator of numbers that are the same in every run (xorshift). */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % sides;
  };
}

interface Case {
  readonly signer: Certificate;
  readonly untrusted: readonly Certificate[];
  readonly anchors: readonly Certificate[];
  readonly story: string;
}

/** A chain of up to five authorities in which some things are wrong, in a way that depends on the seed only. */
async function makeCase(seed: number): Promise<Case> {
  const roll = dice(seed * 2654435761);
  const story: string[] = [];
  const fault = (): Partial<AuthorityRequest> => {
    if (roll(4) > 0) return {};
    const index = roll(FAULTS.length);
    story.push(`fault ${index}`);
    return FAULTS[index]!;
  };
  const root = await issueAuthority({ subject: 'CN=Root,O=Test', ...WINDOW, ...fault() });
  const stranger = await issueAuthority({ subject: 'CN=Root,O=Test', ...WINDOW });
  const authorities: Issued[] = [];
  let issuer = root;
  for (let depth = roll(4); depth > 0; depth -= 1) {
    const isSelfIssued = authorities.length > 0 && roll(5) === 0;
    const subject = isSelfIssued ? `CN=Step ${authorities.length},O=Test` : `CN=Step ${authorities.length + 1},O=Test`;
    if (isSelfIssued) story.push('self-issued');
    issuer = await issueAuthority({ subject, ...WINDOW, ...fault(), issuer });
    authorities.push(issuer);
  }
  const twist = roll(12);
  if (twist === 0) story.push('another key');
  const signedBy = twist === 0 ? stranger : issuer;
  const signer = await issueCertificate(signedBy, {
    subject: 'CN=Jane,O=Test',
    ...WINDOW,
    ...(fault() as object),
    keyUsage: ['digitalSignature'],
  });
  const untrusted = authorities.map(({ certificate }) => certificate);
  if (twist === 1 && untrusted.length > 0) {
    story.push('a link is missing');
    untrusted.splice(roll(untrusted.length), 1);
  }
  if (twist === 2) untrusted.push(stranger.certificate);
  const anchors = twist === 3 ? [stranger, root] : twist === 4 ? [stranger] : [root];
  if (twist >= 2 && twist <= 4) story.push(`a namesake of the root (${twist})`);
  return {
    signer: signer.certificate,
    untrusted: untrusted.reverse(),
    anchors: anchors.map(({ certificate }) => certificate),
    story: story.join(', ') || 'nothing wrong',
  };
}

const toPem = (certificates: readonly Certificate[]): string =>
  certificates.map(({ der }) => writePem('CERTIFICATE', der)).join('');

async function codesOf({ signer, untrusted, anchors }: Omit<Case, 'story'>): Promise<string[]> {
  const { findings } = await verifyPath({ signer, intermediates: untrusted, anchors, at: AT, crypto: nodeCrypto });
  return findings.map(({ code }) => code);
}

describe.skipIf(!hasOpenssl)('openssl verify -x509_strict agrees (apt install openssl)', () => {
  let workshop: Workshop;
  beforeAll(() => {
    workshop = new Workshop();
  });
  afterAll(() => workshop.dispose());

  function openssl({ signer, untrusted, anchors }: Omit<Case, 'story'>): string | undefined {
    return workshop.verify({ signer: toPem([signer]), untrusted: toPem(untrusted), anchors: toPem(anchors) }, AT);
  }

  test('on 120 chains with all kinds of faults', async () => {
    let accepted = 0;
    for (let seed = 1; seed <= 120; seed += 1) {
      const made = await makeCase(seed);
      const theirs = openssl(made);
      const ours = await codesOf(made);
      if (theirs === undefined) accepted += 1;
      expect
        .soft(ours.length === 0, `seed ${seed} (${made.story}): ours ${ours}, openssl ${theirs}`)
        .toBe(theirs === undefined);
    }
    // Both answers must occur often, or agreeing means little.
    expect(accepted).toBeGreaterThan(25);
    expect(accepted).toBeLessThan(95);
  });

  test('on chains that openssl made, with every kind of key and signature', async () => {
    const extensions = workshop.write('extensions.cnf', CONFIGURATION);
    const pss = ['-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:32'];
    const kinds: { name: string; key: string[]; sign: string[]; codes: string[] }[] = [
      { name: 'rsa-sha256', key: ['rsa:2048'], sign: ['-sha256'], codes: [] },
      { name: 'rsa-sha512', key: ['rsa:2048'], sign: ['-sha512'], codes: [] },
      { name: 'rsa-pss', key: ['rsa:2048'], sign: ['-sha256', ...pss], codes: [] },
      { name: 'rsa-sha1', key: ['rsa:2048'], sign: ['-sha1'], codes: ['weak-alg'] },
      { name: 'p-256', key: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'], sign: ['-sha256'], codes: [] },
      { name: 'p-256-sha512', key: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'], sign: ['-sha512'], codes: [] },
      { name: 'p-384', key: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-384'], sign: ['-sha384'], codes: [] },
      { name: 'p-521', key: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-521'], sign: ['-sha512'], codes: [] },
      { name: 'ed25519', key: ['ed25519'], sign: [], codes: [] },
    ];
    for (const { name, key, sign, codes } of kinds) {
      const days = ['-days', '30'];
      const config = ['-config', extensions, '-extensions'];
      workshop.openssl(
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
        ...config,
        'ca',
        ...days,
      );
      workshop.openssl(
        'req',
        '-new',
        '-nodes',
        '-newkey',
        ...key,
        '-keyout',
        'j.key',
        '-out',
        'j.csr',
        '-subj',
        '/O=Test/CN=Jane',
        ...config.slice(0, 2),
      );
      const issue = [
        '-CA',
        'ca.pem',
        '-CAkey',
        'ca.key',
        '-CAcreateserial',
        '-extfile',
        extensions,
        '-extensions',
        'person',
      ];
      workshop.openssl('x509', '-req', '-in', 'j.csr', '-out', 'j.pem', ...issue, ...days, ...sign);
      const [anchor] = readCertificates(workshop.read('ca.pem'));
      const [signer] = readCertificates(workshop.read('j.pem'));
      const at = new Date(signer!.notBefore.getTime() + 1000);
      const { findings } = await verifyPath({
        signer: signer!,
        intermediates: [],
        anchors: [anchor!],
        at,
        crypto: nodeCrypto,
      });
      expect(
        findings.map(({ code }) => code),
        name,
      ).toEqual(codes);
      const theirs = workshop.verify({ signer: toPem([signer!]), untrusted: '', anchors: toPem([anchor!]) }, at);
      expect(theirs === undefined, `${name}: ${theirs}`).toBe(codes.length === 0);
    }
  });
});

const CONFIGURATION = `[req]
distinguished_name=dn
[dn]
[ca]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash
[person]
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
subjectAltName=email:jane@example.org
`;

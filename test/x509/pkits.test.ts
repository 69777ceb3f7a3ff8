import { describe, expect, test } from 'vitest';
import { nodeCrypto } from '../../src/platform/node-crypto.ts';
import type { Certificate } from '../../src/x509/certificate.ts';
import { readRevocationList } from '../../src/x509/crl.ts';
import { checkRevocation } from '../../src/x509/crl-check.ts';
import { verifyPath } from '../../src/x509/path.ts';
import { readCertificate } from '../../src/x509/read-certificate.ts';
import {
  ANCHOR,
  ANCHOR_LIST,
  type Difference,
  hasPkits,
  LIST_DIFFERENCES,
  PATH_DIFFERENCES,
  PKITS,
  type PkitsTest,
  readPkitsCertificate,
  readPkitsList,
} from './pkits.ts';

const AT = new Date('2026-06-01T00:00:00Z');

/** What revocation adds to a path that holds; absent while only the path is judged. */
type Revocation = (chain: readonly Certificate[], lists: readonly string[]) => Promise<string[]>;

async function revocation(chain: readonly Certificate[], lists: readonly string[]): Promise<string[]> {
  const readings = [ANCHOR_LIST, ...lists].map((name) => readRevocationList(readPkitsList(name)));
  const findings = await checkRevocation({
    chain,
    // As in a trust directory: one that cannot be read is passed over.
    lists: readings.flatMap((one) => (one.ok ? [one.list] : [])),
    mode: 'require',
    at: AT,
    graceMs: 0,
    crypto: nodeCrypto,
  });
  return findings.map(({ code }) => code);
}

async function judge({ signer, intermediates, lists }: PkitsTest, revocation?: Revocation): Promise<string[]> {
  const readings = intermediates.map((name) => readCertificate(readPkitsCertificate(name)));
  const reading = readCertificate(readPkitsCertificate(signer));
  const anchor = readCertificate(readPkitsCertificate(ANCHOR));
  if (!reading.ok) return reading.findings.map(({ code }) => code);
  if (!anchor.ok) throw new Error('The anchor of the suite cannot be read.');
  const { chain, findings } = await verifyPath({
    signer: reading.certificate,
    // As for the certificates of a signature: one that cannot be read is refused, and vouches for nobody.
    intermediates: readings.flatMap((one) => (one.ok ? [one.certificate] : [])),
    anchors: [anchor.certificate],
    at: AT,
    crypto: nodeCrypto,
  });
  const codes = findings.map(({ code }) => code);
  return codes.length > 0 || revocation === undefined ? codes : revocation(chain, lists);
}

/** What a refused path must be refused for, by section of the suite. */
const SECTION_CODES: Readonly<Record<string, readonly string[]>> = {
  '4.1': ['cert-sig', 'weak-alg', 'cert-format', 'no-anchor'],
  '4.2': ['not-yet-valid', 'expired'],
  '4.3': ['no-anchor'],
  '4.4': ['cert-format'],
  '4.5': ['ku-ca'],
  '4.6': ['not-ca', 'pathlen'],
  '4.7': ['ku-ca'],
  '4.8': ['policy'],
  '4.9': ['policy'],
  '4.10': ['policy'],
  '4.11': ['policy'],
  '4.12': ['policy'],
  '4.13': ['nc'],
  '4.16': ['critical-ext'],
};

function find(differences: readonly Difference[], number: string): Difference | undefined {
  return differences.find(({ tests }) => tests.includes(number));
}

describe.skipIf(!hasPkits)('PKITS (apt install python3-cryptography-vectors)', () => {
  describe('without revocation lists', () => {
    for (const one of PKITS) {
      const difference = find(PATH_DIFFERENCES, one.number);
      const isValid = one.verdict !== 'invalid';
      const story = difference === undefined ? (isValid ? 'holds' : 'is refused') : `differs: ${difference.reason}`;
      test(`${one.number} ${one.signer} ${story}`, async () => {
        const codes = await judge(one);
        if (difference !== undefined) expect(codes).toEqual(difference.codes);
        else if (isValid) expect(codes).toEqual([]);
        else {
          const expected = SECTION_CODES[one.number.replace(/\.[0-9]+$/, '')]!;
          expect(codes.filter((code) => expected.includes(code))).not.toEqual([]);
        }
      });
    }
  });

  describe('with revocation lists', () => {
    for (const one of PKITS.filter(({ number, verdict }) => verdict !== 'invalid' && !find(PATH_DIFFERENCES, number))) {
      const difference = find(LIST_DIFFERENCES, one.number);
      const isValid = one.verdict === 'valid';
      const story = difference === undefined ? (isValid ? 'holds' : 'is refused') : `differs: ${difference.reason}`;
      test(`${one.number} ${one.signer} ${story}`, async () => {
        const codes = await judge(one, revocation);
        if (difference !== undefined) expect(codes).toEqual(difference.codes);
        else if (isValid) expect(codes).toEqual([]);
        else expect(codes.filter((code) => code === 'revoked' || code.startsWith('crl-'))).not.toEqual([]);
      });
    }
  });

  test('every test of the suite is in the table once, and every difference concerns one', () => {
    const numbers = PKITS.map(({ number }) => number);
    expect(numbers.length).toBe(224);
    expect(new Set(numbers).size).toBe(224);
    const different = [...PATH_DIFFERENCES, ...LIST_DIFFERENCES].flatMap(({ tests }) => tests);
    expect(new Set(different).size).toBe(different.length);
    expect(different.filter((number) => !numbers.includes(number))).toEqual([]);
  });
});

import { beforeAll, describe, expect, test } from 'vitest';
import { nodeCrypto } from '../../src/platform/node-crypto.ts';
import type { Certificate } from '../../src/x509/certificate.ts';
import { readRevocationList } from '../../src/x509/crl.ts';
import { checkRevocation } from '../../src/x509/crl-check.ts';
import type { RevocationList } from '../../src/x509/crl-list.ts';
import { verifyPath } from '../../src/x509/path.ts';
import { readCertificate } from '../../src/x509/read-certificate.ts';
import {
  ANCHOR,
  ANCHOR_LIST,
  hasPkits,
  LIST_DIFFERENCES,
  PKITS,
  type PkitsTest,
  readPkitsCertificate,
  readPkitsList,
} from './pkits.ts';

const AT = new Date('2026-06-01T00:00:00Z');

/** Why each test that revocation decides is refused; those of LIST_DIFFERENCES have their codes there. */
const CODES: Readonly<Record<string, readonly string[]>> = {
  // The list of 4.4.4 is no whole number of octets since its signature was broken, so it is not even read.
  'crl-missing': ['4.4.1', '4.4.4', '4.4.5', '4.4.6', '4.14.26', '4.14.27', '4.14.31', '4.14.32'],
  'crl-stale': ['4.4.11', '4.4.12', '4.15.10'],
  revoked: ['4.4.2', '4.4.3', '4.4.18', '4.14.2', '4.14.6', '4.15.3', '4.15.6', '4.15.9'],
  'crl-unusable': [
    ...['4.4.8', '4.4.9', '4.4.10', '4.4.20', '4.4.21', '4.5.2', '4.5.5', '4.5.7', '4.7.4', '4.7.5'],
    ...['4.14.3', '4.14.8', '4.14.9', '4.14.11', '4.14.12', '4.14.14', '4.14.15', '4.14.16', '4.14.17'],
    ...['4.14.20', '4.14.21', '4.14.23', '4.14.34', '4.14.35', '4.15.1'],
    // Valid for the standard, but its list covers authorities only (and the signer is one, which alone refuses it).
    '4.14.13',
  ],
};

function codesOf({ number }: PkitsTest): readonly string[] {
  const difference = LIST_DIFFERENCES.find(({ tests }) => tests.includes(number));
  if (difference !== undefined) return difference.codes;
  return Object.keys(CODES).filter((code) => CODES[code]!.includes(number));
}

describe.skipIf(!hasPkits)('with the lists of all of PKITS at once (apt install python3-cryptography-vectors)', () => {
  const names = new Set([ANCHOR_LIST, ...PKITS.flatMap(({ lists }) => lists)]);
  const lists: RevocationList[] = [];
  const unread: string[] = [];
  const checked = new Map<string, boolean>();
  beforeAll(() => {
    for (const name of names) {
      const reading = readRevocationList(readPkitsList(name));
      if (reading.ok) lists.push(reading.list);
      else unread.push(name);
    }
  });

  test('every list is read but the one that was broken on purpose', () => {
    expect(unread).toEqual(['BadCRLSignatureCACRL']);
    expect(lists.length).toBeGreaterThan(160);
  });

  test('every test that revocation refuses has its code', () => {
    const refused = PKITS.filter(({ number, verdict }) => verdict === 'revocation' && number !== '4.4.15');
    expect(refused.filter((one) => codesOf(one).length === 0).map(({ number }) => number)).toEqual(['4.15.4']);
  });

  // A path that is refused for itself may end anywhere, so nothing can be said of its lists.
  const tests = PKITS.filter(({ number, verdict }) => verdict !== 'invalid' && !/^4\.(1\.[45]|4\.15)$/.test(number));
  test.each(tests)('the right ones are found for $number $signer, and say what they say', async (one) => {
    const [signer, anchor, ...intermediates] = [one.signer, ANCHOR, ...one.intermediates].flatMap(
      (name): Certificate[] => {
        const reading = readCertificate(readPkitsCertificate(name));
        return reading.ok ? [reading.certificate] : [];
      },
    );
    const world = { at: AT, crypto: nodeCrypto, checked };
    const { chain } = await verifyPath({ signer: signer!, intermediates, anchors: [anchor!], ...world });
    expect(chain.at(-1)).toBe(anchor);
    const findings = await checkRevocation({ chain, lists, mode: 'require', graceMs: 0, ...world });
    expect(findings.map(({ code }) => code)).toEqual(codesOf(one));
  });
});

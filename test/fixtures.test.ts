import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FINDING_CHECKS } from '../src/errors.ts';
import { nodeCrypto } from '../src/platform/node-crypto.ts';
import type { Verdict } from '../src/verify/verdict.ts';
import { verifyEntry } from '../src/verify/verify-entry.ts';
import { readAnchors } from '../src/x509/trust.ts';
import { NOW } from './endorser.ts';
import { xml } from './xml/world.ts';

const { anchors } = readAnchors([{ name: 'ca.pem', bytes: readFileSync('fixtures/trust/ca.pem') }]);
const accepted = readdirSync('fixtures/accepted');
const refused = readdirSync('fixtures/refused').map((name) => name.replace(/\.xml$/, ''));

function verify(path: string): Promise<Verdict> {
  const trust = { mode: 'anchors', anchors, digest: 'fixtures', bindings: [] } as const;
  return verifyEntry(readFileSync(path), { profile: 'current', at: NOW, trust }, { xml, crypto: nodeCrypto });
}

/** Findings that no single document can show under the fixtures' trust, each with where its test is. */
const ELSEWHERE: Record<string, string> = {
  weak: 'a warning of the legacy profile: verify/originals.test.ts',
  'path-limit': 'x509/path.test.ts',
  'alg-mismatch': 'x509/read-certificate.test.ts',
  'not-pinned': 'verify/verify-entry.test.ts',
  'name-chain': 'x509/path.test.ts',
  'cert-sig': 'x509/path.test.ts',
  'ku-ca': 'x509/path.test.ts',
  'ku-signer': 'x509/path.test.ts',
  'critical-ext': 'x509/path.test.ts',
  nc: 'x509/path.test.ts',
  policy: 'x509/path.test.ts',
  'proxy-signer': 'x509/path.test.ts',
  revoked: 'x509/crl-check.test.ts',
  'crl-missing': 'x509/crl-check.test.ts',
  'crl-stale': 'x509/crl-check.test.ts',
  'crl-unusable': 'x509/crl-check.test.ts',
  'crl-rollback': 'x509/crl-check.test.ts',
  tsa: 'x509/timestamp-check.test.ts',
  'signer-expired-after-poe': 'verify/judge-later.test.ts',
  'revoked-after-poe': 'x509/crl-check.test.ts',
  namespace: 'x509/name-policy.test.ts',
  untrusted: 'verify/verify-entry.test.ts',
  'not-in-manifest': 'verify/originals.test.ts',
  'stale-created': 'registry/registry.test.ts',
  'not-listed': 'registry/endorser-lists.test.ts',
};

describe('the fixtures', () => {
  it.each(accepted)('accepted/%s is valid', async (name) => {
    const verdict = await verify(`fixtures/accepted/${name}`);
    expect(verdict.findings).toEqual([]);
    expect(verdict.valid).toBe(true);
  });

  it.each(refused)('refused/%s.xml is refused with that code', async (code) => {
    const verdict = await verify(`fixtures/refused/${code}.xml`);
    expect(verdict.valid).toBe(false);
    expect(verdict.findings.map((finding) => finding.code)).toContain(code);
  });

  it('show every finding code that one document can show', () => {
    const shown = [...refused, ...Object.keys(ELSEWHERE)].toSorted();
    expect(shown).toEqual(Object.keys(FINDING_CHECKS).toSorted());
  });

  it('leave the other codes to the tests that are named for them', () => {
    for (const [code, place] of Object.entries(ELSEWHERE)) {
      const file = place.slice(place.lastIndexOf(' ') + 1);
      expect([code, new RegExp(`'${code}[' ]`).test(readFileSync(`test/${file}`, 'utf8'))]).toEqual([code, true]);
    }
  });
});

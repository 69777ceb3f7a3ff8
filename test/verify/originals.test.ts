import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { FindingCode } from '../../src/errors.ts';
import { nodeCrypto } from '../../src/platform/node-crypto.ts';
import type { Trust } from '../../src/verify/conditions.ts';
import type { Verdict } from '../../src/verify/verdict.ts';
import { verifyEntry } from '../../src/verify/verify-entry.ts';
import { NOW } from '../endorser.ts';
import { xml } from '../xml/world.ts';

const shared = new URL('../../../shared/data/stratuslab/', import.meta.url).pathname;
const isThere = existsSync(shared);
const needsShared = !isThere && process.env.CI !== 'true';

/** The reason that the name of each refused original gives, as a finding code. */
const REASONS: Record<string, FindingCode> = {
  'invalid-bad-about-id.xml': 'identifier',
  'invalid-bad-checksum-parsetype.xml': 'rdf',
  'invalid-bad-element-for-signature.xml': 'schema',
  'invalid-bad-icmp-value.xml': 'value',
  'invalid-bad-inbound-port.xml': 'value',
  'invalid-bad-serial-number.xml': 'value',
  'invalid-checksum-value.xml': 'checksum',
  'invalid-created-date-1.xml': 'date',
  'invalid-dcterms-type.xml': 'type',
  'invalid-email.xml': 'email',
  'invalid-inconsistent-checksum.xml': 'identifier',
  'invalid-multiple-deprecated.xml': 'cardinality',
  'invalid-multiple-os-arch.xml': 'cardinality',
  'invalid-multiple-versions.xml': 'cardinality',
  'invalid-no-content.xml': 'root',
  'invalid-no-endorsement.xml': 'endorsement',
  'invalid-no-xml-base.xml': 'root',
  'invalid-rdf-attribute.xml': 'rdf',
  'invalid-valid-date-1.xml': 'date',
};
/** Originals that carry a signature; the other `valid-*` are drafts, or wrapped for a list. */
const SIGNED = [
  'valid-alternative.xml',
  'valid-ca-signed.xml',
  'valid-full-signature.xml',
  'valid-indate-deprecated-signature.xml',
  'valid-indate-newer-signature.xml',
  'valid-indate-signature.xml',
  'valid-two-locations.xml',
];

const read = (name: string): Uint8Array => readFileSync(shared + name);

function manifestOf(names: readonly string[]): Trust {
  const documents = new Set(names.map((name) => createHash('sha256').update(read(name)).digest('hex')));
  return { mode: 'manifest', documents, digest: 'test' };
}

function verify(name: string, trust: Trust, profile: 'current' | 'legacy' = 'legacy'): Promise<Verdict> {
  return verifyEntry(read(name), { profile, at: NOW, trust }, { xml, crypto: nodeCrypto });
}

const codesOf = ({ findings }: Verdict): string[] => findings.map(({ code }) => code);

describe.skipIf(needsShared)('the original entries (needs ../shared)', () => {
  it('are all there', () => {
    const names = readdirSync(shared).filter((name) => name.endsWith('.xml'));
    expect(names.filter((name) => name.startsWith('invalid-'))).toEqual(Object.keys(REASONS));
    expect(names).toEqual(expect.arrayContaining(SIGNED));
  });

  it('verify where they are signed, and are marked as weak', async () => {
    const trust = manifestOf(SIGNED);
    for (const name of SIGNED) {
      const verdict = await verify(name, trust);
      expect([name, verdict.valid]).toEqual([name, true]);
      expect(codesOf(verdict)).toContain('weak');
      if (verdict.valid) expect(verdict.verified.triples.length).toBeGreaterThan(30);
    }
  });

  it('are refused for the reason in their name, at a line', async () => {
    for (const [name, reason] of Object.entries(REASONS)) {
      const verdict = await verify(name, manifestOf([name]));
      expect([name, verdict.valid]).toEqual([name, false]);
      const finding = verdict.findings.find(({ code }) => code === reason);
      expect([name, codesOf(verdict), finding?.where?.line]).toEqual([name, expect.anything(), expect.any(Number)]);
    }
  });

  it('are refused as uploads, since SHA-1 is (XS-01)', async () => {
    for (const name of SIGNED) {
      const verdict = await verify(name, { mode: 'any' }, 'current');
      expect(verdict.valid).toBe(false);
      expect(codesOf(verdict)).toContain('alg-not-allowed');
    }
  });

  it('are refused when a byte is changed or the manifest does not list them (XS-02)', async () => {
    expect(codesOf(await verify(SIGNED[0]!, manifestOf(SIGNED.slice(1))))).toContain('not-in-manifest');
    const bytes = Buffer.from(read('valid-full-signature.xml').toString().replace('ttylinux', 'ttylimux'));
    const trust = manifestOf(SIGNED);
    const verdict = await verifyEntry(bytes, { profile: 'legacy', at: NOW, trust }, { xml, crypto: nodeCrypto });
    expect(codesOf(verdict)).toEqual(expect.arrayContaining(['not-in-manifest', 'digest']));
    expect(verdict.valid).toBe(false);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeEvidence } from '../../src/registry/evidence.ts';
import { readVerdictBasis } from '../../src/registry/verdict-basis.ts';
import type { Evidence } from '../../src/verify/verdict.ts';

const EVIDENCE: Evidence = {
  profile: 'current',
  judgedAt: new Date('2026-11-21T12:00:00Z'),
  chain: [Uint8Array.of(1), Uint8Array.of(2)],
  trustMode: 'anchors',
  trustDigest: 'ab'.repeat(32),
  revocationLists: [{ issuer: 'CN=CA', number: '7', thisUpdate: new Date('2026-11-20T00:00:00Z') }],
  address: 'none',
  rules: 'vouch-1',
};

describe('what a verdict rested on', () => {
  it('is read as it was written', () => {
    const at = new Date('2026-11-21T11:00:00Z');
    const basis = readVerdictBasis(writeEvidence(EVIDENCE, { at }).bytes);
    const { profile: _, chain, ...same } = EVIDENCE;
    expect(basis).toEqual({ ...same, chain: expect.any(Array), address: 'confirmed', confirmedAt: at });
    expect(basis.chain).toHaveLength(chain.length);
  });

  it('is what is left where the evidence is somebody else’s, damaged, or none', () => {
    const read = (text: string) => readVerdictBasis(new TextEncoder().encode(text));
    expect(read('')).toEqual({ chain: [], revocationLists: [] });
    expect(read('null')).toEqual({ chain: [], revocationLists: [] });
    expect(read('{"judgedAt":"soon","trustMode":"<b>","chain":["../x"],"crls":[null,{"issuer":7}]}')).toEqual({
      chain: [],
      revocationLists: [],
    });
    fc.assert(fc.property(fc.jsonValue(), (value) => void read(JSON.stringify(value))));
  });
});

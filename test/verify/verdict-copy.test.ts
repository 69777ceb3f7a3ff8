import { expect, it } from 'vitest';
import { nodeCrypto } from '../../src/platform/node-crypto.ts';
import { copyVerdict, reviveVerdict } from '../../src/verify/verdict-copy.ts';
import { verifyEntry } from '../../src/verify/verify-entry.ts';
import { describeImage, makeAuthority, makeEndorser, makeEntry, NOW } from '../endorser.ts';
import { xml } from '../xml/world.ts';

it('is the same verdict after it crossed threads, valid or not', async () => {
  const authority = await makeAuthority();
  const entry = await makeEntry(await makeEndorser(authority, 'ada'), describeImage('copied'));
  const trust = { mode: 'anchors', anchors: [authority.certificate], digest: 'test', bindings: [] } as const;
  for (const bytes of [
    entry,
    entry.slice(0, 900),
    new TextEncoder().encode(new TextDecoder().decode(entry).replace('debian', 'x')),
  ]) {
    const verdict = await verifyEntry(bytes, { profile: 'current', at: NOW, trust }, { xml, crypto: nodeCrypto });
    expect(reviveVerdict(structuredClone(copyVerdict(verdict)), bytes)).toEqual(verdict);
  }
});

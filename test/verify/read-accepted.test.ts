import { expect, it } from 'vitest';
import { nodeCrypto } from '../../src/platform/node-crypto.ts';
import { readAccepted } from '../../src/verify/read-accepted.ts';
import { verifyEntry } from '../../src/verify/verify-entry.ts';
import { DEFAULT_DOCUMENT_LIMITS } from '../../src/xml/gate.ts';
import { describeImage, makeAuthority, makeEndorser, makeEntry, NOW } from '../endorser.ts';
import { xml } from '../xml/world.ts';

const world = { xml, crypto: nodeCrypto };

it('reads a document that was accepted under other limits than the usual ones', async () => {
  const authority = await makeAuthority();
  const long = describeImage('long', {
    locations: Array.from({ length: 100 }, (_, number) => `https://example.org/${number}/${'x'.repeat(4_000)}`),
  });
  const bytes = await makeEntry(await makeEndorser(authority, 'ada'), long);
  const trust = { mode: 'anchors', anchors: [authority.certificate], digest: 'test', bindings: [] } as const;
  const limits = { ...DEFAULT_DOCUMENT_LIMITS, bytes: 1024 * 1024 };
  const verdict = await verifyEntry(bytes, { profile: 'current', at: NOW, trust, limits }, world);
  expect(verdict.findings).toEqual([]);
  const content = await readAccepted(bytes, 'current', world);
  expect(content.entry.locations).toEqual(long.locations);
});

import { expect, it } from 'vitest';
import * as vouch from '../src/index.ts';
import { describeImage, makeAuthority, makeEndorser, makeEntry, NOW } from './endorser.ts';

it('lets a program verify an entry with nothing but the library', async () => {
  const authority = await makeAuthority();
  const bytes = await makeEntry(await makeEndorser(authority, 'ada'), describeImage('library'));
  const { anchors } = vouch.readAnchors([
    { name: 'ca.pem', bytes: new TextEncoder().encode(authority.certificatePem) },
  ]);
  using xml = vouch.openXml(vouch.readEntrySchemas());
  for (const crypto of [vouch.nodeCrypto, vouch.webCrypto]) {
    const trust = { mode: 'anchors', anchors, digest: '', bindings: [] } as const;
    const verdict = await vouch.verifyEntry(bytes, { profile: 'current', at: NOW, trust }, { xml, crypto });
    expect(verdict.valid && verdict.verified.entry.title).toBe('Image library');
  }
});

import { expect, it } from 'vitest';
import { nodeCrypto } from '../../src/platform/node-crypto.ts';
import { SignerCache } from '../../src/verify/signer.ts';
import { verifyEntry } from '../../src/verify/verify-entry.ts';
import { toHex } from '../../src/x509/octets.ts';
import { makeAuthority, makeEndorser, makeEntry, NOW } from '../endorser.ts';
import { xml } from '../xml/world.ts';

it('remembers the certificates behind valid entries, and none of those that anyone may send', async () => {
  const root = await makeAuthority();
  const ada = await makeEndorser(root, 'ada');
  const stranger = await makeEndorser(await makeAuthority('Unknown CA'), 'stranger');
  const signers = new SignerCache();
  const trust = { mode: 'anchors', anchors: [root.certificate], digest: 'test', bindings: [] } as const;
  const verify = async (bytes: Uint8Array): Promise<boolean> => {
    const conditions = { profile: 'current', at: NOW, trust } as const;
    return (await verifyEntry(bytes, conditions, { xml, crypto: nodeCrypto, signers })).valid;
  };
  const isRemembered = (der: Uint8Array): boolean =>
    signers.get(toHex(nodeCrypto.digest('SHA-256', der))) !== undefined;

  expect(await verify(await makeEntry(stranger, undefined, { chain: [ada.issued] }))).toBe(false);
  expect(isRemembered(stranger.issued.der)).toBe(false);
  expect(isRemembered(ada.issued.der)).toBe(false);

  expect(await verify(await makeEntry(ada, undefined, { chain: [stranger.issued, root] }))).toBe(true);
  expect(isRemembered(ada.issued.der)).toBe(true);
  expect(isRemembered(stranger.issued.der)).toBe(false);
});

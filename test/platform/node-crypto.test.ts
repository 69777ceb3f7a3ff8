import { expect, test } from 'vitest';
import { nodeCrypto } from '../../src/platform/node-crypto.ts';
import { describeCrypto } from '../x509/crypto-contract.ts';

describeCrypto('nodeCrypto', nodeCrypto);

test('nodeCrypto answers at once', () => {
  expect(nodeCrypto.digest('SHA-1', new Uint8Array())).toBeInstanceOf(Uint8Array);
  expect(nodeCrypto.verify({ name: 'Ed25519' }, new Uint8Array(), new Uint8Array(), new Uint8Array())).toBe(false);
});

import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { VouchError } from '../../src/errors.ts';
import { openMemoryLog } from '../../src/log/memory-log.ts';
import { toCosignerKey, toLogKey } from '../../src/log/note-key.ts';
import { readRecordProof } from '../../src/log/record-proof.ts';
import { nodeCrypto } from '../../src/platform/node-crypto.ts';
import { verifyReceipt } from '../../src/proof/verify-receipt.ts';
import { webCrypto } from '../../src/x509/web-crypto.ts';
import { KEY, makeStatement, ORIGIN } from '../log/statement.ts';

const CRYPTOS = [
  ['WebCrypto', webCrypto],
  ['the crypto of Node', nodeCrypto],
] as const;
const { vkey } = KEY.verifier;
let receipts: string[];

beforeAll(async () => {
  const log = await openMemoryLog({ origin: ORIGIN, key: KEY });
  for (const numbers of [[1], [2, 3, 4], [5, 6, 7, 8, 9], [10]]) {
    await Promise.all(numbers.map((number) => log.append(makeStatement(number))));
  }
  receipts = await Promise.all(Array.from({ length: log.size() }, (_, index) => log.receipt(index)));
});

function isTaken(receipt: string): boolean {
  try {
    readRecordProof(receipt, KEY.verifier);
    return true;
  } catch (fault) {
    if (fault instanceof VouchError) return false;
    throw fault;
  }
}

for (const [name, crypto] of CRYPTOS) {
  const codeOf = (receipt: string, key = vkey) =>
    verifyReceipt(receipt, key, crypto).then(
      () => 'proven',
      (fault: unknown) => (fault instanceof VouchError ? fault.message : String(fault)),
    );

  describe(`a receipt, verified with ${name}`, () => {
    it('proves record and place under the key of its log, wherever in the tree it is', async () => {
      for (const [index, receipt] of receipts.entries()) {
        const { record, checkpoint } = readRecordProof(receipt, KEY.verifier);
        expect(await verifyReceipt(receipt, vkey, crypto)).toEqual({
          ...{ record, index, origin: ORIGIN },
          size: checkpoint.size,
        });
      }
    });

    it('proves nothing under another key, a cosigner’s, or one that was not copied whole', async () => {
      const [receipt = ''] = receipts;
      const seed = new Uint8Array(32).fill(9);
      expect(await codeOf(receipt, toLogKey(ORIGIN, seed).verifier.vkey)).toContain('is not signed with the key');
      expect(await codeOf(receipt, toLogKey('else.example.org', seed).verifier.vkey)).toContain('is of the log');
      expect(await codeOf(receipt, toCosignerKey(ORIGIN, seed).verifier.vkey)).toContain('not that of a log');
      const swapped = vkey.replace(/\+[0-9a-f]{8}\+/, '+00000000+');
      expect(await codeOf(receipt, swapped)).toContain('not copied whole');
      expect(await codeOf(receipt, vkey.slice(0, -4))).toContain('is not a note key');
      expect(await codeOf(receipt, '')).toContain('is not a note key');
    });

    it('is taken exactly where the reader of the registry takes it, whatever was changed in it', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.nat({ max: 9 }),
          fc.nat(),
          fc.constantFrom('A', '0', '\n', '=', ' ', 'é', ''),
          async (which, place, character) => {
            const receipt = receipts[which]!;
            const at = place % receipt.length;
            const changed = receipt.slice(0, at) + character + receipt.slice(at + 1);
            expect((await codeOf(changed)) === 'proven').toBe(isTaken(changed));
          },
        ),
        { numRuns: 150 },
      );
      expect(await codeOf(receipts[0]!.replace(/\n$/, ''))).not.toBe('proven');
    });
  });
}

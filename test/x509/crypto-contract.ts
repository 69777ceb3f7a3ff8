import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { readPrivateKey } from '../../src/platform/private-key.ts';
import type { Crypto, PrivateKey, SignatureScheme } from '../../src/x509/crypto.ts';
import { type Issued, issueCertificate, type KeyKind } from '../../src/x509/issue.ts';
import { unsigned } from './forge.ts';

const BYTES = new TextEncoder().encode('what is signed');
const WINDOW = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2027-01-01T00:00:00Z') };

const SCHEMES: readonly (readonly [KeyKind, SignatureScheme])[] = [
  ['rsa-2048', { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-1' }],
  ['rsa-2048', { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }],
  ['rsa-2048', { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' }],
  ['rsa-2048', { name: 'RSA-PSS', hash: 'SHA-256', saltLength: 32 }],
  ['rsa-2048', { name: 'RSA-PSS', hash: 'SHA-384', saltLength: 0 }],
  ['p-256', { name: 'ECDSA', hash: 'SHA-256', curve: 'P-256' }],
  ['p-384', { name: 'ECDSA', hash: 'SHA-384', curve: 'P-384' }],
  ['p-521', { name: 'ECDSA', hash: 'SHA-512', curve: 'P-521' }],
  ['ed25519', { name: 'Ed25519' }],
];

/** What every implementation of the cryptographic port does. */
export function describeCrypto(name: string, crypto: Crypto): void {
  describe(name, () => {
    const keys = new Map<KeyKind, PrivateKey>();
    beforeAll(async () => {
      for (const kind of new Set(SCHEMES.map(([kind]) => kind))) {
        const issued: Issued = await issueCertificate(undefined, { subject: 'CN=x', ...WINDOW, key: kind });
        keys.set(kind, readPrivateKey(new TextEncoder().encode(issued.privateKeyPem)));
      }
    });

    const verify = async (
      scheme: SignatureScheme,
      spki: Uint8Array,
      signature: Uint8Array,
      bytes = BYTES,
    ): Promise<boolean> => crypto.verify(scheme, spki, signature, bytes);

    test.each([
      ['SHA-1', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
      ['SHA-256', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
      [
        'SHA-512',
        'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
      ],
    ] as const)('%s of "abc" is what the standard says', async (algorithm, digest) => {
      const bytes = await crypto.digest(algorithm, new TextEncoder().encode('abc'));
      expect(Buffer.from(bytes).toString('hex')).toBe(digest);
    });

    test.each(SCHEMES)('%s with %o accepts its signature and nothing near it', async (kind, scheme) => {
      const key = keys.get(kind)!;
      const signature = await key.sign(scheme, BYTES);
      expect(await verify(scheme, key.spki, signature)).toBe(true);
      expect(await verify(scheme, key.spki.slice(), signature)).toBe(true);
      expect(await verify(scheme, key.spki, signature, BYTES.subarray(1))).toBe(false);
      for (const at of [0, signature.length >> 1, signature.length - 1]) {
        const changed = signature.slice();
        changed[at]! ^= 1;
        expect(await verify(scheme, key.spki, changed)).toBe(false);
      }
      expect(await verify(scheme, key.spki, signature.subarray(1))).toBe(false);
      expect(await verify(scheme, key.spki, Uint8Array.from([...signature, 0]))).toBe(false);
      expect(await verify(scheme, key.spki, Uint8Array.from([0, ...signature]))).toBe(false);
      expect(await verify(scheme, key.spki, new Uint8Array(signature.length))).toBe(false);
      expect(await verify(scheme, key.spki, new Uint8Array())).toBe(false);
    });

    test('a key of another kind or curve than the scheme answers false', async () => {
      for (const [kind, scheme] of SCHEMES) {
        const signature = await keys.get(kind)!.sign(scheme, BYTES);
        for (const [otherKind, other] of SCHEMES) {
          if (otherKind === kind && other === scheme) continue;
          expect(await verify(other, keys.get(kind)!.spki, signature), `${kind} ${other.name}`).toBe(false);
          if (otherKind !== kind) expect(await verify(scheme, keys.get(otherKind)!.spki, signature)).toBe(false);
        }
      }
    });

    test('ECDSA takes r || s of the exact length only, never DER, and neither half may be zero', async () => {
      const scheme = { name: 'ECDSA', hash: 'SHA-256', curve: 'P-256' } as const;
      const key = keys.get('p-256')!;
      const raw = await key.sign(scheme, BYTES);
      const halves = [unsigned(raw.subarray(0, 32)), unsigned(raw.subarray(32))];
      const der = Uint8Array.from([0x30, halves[0]!.length + halves[1]!.length, ...halves[0]!, ...halves[1]!]);
      expect(await verify(scheme, key.spki, der)).toBe(false);
      for (const zero of [raw.slice().fill(0, 0, 32), raw.slice().fill(0, 32)]) {
        expect(await verify(scheme, key.spki, zero)).toBe(false);
      }
    });

    test('Ed25519 refuses a key of small order, under which one signature would fit every message', async () => {
      const prefix = Buffer.from('302a300506032b6570032100', 'hex');
      const identity = Buffer.from(`01${'00'.repeat(31)}`, 'hex');
      const spki = Uint8Array.from([...prefix, ...identity]);
      const signature = Uint8Array.from([...identity, ...new Uint8Array(32)]);
      expect(await verify({ name: 'Ed25519' }, spki, signature)).toBe(false);
    });

    test('Ed25519 refuses an S that is not reduced', async () => {
      const key = keys.get('ed25519')!;
      const signature = await key.sign({ name: 'Ed25519' }, BYTES);
      const order = 2n ** 252n + 27742317777372353535851937790883648493n;
      const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`) + order;
      const high = Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse();
      expect(
        await verify({ name: 'Ed25519' }, key.spki, Uint8Array.from([...signature.subarray(0, 32), ...high])),
      ).toBe(false);
    });

    test('any key and any signature give an answer', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...SCHEMES),
          fc.uint8Array({ maxLength: 300 }),
          fc.uint8Array({ maxLength: 300 }),
          fc.nat(),
          async ([kind, scheme], spki, signature, at) => {
            expect(await verify(scheme, spki, signature)).toBe(false);
            const changed = keys.get(kind)!.spki.slice();
            changed[at % changed.length]! ^= 0x55;
            expect(await verify(scheme, changed, signature)).toBe(false);
          },
        ),
        { numRuns: 200 },
      );
    });

    test('an array that was no key once is not one later, and a key stays one', async () => {
      const scheme = { name: 'Ed25519' } as const;
      const key = keys.get('ed25519')!;
      const signature = await key.sign(scheme, BYTES);
      const broken = key.spki.subarray(1);
      for (let round = 0; round < 2; round += 1) {
        expect(await verify(scheme, broken, signature)).toBe(false);
        expect(await verify(scheme, key.spki, signature)).toBe(true);
      }
    });
  });
}

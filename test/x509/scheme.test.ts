import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VouchError } from '../../src/errors.ts';
import { TAG } from '../../src/x509/der.ts';
import { readEcdsaSignature } from '../../src/x509/ecdsa-signature.ts';
import {
  defaultScheme,
  nameRefusedAlgorithm,
  readSignatureAlgorithm,
  toKeyWeakness,
  toScheme,
} from '../../src/x509/scheme.ts';
import { writeDer, writeOid } from '../../src/x509/write-der.ts';
import { algorithm, bytes, sequence, somePoint, unsigned, writeEcdsaSignature } from './forge.ts';

const NULL = writeDer(TAG.null);
const RSA_SHA256 = '1.2.840.113549.1.1.11';
const ECDSA_SHA384 = '1.2.840.10045.4.3.3';
const PSS = '1.2.840.113549.1.1.10';
const SHA256 = '2.16.840.1.101.3.4.2.1';
const SHA384 = '2.16.840.1.101.3.4.2.2';

function pss(hash: string, mask: string, ...more: Uint8Array[]): Uint8Array {
  const generator = algorithm('1.2.840.113549.1.1.8', algorithm(mask, NULL));
  return algorithm(PSS, sequence(writeDer(0xa0, algorithm(hash, NULL)), writeDer(0xa1, generator), ...more));
}
const salt = (octets: number): Uint8Array => writeDer(0xa2, unsigned(bytes(octets >> 8, octets & 0xff)));

describe('signature algorithms', () => {
  test('those accepted are read with their parameters', () => {
    const rsa = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
    expect(readSignatureAlgorithm(algorithm(RSA_SHA256, NULL))).toEqual(rsa);
    expect(readSignatureAlgorithm(algorithm(RSA_SHA256))).toEqual(rsa);
    expect(readSignatureAlgorithm(algorithm(ECDSA_SHA384))).toEqual({ name: 'ECDSA', hash: 'SHA-384' });
    expect(readSignatureAlgorithm(algorithm('1.3.101.112'))).toEqual({ name: 'Ed25519' });
    const padded = { name: 'RSA-PSS', hash: 'SHA-256', saltLength: 32 };
    expect(readSignatureAlgorithm(pss(SHA256, SHA256, salt(32)))).toEqual(padded);
    expect(readSignatureAlgorithm(pss(SHA384, SHA384))).toEqual({ name: 'RSA-PSS', hash: 'SHA-384', saltLength: 20 });
  });

  test.each([
    ['MD5', algorithm('1.2.840.113549.1.1.4', NULL)],
    ['SHA-1', algorithm('1.2.840.113549.1.1.5', NULL)],
    ['SHA-1 with ECDSA', algorithm('1.2.840.10045.4.1')],
    ['RSA with odd parameters', algorithm(RSA_SHA256, bytes(2, 1, 5))],
    ['RSA with two parameters', algorithm(RSA_SHA256, NULL, NULL)],
    ['ECDSA with parameters', algorithm(ECDSA_SHA384, NULL)],
    ['Ed25519 with parameters', algorithm('1.3.101.112', NULL)],
    ['PSS without parameters, which means SHA-1', algorithm(PSS)],
    ['PSS with empty parameters, which mean SHA-1', algorithm(PSS, sequence())],
    ['PSS with two hashes', pss(SHA256, SHA384, salt(32))],
    ['PSS with SHA-1', pss('1.3.14.3.2.26', '1.3.14.3.2.26', salt(20))],
    ['PSS with another trailer', pss(SHA256, SHA256, salt(32), writeDer(0xa3, bytes(2, 1, 2)))],
    ['PSS with a salt of 4,000 octets', pss(SHA256, SHA256, salt(4000))],
    ['no algorithm at all', bytes(5, 0)],
    ['nothing', bytes()],
  ])('%s is not accepted', (_, der) => {
    expect(readSignatureAlgorithm(der)).toBeUndefined();
  });

  test('a refused one has a name people know', () => {
    expect(nameRefusedAlgorithm('1.2.840.113549.1.1.4')).toBe('MD5 with RSA');
    expect(nameRefusedAlgorithm('1.2.3')).toContain('1.2.3');
  });
});

test('a key of another kind than the algorithm gives no scheme', () => {
  const ec = { kind: 'ec', curve: 'P-384' } as const;
  const rsa = { kind: 'rsa', bits: 2048, exponent: 65537n } as const;
  expect(toScheme({ name: 'ECDSA', hash: 'SHA-256' }, ec)).toEqual({ name: 'ECDSA', hash: 'SHA-256', curve: 'P-384' });
  expect(toScheme({ name: 'ECDSA', hash: 'SHA-256' }, rsa)).toBeUndefined();
  expect(toScheme({ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, ec)).toBeUndefined();
  expect(toScheme({ name: 'Ed25519' }, ec)).toBeUndefined();
});

test.each([
  [{ kind: 'rsa', bits: 2047, exponent: 65537n }, /2047/],
  [{ kind: 'rsa', bits: 8193, exponent: 65537n }, /8193/],
  [{ kind: 'rsa', bits: 2048, exponent: 1n }, /exponent/],
  [{ kind: 'rsa', bits: 2048, exponent: 4n }, /exponent/],
  [{ kind: 'rsa', bits: 2048, exponent: 2n ** 64n + 1n }, /exponent/],
  [{ kind: 'unsupported', oid: '1.3.132.0.10' }, /1\.3\.132\.0\.10/],
] as const)('%o is weak', (key, reason) => {
  expect(toKeyWeakness(key)).toMatch(reason);
});

test('a usual key is not weak', () => {
  expect(toKeyWeakness({ kind: 'rsa', bits: 2048, exponent: 3n })).toBeUndefined();
  expect(toKeyWeakness({ kind: 'ed25519' })).toBeUndefined();
});

test('an endorser signs with the scheme that fits the key', () => {
  expect(defaultScheme(somePoint)).toEqual({ name: 'ECDSA', hash: 'SHA-256', curve: 'P-256' });
  const dsa = sequence(algorithm('1.2.840.10040.4.1'), writeDer(TAG.bitString, bytes(0, 2, 1, 1)));
  expect(() => defaultScheme(dsa)).toThrow(VouchError);
});

describe('ECDSA signatures in certificates', () => {
  test('every raw signature without a zero half survives the way through DER', () => {
    const half = fc
      .uint8Array({ minLength: 66, maxLength: 66 })
      .filter((octets) => octets.some((octet) => octet !== 0));
    fc.assert(
      fc.property(half, half, (r, s) => {
        const raw = Uint8Array.from([...r, ...s]);
        expect(readEcdsaSignature(writeEcdsaSignature(raw), 'P-521')).toEqual(raw);
      }),
    );
    const small = new Uint8Array(64);
    small[31] = 1;
    small[63] = 0x80;
    expect(readEcdsaSignature(writeEcdsaSignature(small), 'P-256')).toEqual(small);
  });

  const one = bytes(2, 1, 1);
  test.each([
    ['r = 0', sequence(bytes(2, 1, 0), one)],
    ['s = 0', sequence(one, bytes(2, 1, 0))],
    ['a negative half', sequence(one, bytes(2, 1, 0x80))],
    ['a needless zero', sequence(one, bytes(2, 2, 0, 1))],
    ['33 octets', sequence(one, writeDer(2, new Uint8Array(33).fill(1)))],
    ['a third number', sequence(one, one, one)],
    ['one number', sequence(one)],
    ['trailing bytes', Uint8Array.from([...sequence(one, one), 0])],
    ['an object identifier', sequence(one, writeOid('1.2.3'))],
    ['raw octets', new Uint8Array(64).fill(7)],
  ])('%s is refused', (_, der) => {
    expect(readEcdsaSignature(der, 'P-256')).toBeUndefined();
  });
});

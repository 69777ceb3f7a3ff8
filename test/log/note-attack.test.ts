import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { VouchError } from '../../src/errors.ts';
import { readSignedCheckpoint, signCheckpoint } from '../../src/log/checkpoint.ts';
import { readVerifierKey, toLogKey, type VerifierKey } from '../../src/log/note-key.ts';
import { sha256 } from '../../src/log/sha256.ts';
import { writeNote } from '../../src/proof/note.ts';
import { KEY, ORIGIN } from './statement.ts';

const ROOT = Buffer.alloc(32, 1);
const NOTE = signCheckpoint({ origin: ORIGIN, size: 7, root: ROOT }, KEY);
const TEXT = NOTE.slice(0, NOTE.indexOf('\n\n') + 1);

function codeOf(note: string, key: VerifierKey = KEY.verifier, witnesses: readonly VerifierKey[] = []): string {
  try {
    readSignedCheckpoint(Buffer.from(note), key, witnesses);
  } catch (fault) {
    return fault instanceof VouchError ? fault.code : String(fault);
  }
  return 'accepted';
}

/** One signature line. */
function line(name: string, keyId: string, bytes: Uint8Array): string {
  return writeNote({ text: '', signatures: [{ name, keyId, bytes }] }).slice(1);
}

/** One Ed25519 key under both signature types, made by the words of the specification. */
function makeTwoFacedKey(name: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url');
  const [asLog, asWitness] = [1, 4].map((type) => {
    const typed = Buffer.concat([Buffer.of(type), raw]);
    const keyId = Buffer.from(sha256(Buffer.concat([Buffer.from(`${name}\n`), typed])).subarray(0, 4)).toString('hex');
    return readVerifierKey(`${name}+${keyId}+${typed.toString('base64')}`);
  }) as [VerifierKey, VerifierKey];
  const plain = sign(null, Buffer.from(TEXT), privateKey);
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(1_700_000_000n);
  const cosigned = sign(null, Buffer.from(`cosignature/v1\ntime 1700000000\n${TEXT}`), privateKey);
  return { asLog, asWitness, plain, cosignature: Buffer.concat([time, cosigned]) };
}

describe('TL-08: lines beside a good signature', () => {
  const { verifier } = KEY;
  const junk = Buffer.alloc(64, 3);

  it.each([
    ['of the known name with a wrong key ID', line(ORIGIN, '00000000', junk)],
    ['of the right key ID with another name', line(`${ORIGIN}x`, verifier.keyId, junk)],
  ])('%s are ignored', (_, ignored) => {
    expect(codeOf(NOTE + ignored)).toBe('accepted');
    expect(codeOf(`${TEXT}\n${ignored}${NOTE.slice(TEXT.length + 1)}`)).toBe('accepted');
    expect(codeOf(`${TEXT}\n${ignored}`)).toBe('malformed');
  });

  it('of a known key with a broken signature make the note refused', () => {
    expect(codeOf(NOTE + line(ORIGIN, verifier.keyId, junk))).toBe('malformed');
    const { asWitness } = makeTwoFacedKey('witness.example.org');
    const broken = line(asWitness.name, asWitness.keyId, Buffer.alloc(72, 3));
    expect(codeOf(NOTE + broken)).toBe('accepted');
    expect(codeOf(NOTE + broken, verifier, [asWitness])).toBe('malformed');
  });
});

describe('TL-09: a signature of one type offered as another', () => {
  const { asLog, asWitness, plain, cosignature } = makeTwoFacedKey(ORIGIN);

  it('is refused, though the same key made it over the same text', () => {
    expect(asLog.keyId).not.toBe(asWitness.keyId);
    expect(codeOf(`${TEXT}\n${line(ORIGIN, asLog.keyId, plain)}`, asLog)).toBe('accepted');
    expect(codeOf(`${TEXT}\n${line(ORIGIN, asLog.keyId, cosignature)}`, asLog)).toBe('malformed');
    expect(codeOf(`${TEXT}\n${line(ORIGIN, asLog.keyId, cosignature.subarray(8))}`, asLog)).toBe('malformed');
  });

  it('does not count as the witness it would be either', () => {
    const { asWitness: witness, plain: logged, cosignature: seen } = makeTwoFacedKey('witness.example.org');
    const withLine = (bytes: Uint8Array) =>
      codeOf(NOTE + line(witness.name, witness.keyId, bytes), KEY.verifier, [witness]);
    expect(withLine(seen)).toBe('accepted');
    expect(withLine(logged)).toBe('malformed');
    expect(withLine(Buffer.concat([seen.subarray(0, 8), logged]))).toBe('malformed');
  });
});

describe('TL-11: what would be a pattern', () => {
  it.each([
    '.*',
    'log.example.org/(test',
    '[a-z]',
    'log.example.org/test$',
    'a|log.example.org/test',
    '\\',
    '^',
    '{1,',
  ])('in the name of a key is a name: %s', (name) => {
    const key = toLogKey(name, Buffer.alloc(32, 9));
    const note = signCheckpoint({ origin: name, size: 7, root: ROOT }, key);
    expect(codeOf(note, key.verifier)).toBe('accepted');
    expect(codeOf(note)).toBe('malformed');
    expect(codeOf(NOTE, key.verifier)).toBe('malformed');
  });

  it('matches nothing but itself: a dot is a dot', () => {
    const dotless = toLogKey(ORIGIN.replaceAll('.', 'x'), Buffer.alloc(32, 7));
    expect(codeOf(signCheckpoint({ origin: dotless.name, size: 7, root: ROOT }, dotless))).toBe('malformed');
  });
});

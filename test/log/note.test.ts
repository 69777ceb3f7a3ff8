import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VouchError } from '../../src/errors.ts';
import { readCheckpoint, readSignedCheckpoint, signCheckpoint } from '../../src/log/checkpoint.ts';
import { EMPTY_ROOT } from '../../src/log/merkle.ts';
import {
  readLogKey,
  readVerifierKey,
  toCosignerKey,
  toLogKey,
  type VerifierKey,
  verifyNote,
  writeLogKey,
} from '../../src/log/note-key.ts';
import { readBase64, writeBase64 } from '../../src/proof/base64.ts';
import { isKeyName, readNote, writeNote } from '../../src/proof/note.ts';
import { readTreeSize } from '../../src/proof/tree-size.ts';
import { KEY, ORIGIN } from './statement.ts';

const ROOT = new Uint8Array(32).fill(1);
const TEXT = `${ORIGIN}\n7\n${Buffer.from(ROOT).toString('base64')}\n`;
const NOTE = signCheckpoint({ origin: ORIGIN, size: 7, root: ROOT }, KEY);
const LINE = NOTE.slice(TEXT.length + 1);
const OTHER = toLogKey('other.example.org/log', new Uint8Array(32).fill(9));

function signed(text: string, ...keys: (typeof KEY)[]): string {
  const signatures = keys.map((key) => ({ name: key.name, keyId: key.verifier.keyId, bytes: key.sign(text) }));
  return writeNote({ text, signatures });
}

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (fault) {
    return fault instanceof VouchError ? fault.code : String(fault);
  }
  return 'accepted';
}

const read = (text: string): unknown => readSignedCheckpoint(Buffer.from(text), KEY.verifier);

describe('readSignedCheckpoint', () => {
  it('reads what signCheckpoint signs', () => {
    expect(read(NOTE)).toEqual({ checkpoint: { origin: ORIGIN, size: 7, root: ROOT }, cosignatures: [] });
  });

  const bare = LINE.split(' ')[2]!.trim();
  const flipped = Buffer.from(bare, 'base64');
  flipped[40]! ^= 1;
  it.each([
    ['a size in hex', signed(TEXT.replace('\n7\n', '\n0x7\n'), KEY)],
    ['an empty size', signed(TEXT.replace('\n7\n', '\n\n'), KEY)],
    ['a size with blanks', signed(TEXT.replace('\n7\n', '\n 7\n'), KEY)],
    ['a size with a leading zero', signed(TEXT.replace('\n7\n', '\n07\n'), KEY)],
    ['a signed size', signed(TEXT.replace('\n7\n', '\n+7\n'), KEY)],
    ['a negative size', signed(TEXT.replace('\n7\n', '\n-1\n'), KEY)],
    ['a size of 2^64', signed(TEXT.replace('\n7\n', '\n18446744073709551616\n'), KEY)],
    ['a size with an exponent', signed(TEXT.replace('\n7\n', '\n7e0\n'), KEY)],
    ['a size beyond exact numbers', signed(TEXT.replace('\n7\n', '\n9007199254740992\n'), KEY)],
    ['a size of twenty digits', signed(TEXT.replace('\n7\n', '\n10000000000000000000\n'), KEY)],
    ['a root with junk', signed(TEXT.replace('=\n', '=!\n'), KEY)],
    ['a root with a blank inside', signed(TEXT.replace('AQEB', 'AQ EB'), KEY)],
    ['a root in base64url', signed(`${ORIGIN}\n7\n${Buffer.alloc(32, 0xff).toString('base64url')}\n`, KEY)],
    ['a root without padding', signed(TEXT.replace('=\n', '\n'), KEY)],
    ['a root with stray bits', signed(TEXT.replace('E=\n', 'F=\n'), KEY)],
    ['a root of 31 bytes', signed(`${ORIGIN}\n7\n${Buffer.from(ROOT.subarray(1)).toString('base64')}\n`, KEY)],
    ['a root of 33 bytes', signed(`${ORIGIN}\n7\n${Buffer.alloc(33).toString('base64')}\n`, KEY)],
    ['a wrong root for the empty tree', signed(TEXT.replace('\n7\n', '\n0\n'), KEY)],
    ['an extension line', signed(`${TEXT}extension\n`, KEY)],
    ['a blank extension line', signed(`${TEXT}\n`, KEY)],
    ['an origin that only begins like ours', signed(TEXT.replace(ORIGIN, `${ORIGIN}/more`), KEY)],
    ['an origin in other case', signed(TEXT.replace(ORIGIN, ORIGIN.toUpperCase()), KEY)],
    ['no root', signed(`${ORIGIN}\n7\n`, KEY)],
    ['another signer', signed(TEXT, OTHER)],
    ['a signature over another text', `${TEXT.replace('\n7\n', '\n8\n')}\n${LINE}`],
    ['a flipped bit in the signature', `${TEXT}\n\u2014 ${ORIGIN} ${flipped.toString('base64')}\n`],
    ['a good and then a wrong line of our key', `${NOTE}\u2014 ${ORIGIN} ${flipped.toString('base64')}\n`],
    ['a wrong and then a good line of our key', `${TEXT}\n\u2014 ${ORIGIN} ${flipped.toString('base64')}\n${LINE}`],
    ['our key ID under another name', `${TEXT}\n\u2014 ${ORIGIN}x ${bare}\n`],
    ['our name with another key ID', `${TEXT}\n\u2014 ${ORIGIN} ${Buffer.alloc(68).toString('base64')}\n`],
    ['no signature', `${TEXT}\n`],
    ['no blank line', TEXT],
    ['nothing', ''],
    ['only blank lines', '\n\n\n'],
    ['no final newline', NOTE.slice(0, -1)],
    ['carriage returns', NOTE.replaceAll('\n', '\r\n')],
    ['a tab', signed(TEXT.replace(ORIGIN, `${ORIGIN}\t`), KEY)],
    ['a byte order mark', `\ufeff${NOTE}`],
    ['a hyphen for the dash', NOTE.replace('\u2014', '-')],
    ['two blanks in the signature line', NOTE.replace(`\u2014 ${ORIGIN} `, `\u2014 ${ORIGIN}  `)],
    ['a signature line with a tail', NOTE.replace(/\n$/, ' x\n')],
    ['junk in the signature', NOTE.replace(bare, `${bare.slice(0, 8)}*${bare.slice(8)}`)],
    ['a signature of four bytes', `${TEXT}\n\u2014 ${ORIGIN} ${bare.slice(0, 4)}AA==\n`],
    ['a line that is no signature', `${NOTE}hello\n`],
    ['a plus in a name', `${NOTE}\u2014 a+b ${bare}\n`],
    ['a no-break space in a name', `${NOTE}\u2014 a\u00a0b ${bare}\n`],
    ['a line separator in a name', `${NOTE}\u2014 a\u2028b ${bare}\n`],
    ['101 signatures', NOTE + LINE.repeat(100)],
  ])('refuses %s as malformed (TL-10)', (_, note) => {
    expect(codeOf(() => read(note))).toBe('malformed');
  });

  it('refuses bytes that are not UTF-8', () => {
    const bytes = Buffer.from(NOTE);
    bytes[3] = 0xff;
    expect(codeOf(() => readSignedCheckpoint(bytes, KEY.verifier))).toBe('malformed');
  });

  it('refuses more than 1 MiB', () => {
    expect(codeOf(() => readNote(Buffer.from(signed(`${'x'.repeat(1_048_576)}\n`, KEY))))).toBe('malformed');
  });

  it('passes over signatures of keys it does not know, and counts the same key once', () => {
    const stranger = signed(TEXT, OTHER).slice(TEXT.length + 1);
    expect(codeOf(() => read(NOTE + stranger + LINE))).toBe('accepted');
    expect(codeOf(() => read(`${TEXT}\n${stranger}${LINE}`))).toBe('accepted');
    const twice = readNote(Buffer.from(NOTE + stranger + stranger));
    expect(verifyNote(twice, [KEY.verifier, OTHER.verifier])).toEqual([{ key: KEY.verifier }, { key: OTHER.verifier }]);
  });

  it('never throws anything but malformed, whatever the bytes', () => {
    const mutated = fc.tuple(
      fc.nat({ max: NOTE.length }),
      fc.nat({ max: 3 }),
      fc.string({ unit: 'binary', maxLength: 6 }),
    );
    fc.assert(
      fc.property(mutated, ([at, cut, insert]) => {
        const text = NOTE.slice(0, at) + insert + NOTE.slice(at + cut);
        expect(codeOf(() => read(text))).toBe(text === NOTE ? 'accepted' : 'malformed');
      }),
    );
  });
});

describe('readNote', () => {
  it('splits at the last blank line', () => {
    const text = 'a text\n\n\u2014 with what looks like a signature\n\nand goes on\n';
    const note = readNote(Buffer.from(signed(text, KEY)));
    expect(note.text).toBe(text);
    expect(verifyNote(note, [KEY.verifier])).toEqual([{ key: KEY.verifier }]);
  });
});

describe('cosignatures', () => {
  const [privateKey, witness] = makeWitness('site.example.org/witness');
  const cosign = (seconds: bigint, text = TEXT): string => {
    const time = Buffer.alloc(8);
    time.writeBigUInt64BE(seconds);
    const signature = sign(null, Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`), privateKey);
    const { name, keyId } = witness;
    return writeNote({ text: '', signatures: [{ name, keyId, bytes: Buffer.concat([time, signature]) }] }).slice(1);
  };

  it('tell when a witness saw the checkpoint', () => {
    const { cosignatures } = readSignedCheckpoint(Buffer.from(NOTE + cosign(1_700_000_000n)), KEY.verifier, [witness]);
    expect(cosignatures).toEqual([{ key: witness, at: new Date(1_700_000_000_000) }]);
  });

  it('are refused with a wrong time, text or length, and passed over where nobody asks', () => {
    const moved = Buffer.from(cosign(1_700_000_000n).split(' ')[2]!, 'base64');
    moved[11]! ^= 1;
    const lines = [
      `\u2014 ${witness.name} ${moved.toString('base64')}\n`,
      cosign(1_700_000_000n, 'another text\n'),
      cosign(2n ** 64n - 1n),
      `\u2014 ${witness.name} ${moved.subarray(0, 40).toString('base64')}\n`,
    ];
    for (const line of lines) {
      const note = Buffer.from(NOTE + line);
      expect(codeOf(() => readSignedCheckpoint(note, KEY.verifier, [witness]))).toBe('malformed');
      expect(codeOf(() => readSignedCheckpoint(note, KEY.verifier))).toBe('accepted');
    }
  });

  it('are no signature of a log, and the other way round, even with one key for both (TL-09)', () => {
    const seed = new Uint8Array(32).fill(7);
    const cosigner = toCosignerKey(ORIGIN, seed);
    expect(cosigner.verifier.publicKey).toBe(KEY.verifier.publicKey);
    expect(cosigner.verifier.keyId).not.toBe(KEY.verifier.keyId);
    const at = new Date(1_700_000_000_000);
    const line = (key: VerifierKey, bytes: Uint8Array) =>
      `\u2014 ${key.name} ${Buffer.concat([Buffer.from(key.keyId, 'hex'), bytes]).toString('base64')}\n`;
    const cosigned = cosigner.cosign(TEXT, at);
    // As what it is, with the log's key ID, and without its time.
    for (const note of [
      line(cosigner.verifier, cosigned),
      line(KEY.verifier, cosigned),
      line(KEY.verifier, cosigned.subarray(8)),
    ]) {
      expect(codeOf(() => readSignedCheckpoint(Buffer.from(`${TEXT}\n${note}`), KEY.verifier))).toBe('malformed');
    }
    const asWitness = NOTE + line(cosigner.verifier, Buffer.concat([Buffer.alloc(8), KEY.sign(TEXT)]));
    expect(codeOf(() => readSignedCheckpoint(Buffer.from(asWitness), KEY.verifier, [cosigner.verifier]))).toBe(
      'malformed',
    );
    expect(codeOf(() => readSignedCheckpoint(Buffer.from(NOTE), cosigner.verifier))).toBe('malformed');
    const { cosignatures } = readSignedCheckpoint(Buffer.from(NOTE), KEY.verifier, [KEY.verifier]);
    expect(cosignatures).toEqual([]);
  });

  it('of a type nobody knows are refused where the key is read', () => {
    expect(codeOf(() => makeWitness('site.example.org/witness', 6))).toBe('malformed');
  });
});

/** A witness as some other program would make it: key ID and vkey by the specification's own words. */
function makeWitness(name: string, type = 4): [KeyObject, VerifierKey] {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url');
  const typed = Buffer.concat([Buffer.of(type), raw]);
  const keyId = createHash('sha256').update(`${name}\n`).update(typed).digest('hex').slice(0, 8);
  return [privateKey, readVerifierKey(`${name}+${keyId}+${typed.toString('base64')}`)];
}

describe('key lines', () => {
  it('are read as they are written', () => {
    const line = writeLogKey(ORIGIN, new Uint8Array(32).fill(7));
    expect(readLogKey(line).verifier.vkey).toBe(KEY.verifier.vkey);
    expect(readVerifierKey(KEY.verifier.vkey)).toMatchObject({ name: ORIGIN, keyId: KEY.verifier.keyId });
  });

  it.each([
    '',
    'name',
    'a+00000000+AAAA',
    KEY.verifier.vkey.replace('log', 'lag'),
    KEY.verifier.vkey.toUpperCase(),
    `${KEY.verifier.vkey}\n`,
    ` ${KEY.verifier.vkey}`,
    KEY.verifier.vkey.slice(0, -1),
    KEY.verifier.vkey.replace('+', '++'),
  ])('%j is no verifier key', (vkey) => {
    expect(codeOf(() => readVerifierKey(vkey))).toBe('malformed');
  });

  it('of a private key never show it in a message', () => {
    const line = writeLogKey(ORIGIN, new Uint8Array(32).fill(7));
    for (const broken of [
      `${line}=`,
      line.replace('test', 'tost'),
      line.slice(0, -4),
      line.slice(12),
      'PRIVATE+KEY+',
    ]) {
      let fault: VouchError | undefined;
      try {
        readLogKey(broken);
      } catch (thrown) {
        fault = thrown as VouchError;
      }
      expect(fault?.code).toBe('key');
      expect(`${fault} ${fault?.cause}`).not.toContain('BwcH');
    }
  });

  it('name keys without white space and plus', () => {
    const names = ['a', 'Ключ/1', 'example.org/log'];
    const others = ['', ' ', 'a b', 'a+b', 'a\u2003b', 'a\nb', 'a\u0085b', 'a\u0001b'];
    expect(names.map(isKeyName)).toEqual(names.map(() => true));
    expect(others.map(isKeyName)).toEqual(others.map(() => false));
    expect(codeOf(() => toLogKey('a b', new Uint8Array(32)))).toBe('config');
  });
});

describe('readTreeSize', () => {
  it('reads plain decimal numbers only', () => {
    expect(['0', '7', '9007199254740991'].map(readTreeSize)).toEqual([0, 7, 2 ** 53 - 1]);
    const others = [
      '',
      '00',
      '-0',
      '+1',
      ' 1',
      '1 ',
      '1\n',
      '0x1',
      '1e3',
      '1.0',
      '１',
      '9007199254740992',
      '1'.repeat(20),
    ];
    expect(others.map(readTreeSize)).toEqual(others.map(() => undefined));
  });
});

describe('readCheckpoint', () => {
  it('reads the checkpoint of the empty tree', () => {
    const text = `${ORIGIN}\n0\n${writeBase64(EMPTY_ROOT)}\n`;
    expect(readCheckpoint(text)).toMatchObject({ size: 0 });
  });
});

describe('readBase64', () => {
  it('takes the one spelling that writeBase64 gives', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(readBase64(writeBase64(bytes))).toEqual(new Uint8Array(bytes));
      }),
    );
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9+/=\-_ \n]{0,12}$/), (text) => {
        const bytes = readBase64(text);
        expect(bytes === undefined || writeBase64(bytes) === text).toBe(true);
      }),
    );
  });
});

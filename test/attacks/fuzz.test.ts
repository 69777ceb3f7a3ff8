import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeCrypto } from '../../src/platform/node-crypto.ts';
import type { Trust, World } from '../../src/verify/conditions.ts';
import type { Verdict } from '../../src/verify/verdict.ts';
import { verifyEntry } from '../../src/verify/verify-entry.ts';
import type { KeyKind } from '../../src/x509/issue.ts';
import { verifyPath } from '../../src/x509/path.ts';
import { readCertificate } from '../../src/x509/read-certificate.ts';
import { startClock } from '../clock.ts';
import { describeImage, makeAuthority, makeEndorser, makeEntry, NOW, type TestEndorser } from '../endorser.ts';
import { xml } from '../xml/world.ts';

const SEED = 20_260_521;
/** No mutation of a small document may take longer; generous, since the machine may be busy. */
const SLOWEST_MS = 2_000;

const authority = await makeAuthority('Fuzz CA');
const trust: Trust = { mode: 'anchors', anchors: [authority.certificate], digest: 'test', bindings: [] };
const world: World = { xml, crypto: nodeCrypto };
const encoder = new TextEncoder();
const decoder = new TextDecoder();

async function verifyInTime(bytes: Uint8Array): Promise<Verdict> {
  const spent = startClock();
  const verdict = await verifyEntry(bytes, { profile: 'current', at: NOW, trust }, world);
  expect(spent()).toBeLessThan(SLOWEST_MS);
  return verdict;
}

/** What an accepted entry says, apart from how the upload wrote it. */
function contentOf(verdict: Verdict): unknown {
  if (!verdict.valid) throw new Error('not valid');
  const { entry, triples, canonicalSha256, signerSha256, endorserKey } = verdict.verified;
  return { entry, triples, canonicalSha256, signerSha256, endorserKey };
}

const endorsers: readonly TestEndorser[] = await Promise.all(
  (['p-256', 'rsa-2048', 'ed25519'] satisfies KeyKind[]).map((key) => makeEndorser(authority, `fuzz-${key}`, { key })),
);
const entries = await Promise.all(endorsers.map((endorser) => makeEntry(endorser, describeImage('fuzz'))));
const contents = await Promise.all(entries.map(async (bytes) => contentOf(await verifyInTime(bytes))));

/** One change of a document's bytes: at a place, how many go, and what comes. */
const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  gone: fc.nat(40),
  come: fc.oneof(
    fc.uint8Array({ maxLength: 12 }),
    fc
      .constantFrom(
        '<!---->',
        '<?x?>',
        '<![CDATA[x]]>',
        '&#65;',
        '&amp;',
        '<x/>',
        ' xmlns:z="urn:z"',
        ' Id="a"',
        '</rdf:Description>',
        '<ds:Signature>',
        '\u0000',
        '\ufeff',
        '\u2028',
        '=',
        'A',
        '"',
        '<!DOCTYPE x>',
        ']]>',
      )
      .map((text) => encoder.encode(text)),
  ),
});

function applyEdit(bytes: Uint8Array, { at, gone, come }: { at: number; gone: number; come: Uint8Array }): Uint8Array {
  const start = Math.floor(at * bytes.length);
  const rest = bytes.subarray(Math.min(bytes.length, start + gone));
  const changed = new Uint8Array(start + come.length + rest.length);
  changed.set(bytes.subarray(0, start));
  changed.set(come, start);
  changed.set(rest, start + come.length);
  return changed;
}

const which = fc.nat(entries.length - 1);

describe('mutated entries', () => {
  it('are refused, or say exactly what was signed', async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(which, fc.array(edit, { minLength: 1, maxLength: 4 }), async (index, edits) => {
        const verdict = await verifyInTime(edits.reduce(applyEdit, entries[index]!));
        if (verdict.valid) {
          accepted += 1;
          expect(contentOf(verdict)).toEqual(contents[index]);
        }
      }),
      { seed: SEED, numRuns: 4_000 },
    );
    // Some changes are none (white space in base64, a byte replaced by itself); most must be refused.
    expect(accepted).toBeLessThan(800);
  }, 300_000);

  it('are refused when pieces of two entries are put together', async () => {
    const texts = entries.map((bytes) => decoder.decode(bytes));
    const PIECES = [
      'rdf:Description',
      'ds:Signature',
      'ds:SignedInfo',
      'ds:SignatureValue',
      'ds:KeyInfo',
      'ds:Reference',
    ];
    const pieceOf = (text: string, name: string): string =>
      text.slice(text.indexOf(`<${name}`), text.indexOf(`</${name}>`) + name.length + 3);
    await fc.assert(
      fc.asyncProperty(
        which,
        which,
        fc.constantFrom(...PIECES),
        fc.constantFrom(...PIECES),
        fc.constantFrom('before', 'after', 'instead'),
        async (into, from, target, source, place) => {
          const text = texts[into]!;
          const [old, brought] = [pieceOf(text, target), pieceOf(texts[from]!, source)];
          const put = { before: brought + old, after: old + brought, instead: brought }[place]!;
          const verdict = await verifyInTime(encoder.encode(text.replace(old, () => put)));
          if (verdict.valid) expect(contentOf(verdict)).toEqual(contents[into]);
        },
      ),
      { seed: SEED, numRuns: 600 },
    );
  }, 180_000);

  it('never throw for any text between the tags of an entry', async () => {
    const text = decoder.decode(entries[0]!);
    const slots = [...text.matchAll(/>([^<]+)</g)].map((match) => match.index + 1);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...slots),
        fc.string({ unit: 'grapheme', maxLength: 30 }),
        async (slot, value) => {
          const end = text.indexOf('<', slot);
          const verdict = await verifyInTime(encoder.encode(text.slice(0, slot) + value + text.slice(end)));
          if (verdict.valid) expect(contentOf(verdict)).toEqual(contents[0]);
        },
      ),
      { seed: SEED, numRuns: 1_500 },
    );
  }, 180_000);
});

describe('mutated certificates', () => {
  const base64 = (der: Uint8Array): string => Buffer.from(der).toString('base64');
  const der = endorsers[0]!.issued.der;

  /** The entry with another certificate in place of the signer's. */
  function withCertificate(certificate: Uint8Array): Uint8Array {
    const text = decoder.decode(entries[0]!);
    return encoder.encode(text.replace(/(<ds:X509Certificate>)[^<]*/, (_, tag: string) => tag + base64(certificate)));
  }

  it('are refused in an entry, unless nothing was changed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), async (edits) => {
        const changed = edits.reduce(applyEdit, der);
        const verdict = await verifyInTime(withCertificate(changed));
        expect(verdict.valid).toBe(Buffer.from(changed).equals(der));
      }),
      { seed: SEED, numRuns: 2_500 },
    );
  }, 300_000);

  it('are refused for every flipped bit', async () => {
    for (let bit = 0; bit < der.length * 8; bit += 1) {
      const changed = new Uint8Array(der);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      const reading = readCertificate(changed);
      if (!reading.ok) continue;
      const path = await verifyPath({
        signer: reading.certificate,
        intermediates: [],
        anchors: [authority.certificate],
        at: NOW,
        crypto: nodeCrypto,
      });
      expect([bit, path.findings.some(({ severity }) => severity === 'error')]).toEqual([bit, true]);
    }
  }, 180_000);

  it('never throw, whatever the bytes', async () => {
    const tagged = fc.tuple(
      fc.constantFrom(0x30, 0x31, 0x02, 0x03, 0x04, 0x06, 0xa0, 0xa3),
      fc.uint8Array({ maxLength: 60 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 400 }), tagged), async (value) => {
        const bytes = value instanceof Uint8Array ? value : Uint8Array.of(value[0], value[1].length, ...value[1]);
        expect(readCertificate(bytes).ok).toBe(false);
        expect((await verifyInTime(withCertificate(bytes))).valid).toBe(false);
      }),
      { seed: SEED, numRuns: 500 },
    );
  }, 180_000);
});

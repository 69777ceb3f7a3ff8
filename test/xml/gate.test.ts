import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_DOCUMENT_LIMITS, readGate } from '../../src/xml/gate.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const codes = (text: string | Uint8Array, comments: 'refused' | 'outside-signature' = 'refused'): string[] =>
  readGate(typeof text === 'string' ? encode(text) : text, DEFAULT_DOCUMENT_LIMITS, comments).findings.map(
    ({ code }) => code,
  );

describe('the gate', () => {
  it('lets an ordinary document pass, with and without a byte order mark', () => {
    expect(codes('<?xml version="1.0" encoding="utf-8"?>\n<a xmlns="urn:a" b="1 > 0"><b/>text</a>\n')).toEqual([]);
    const marked = readGate(encode('\uFEFF<a/>'), DEFAULT_DOCUMENT_LIMITS, 'refused');
    expect(marked).toEqual({ text: '<a/>', findings: [] });
  });

  it.each([
    ['a DOCTYPE', '<!DOCTYPE a [<!ENTITY b "c">]><a/>', 'doctype'],
    ['a processing instruction before the root', '<?xml-stylesheet href="x"?><a/>', 'pi'],
    ['a processing instruction inside text', '<a>b<?c d?>e</a>', 'pi'],
    ['a comment', '<a>b<!-- c -->d</a>', 'comment'],
    ['a NUL character', '<a>\0</a>', 'encoding'],
    ['XML 1.1', '<?xml version="1.1"?><a/>', 'encoding'],
    ['another declared encoding', '<?xml version="1.0" encoding="UTF-7"?><a/>', 'encoding'],
  ])('refuses %s', (_, document, code) => {
    expect(codes(document)).toEqual([code]);
  });

  it('refuses UTF-16 and broken UTF-8, in which a DOCTYPE could hide', () => {
    expect(codes(new Uint8Array(Buffer.from('\uFEFF<!DOCTYPE a><a/>', 'utf16le')))).toEqual(['encoding']);
    expect(codes(Uint8Array.of(0x3c, 0x61, 0xff, 0x2f, 0x3e))).toEqual(['encoding']);
  });

  it('allows comments in the legacy profile, except inside the signature', () => {
    expect(codes('<a><!-- b --><c/></a>', 'outside-signature')).toEqual([]);
    expect(codes('<a><s:Signature x="y"><b><!-- c --></b></s:Signature></a>', 'outside-signature')).toEqual([
      'comment',
    ]);
    expect(codes('<a><s:Signature></s:Signature><!-- d --></a>', 'outside-signature')).toEqual([]);
  });

  it.each([
    ['namespace declarations', `<a ${'x'.repeat(0)}>${'<b xmlns:p="urn:p"/>'.repeat(33)}</a>`],
    ['namespace declarations with long prefixes', `<a>${`<b xmlns:${'p'.repeat(400)}="urn:p"/>`.repeat(33)}</a>`],
    [
      'namespace declarations with white space around the equals sign',
      `<a>${'<b xmlns:p \n=\t"urn:p"/>'.repeat(33)}</a>`,
    ],
    ['characters in a namespace name', `<a xmlns:b='urn:${'x'.repeat(253)}'/>`],
    ['attributes on one element', `<a ${Array.from({ length: 17 }, (_, n) => `a${n}="${n}"`).join(' ')}/>`],
    ['levels of elements', `${'<a>'.repeat(33)}${'</a>'.repeat(33)}`],
    ['elements', `<a>${'<b/>'.repeat(5001)}</a>`],
    ['characters of text', `<a>${'b'.repeat(64 * 1024 + 1)}</a>`],
    ['characters of text in a CDATA section', `<a><![CDATA[${'<'.repeat(64 * 1024 + 1)}]]></a>`],
  ])('refuses too many %s', (_, document) => {
    expect(codes(document)).toEqual(['limits']);
  });

  it('lets a namespace name of the greatest length pass', () => {
    expect(codes(`<a xmlns:b='urn:${'x'.repeat(252)}'/>`)).toEqual([]);
  });

  it('refuses too many bytes before it looks at them', () => {
    expect(codes(new Uint8Array(256 * 1024 + 1))).toEqual(['limits']);
  });

  it('says on which line', () => {
    const { findings } = readGate(encode('<a>\n\n<!-- b --></a>'), DEFAULT_DOCUMENT_LIMITS, 'refused');
    expect(findings[0]?.where).toEqual({ line: 3 });
  });

  it('never throws for any bytes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.string({ unit: 'binary' }).map(encode)), (bytes) => {
        readGate(bytes, DEFAULT_DOCUMENT_LIMITS, 'refused');
      }),
    );
  });
});

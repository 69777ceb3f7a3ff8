import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CanonicalElement,
  childElements,
  elementsOf,
  readCanonicalTree,
  textOf,
} from '../../src/xml/canonical-tree.ts';
import { escapeAttribute, escapeText } from '../../src/xml/signed-octets.ts';
import { canonicalize } from './world.ts';

function rewrite(element: CanonicalElement): string {
  const name = element.prefix === '' ? element.local : `${element.prefix}:${element.local}`;
  const declarations = element.declarations.map(
    ([prefix, uri]) => ` xmlns${prefix === '' ? '' : `:${prefix}`}="${uri}"`,
  );
  const attributes = element.attributes.map(
    ({ prefix, local, value }) => ` ${prefix === '' ? '' : `${prefix}:`}${local}="${escapeAttribute(value)}"`,
  );
  const children = element.children.map((child) => (typeof child === 'string' ? escapeText(child) : rewrite(child)));
  return `<${name}${declarations.join('')}${attributes.join('')}>${children.join('')}</${name}>`;
}

describe('the canonical tree', () => {
  it('knows names, values and where each element lies in the text', () => {
    const text = canonicalize('<a xmlns="urn:1" xmlns:p="urn:2" p:x="1&lt;2" y="&#9;"><p:b>c &amp; d</p:b><e/></a>')!;
    const root = readCanonicalTree(text)!;
    expect(root).toMatchObject({ local: 'a', namespace: 'urn:1', ordinal: 0, start: 0, end: text.length });
    expect(root.attributes).toEqual([
      { prefix: '', local: 'y', namespace: '', value: '\t' },
      { prefix: 'p', local: 'x', namespace: 'urn:2', value: '1<2' },
    ]);
    const [b, e] = childElements(root) as [CanonicalElement, CanonicalElement];
    expect(textOf(b)).toBe('c & d');
    expect(text.slice(b.start, b.end)).toBe('<p:b>c &amp; d</p:b>');
    expect(e).toMatchObject({ namespace: 'urn:1', ordinal: 2 });
    expect(textOf(root)).toBeUndefined();
  });

  it('writes back to the same text, for any document libxml2 canonicalizes', () => {
    const name = fc.constantFrom('a', 'b', 'p:c', 'q:d');
    const word = fc.string({ maxLength: 12 }).map((text) => text.replace(/[\0-\x08\x0b-\x1f\ufffe\uffff]/g, '?'));
    const { element } = fc.letrec<{ element: string }>((tie) => ({
      element: fc
        .tuple(
          name,
          fc.uniqueArray(fc.tuple(name, word), { selector: ([n]) => n, maxLength: 3 }),
          fc.array(fc.oneof({ maxDepth: 4 }, word.map(escapeText), tie('element')), { maxLength: 3 }),
        )
        .map(
          ([n, attributes, children]) =>
            `<${n}${attributes.map(([a, v]) => ` ${a}="${escapeAttribute(v)}"`).join('')}>${children.join('')}</${n}>`,
        ),
    }));
    fc.assert(
      fc.property(element, fc.constantFrom('inclusive-1.0' as const, 'exclusive' as const), (inner, mode) => {
        const text = canonicalize(`<r xmlns="urn:d" xmlns:p="urn:p" xmlns:q="urn:q">${inner}</r>`, mode)!;
        const root = readCanonicalTree(text)!;
        expect(rewrite(root)).toBe(text);
        expect(elementsOf(root).map(({ ordinal }) => ordinal)).toEqual(elementsOf(root).map((_, order) => order));
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['nothing', ''],
    ['text outside the root', '<a></a>b'],
    ['two roots', '<a></a><b></b>'],
    ['an unclosed element', '<a><b></a>'],
    ['an empty-element tag', '<a/>'],
    ['a comment', '<a><!-- b --></a>'],
    ['an unknown entity', '<a>&b;</a>'],
    ['an undeclared prefix', '<p:a></p:a>'],
    ['a namespace name with an ampersand', '<a xmlns="urn:a&amp;b"></a>'],
    ['single quotes', "<a b='c'></a>"],
  ])('is undefined for %s, which is not canonical', (_, text) => {
    expect(readCanonicalTree(text)).toBeUndefined();
  });

  it('never throws for any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void readCanonicalTree(`<a>${text}</a>`)));
  });
});

describe('canonicalization', () => {
  it('is refused where it is void: relative namespace names', () => {
    expect(canonicalize('<a xmlns:b="relative/name"><b:c/></a>')).toBeUndefined();
  });
});

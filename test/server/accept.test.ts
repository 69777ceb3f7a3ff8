import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { negotiate } from '../../src/server/accept.ts';

const OFFERS = ['application/rdf+xml', 'text/html', 'application/json', 'text/turtle', 'application/xml'] as const;
const CHROME =
  'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7';
const FIREFOX = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

describe('content negotiation', () => {
  test.each([
    ['no header', undefined, 'application/rdf+xml'],
    ['an empty header', '', 'application/rdf+xml'],
    ['curl', '*/*', 'application/rdf+xml'],
    ['Chrome', CHROME, 'text/html'],
    ['Firefox', FIREFOX, 'text/html'],
    ['one exact type', 'text/turtle', 'text/turtle'],
    ['letter case', 'Text/TURTLE', 'text/turtle'],
    ['the higher quality', 'text/html;q=0.2, application/json;q=0.9', 'application/json'],
    ['a type range', 'text/*', 'text/html'],
    ['the most specific range, not the most generous', '*/*;q=1, application/rdf+xml;q=0.1', 'text/html'],
    ['a type refused by quality 0', 'text/html;q=0, text/*;q=0.5', 'text/turtle'],
    ['spaces around the quality', 'text/html ; q=0.1 , text/turtle ; q = 0.2', 'text/turtle'],
    ['parameters other than quality', 'text/turtle;charset=utf-8;q=0.5', 'text/turtle'],
    ['nothing that is offered', 'image/png', undefined],
    ['everything refused', '*/*;q=0', undefined],
    ['what is no media range at all', 'nonsense', 'application/rdf+xml'],
  ])('%s', (_, header, chosen) => {
    expect(negotiate(header, OFFERS)).toBe(chosen);
  });

  test('any header gives one of the offers or none, and never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (header) => {
        expect([...OFFERS, undefined]).toContain(negotiate(header, OFFERS));
      }),
    );
  });
});

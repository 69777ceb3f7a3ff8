import { describe, expect, test } from 'vitest';
import { toAskedFormat, toStandardAnswer } from '../../../src/catalog/sparql/external-answer.ts';

const JSON_RESULTS = 'application/sparql-results+json';
const XML_RESULTS = 'application/sparql-results+xml';
const TSV = 'text/tab-separated-values';

/** What Virtuoso 7.2.5 answers to ASK. */
const YES = `{ "head": { "link": [], "vars": ["__ASK_RETVAL"] },
  "results": { "distinct": false, "ordered": true, "bindings": [
    { "__ASK_RETVAL": { "type": "typed-literal", "datatype": "http://www.w3.org/2001/XMLSchema#integer", "value": "1" }} ] } }`;
const NO = `{ "head": { "link": [], "vars": ["__ASK_RETVAL"] },
  "results": { "distinct": false, "ordered": true, "bindings": [ ] } }`;
/** Terms as it writes them, and a value that looks like one of its types. */
const ROWS = `{ "head": { "link": [], "vars": ["s", "o"] }, "results": { "bindings": [
  { "s": { "type": "uri", "value": "urn:a" }, "o": { "type": "literal", "xml:lang": "en", "value": "a,\\t\\"b\\"\\\\" } },
  { "s": { "type": "bnode", "value": "nodeID://b1" } , "o": { "type": "typed-literal", "datatype": "urn:t", "value": "5" } },
  { "o": { "type": "literal", "value": "\\"type\\": \\"typed-literal\\"" } } ] } }`;

describe('an answer of another SPARQL server', () => {
  test('is a boolean where one was asked for, however the server says it', () => {
    for (const [body, value] of [
      [YES, true],
      [NO, false],
      ['{"head":{},"boolean":true}', true],
      ['{"head":{},"boolean":false}', false],
    ] as const) {
      expect(JSON.parse(toStandardAnswer(body, 'ASK', JSON_RESULTS))).toEqual({ head: {}, boolean: value });
      expect(toStandardAnswer(body, 'ASK', XML_RESULTS)).toContain(`<head/><boolean>${value}</boolean>`);
    }
  });

  test('has the types of the standard in JSON, and its values as they were', () => {
    const { results } = JSON.parse(toStandardAnswer(ROWS, 'SELECT', JSON_RESULTS)) as {
      results: { bindings: Record<string, { type: string; value: string }>[] };
    };
    expect(results.bindings.map(({ o }) => [o?.type, o?.value])).toEqual([
      ['literal', 'a,\t"b"\\'],
      ['literal', '5'],
      ['literal', '"type": "typed-literal"'],
    ]);
  });

  test('is text by the standard: terms in TSV, values in CSV, labels that are labels', () => {
    expect(toStandardAnswer(ROWS, 'SELECT', TSV).split('\n')).toEqual([
      '?s\t?o',
      '<urn:a>\t"a,\\t\\"b\\"\\\\"@en',
      '_:nodeID_3a_2f_2fb1\t"5"^^<urn:t>',
      '\t"\\"type\\": \\"typed-literal\\""',
      '',
    ]);
    expect(toStandardAnswer(ROWS, 'SELECT', 'text/csv').split('\r\n')).toEqual([
      's,o',
      'urn:a,"a,\t""b""\\"',
      '_:nodeID_3a_2f_2fb1,5',
      ',"""type"": ""typed-literal"""',
      '',
    ]);
  });

  test('is asked for in JSON where it is made of that, and passed on where it is not', () => {
    expect(toAskedFormat('ASK', XML_RESULTS)).toBe(JSON_RESULTS);
    expect(toAskedFormat('SELECT', TSV)).toBe(JSON_RESULTS);
    expect(toAskedFormat('SELECT', XML_RESULTS)).toBe(XML_RESULTS);
    expect(toAskedFormat('CONSTRUCT', 'text/turtle')).toBe('text/turtle');
    expect(toStandardAnswer('<urn:a> <urn:b> 1 .', 'CONSTRUCT', 'text/turtle')).toBe('<urn:a> <urn:b> 1 .');
  });

  test.each([
    ['nothing', '', 'ASK'],
    ['something else', '[]x', 'ASK'],
    ['null', 'null', 'ASK'],
    ['rows of something else', ROWS, 'ASK'],
    ['a boolean', '{"boolean":true}', 'SELECT'],
  ] as const)('that is %s is told as the fault of that server', (_, body, form) => {
    expect(() => toStandardAnswer(body, form, form === 'ASK' ? JSON_RESULTS : TSV)).toThrow(/^The SPARQL server gave/);
  });
});

import { describe, expect, it } from 'vitest';
import type { GraphChange } from '../../../../src/catalog/graph-source.ts';
import { QuadReader } from '../../../../src/catalog/sparql/quads/quad-reader.ts';
import { QuadWriter } from '../../../../src/catalog/sparql/quads/quad-writer.ts';
import { ask, BASE } from './quad-story.ts';

/** Entries each of which supersedes the one before. */
function toChange(index: number): GraphChange {
  const iri = `${BASE}/e${index}`;
  const triples = `<${iri}> <urn:id> "${index}" .\n<${iri}> <urn:of> <urn:all> .\n`;
  return { index, iri, triples, isDeprecated: false, ...(index === 0 ? {} : { supersedes: index - 1 }) };
}

function values(answer: unknown): string[] {
  const { results } = answer as { results: { bindings: { v: { value: string } }[] } };
  return results.bindings.map(({ v }) => v.value).sort();
}

describe('a reader of the rows as they were', () => {
  it('finds everything, and comes to an end, while the writer has moved them', () => {
    const writer = new QuadWriter();
    let moves = 0;
    for (let index = 0; moves < 2; index++) {
      const { buffers } = writer;
      writer.take([toChange(index)], index + 1);
      if (writer.buffers.rows === buffers.rows) continue;
      moves++;
      const reader = new QuadReader(buffers);
      const newest = `${BASE}/e${index - 1}`;
      const some = `VALUES ?s { <${newest}> <${BASE}/e5> }`;
      expect(values(ask(`SELECT ?v { ${some} ?s <urn:id> ?v }`, reader, 'history', index))).toEqual(
        ['5', String(index - 1)].sort(),
      );
      expect(values(ask(`SELECT ?v { GRAPH <${newest}> { ?s <urn:id> ?v } }`, reader, 'history', index))).toEqual([
        String(index - 1),
      ]);
      expect(values(ask('SELECT (COUNT(?s) AS ?v) { ?s <urn:of> <urn:all> }', reader, 'history', index))).toEqual([
        String(index),
      ]);
      const later = new QuadReader(writer.buffers);
      expect(values(ask('SELECT (COUNT(?s) AS ?v) { ?s <urn:id> ?id }', later, 'history', index + 1))).toEqual([
        String(index + 1),
      ]);
    }
  });
});

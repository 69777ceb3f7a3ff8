import { describe, expect, it } from 'vitest';
import { toEntryGraph } from '../../src/catalog/entry-graph.ts';
import { toEntryPath } from '../../src/catalog/entry-path.ts';
import type { Quad } from '../../src/rdf/quad.ts';
import { DCTERMS, IMAGE_BASE, SLREQ, SLTERMS, VOUCH, XSD } from '../../src/rdf/vocabulary.ts';
import { at, BASE_URL, Expected, identifierOf, iri, plain, type Told, toRead } from './history.ts';

const STORY: Told[] = [
  { image: 1, by: 'jane', created: 0, os: 'ubuntu' },
  { image: 1, by: 'jane', created: 10 },
];
const IMAGE = iri(`${IMAGE_BASE}#${identifierOf(1)}`);
const ENTRY = `${BASE_URL}/metadata/${identifierOf(1)}/jane@example.org/2024-01-01T00:00:00Z`;

function graphOf(triples: readonly Quad[], index = 0): Quad[] {
  return toEntryGraph(new Expected(STORY).entries[index]!, triples, BASE_URL, new Date('2024-01-02T00:00:00Z'));
}

describe('toEntryGraph', () => {
  it('puts everything into the graph of the entry, about the entry instead of the image', () => {
    const quads = graphOf(toRead(STORY[0]!).triples);
    expect(new Set(quads.map((quad) => quad.graph))).toEqual(new Set([ENTRY]));
    expect(quads).toContainEqual({
      subject: iri(ENTRY),
      predicate: `${SLTERMS.ns}os`,
      object: plain('ubuntu'),
      graph: ENTRY,
    });
    expect(quads.some((quad) => quad.subject.value === IMAGE.value)).toBe(false);
    expect(quads.filter((quad) => quad.predicate === VOUCH.image).map((quad) => quad.object)).toEqual([IMAGE]);
  });

  it('says of the older entry what supersedes it, and of the current one that it is the latest', () => {
    const derived = (index: number) =>
      graphOf([], index)
        .filter((quad) => quad.predicate === VOUCH.supersededBy || quad.predicate === SLTERMS.tag)
        .map((quad) => [quad.predicate, quad.object.value]);
    expect(derived(0)).toEqual([[VOUCH.supersededBy, '1']]);
    expect(derived(1)).toEqual([[SLTERMS.tag, 'latest']]);
  });

  it('derives place in the log, time of acceptance, certificate and endorser', () => {
    const entry = new Expected(STORY).entries[1]!;
    const said = new Map(graphOf([], 1).map((quad) => [quad.predicate, quad.object]));
    expect(said.get(VOUCH.logIndex)).toEqual({ ...plain('1'), datatype: XSD.integer });
    expect(said.get(VOUCH.accepted)).toEqual({ ...plain('2024-01-01T00:00:15Z'), datatype: XSD.dateTime });
    expect(said.get(VOUCH.signer)).toEqual(plain(entry.signerSha256));
    expect(said.get(VOUCH.endorserKey)).toEqual(plain(entry.endorserKey));
  });

  it('names the images of the lineage by their IRIs, in the words of the registry', () => {
    const entry = new Expected(STORY).entries[0]!;
    const lineage = { replaces: identifierOf(2), isReplacedBy: identifierOf(3), isVersionOf: identifierOf(4) };
    const said = new Map(
      toEntryGraph({ ...entry, ...lineage }, [], BASE_URL).map(({ predicate, object }) => [predicate, object]),
    );
    expect(said.get(VOUCH.replaces)).toEqual(iri(`${IMAGE_BASE}#${identifierOf(2)}`));
    expect(said.get(VOUCH.replacedBy)).toEqual(iri(`${IMAGE_BASE}#${identifierOf(3)}`));
    expect(said.get(VOUCH.versionOf)).toEqual(iri(`${IMAGE_BASE}#${identifierOf(4)}`));
    expect(graphOf([]).some(({ predicate }) => predicate === VOUCH.replaces)).toBe(false);
  });

  it('gives blank nodes labels that no other entry has, and keeps them together', () => {
    const [first, second] = [0, 1].map((index) => graphOf(toRead(STORY[index]!).triples, index));
    const labels = (quads: Quad[]) =>
      quads.flatMap(({ subject, object }) => [subject, object]).filter((term) => term.termType === 'BlankNode');
    const firstLabels = new Set(labels(first!).map((term) => term.value));
    expect(firstLabels.size).toBe(2);
    for (const term of labels(second!)) expect(firstLabels).not.toContain(term.value);
    const endorsement = first!.find((quad) => quad.predicate === SLREQ.endorsement)!.object;
    expect(first!.filter((quad) => quad.subject.value === endorsement.value)).toHaveLength(2);
  });

  it('lets no document speak about other entries or images, or in the words of the registry', () => {
    const spoofed: Quad[] = [
      { subject: IMAGE, predicate: VOUCH.endorserKey, object: plain('somebody else') },
      { subject: IMAGE, predicate: VOUCH.supersededBy, object: plain('0') },
      { subject: IMAGE, predicate: SLTERMS.tag, object: plain('latest') },
      {
        subject: iri(`${BASE_URL}/metadata/x/bob@example.org/2024-01-01T00:00:00Z`),
        predicate: SLTERMS.deprecated,
        object: plain('no'),
      },
      { subject: iri(`${IMAGE_BASE}#${identifierOf(2)}`), predicate: DCTERMS.title, object: plain('not mine') },
      { subject: iri(BASE_URL), predicate: DCTERMS.title, object: plain('not mine') },
    ];
    expect(graphOf(spoofed, 1)).toEqual(graphOf([], 1));
    const tool: Quad = {
      subject: iri('http://bio.example.org/tool'),
      predicate: DCTERMS.title,
      object: plain('BLAST'),
    };
    expect(graphOf([tool], 1)).toContainEqual({ ...tool, graph: graphOf([], 1)[0]!.graph });
  });

  it('escapes the e-mail in the IRI', () => {
    expect(toEntryPath(identifierOf(1), 'a b/../c>?#"@example.org', at(0))).toBe(
      `/metadata/${identifierOf(1)}/a%20b%2F..%2Fc%3E%3F%23%22@example.org/2024-01-01T00:00:00Z`,
    );
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { DataFactory, Parser, Store } from 'n3';

const MF = 'http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#';
const RDF_TYPE = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type';

/** A node of a manifest's graph, and the way from it to others. Predicates are whole IRIs. */
export class Node {
  #graph;
  #lists;

  constructor(graph, lists, term) {
    this.#graph = graph;
    this.#lists = lists;
    this.term = term;
  }

  all(predicate) {
    const objects = this.#graph.getObjects(this.term, DataFactory.namedNode(predicate), null);
    return objects.map((term) => new Node(this.#graph, this.#lists, term));
  }

  one(predicate) {
    return this.all(predicate)[0];
  }

  /** The members of the lists that the predicate names, in order. */
  list(predicate) {
    return this.all(predicate).flatMap(({ term }) =>
      (this.#lists[term.value] ?? []).map((member) => new Node(this.#graph, this.#lists, member)),
    );
  }

  /** The text of a literal, the IRI of a node, undefined where there is none. */
  text(predicate) {
    return this.one(predicate)?.term.value;
  }

  /** The path of the file that the predicate names. */
  file(predicate) {
    const url = this.text(predicate);
    return url === undefined ? undefined : fileURLToPath(url);
  }
}

/**
 * The tests of a manifest and of those it includes, in order: `{ id, kind, name, node, directory, base }`. An id is the name of
 * the manifest's directory and of the test in it, as in `bind#bind01`; `base` is the IRI that the suite assumes for the directory.
 */
export function readTests(file) {
  const { graph, lists } = readGraph(file);
  const at = (term) => new Node(graph, lists, term);
  const manifest = at(graph.getSubjects(RDF_TYPE, `${MF}Manifest`, null)[0]);
  const directory = dirname(file);
  const included = manifest.list(`${MF}include`).flatMap(({ term }) => {
    const path = fileURLToPath(term.value);
    return existsSync(path) ? readTests(path) : [toMissing(path)];
  });
  const own = manifest.list(`${MF}entries`).map((node) => ({
    id: `${basename(directory)}#${node.term.value.replace(/^.*#/, '')}`,
    kind: (node.text(RDF_TYPE) ?? '').replace(/^.*#/, ''),
    name: node.text(`${MF}name`) ?? '',
    node,
    directory,
    base: manifest.text(`${MF}assumedTestBase`) ?? `http://w3c.test/${basename(directory)}/`,
  }));
  return [...included, ...own];
}

function readGraph(file) {
  const quads = new Parser({ baseIRI: pathToFileURL(file).href }).parse(readFileSync(file, 'utf8'));
  const graph = new Store(quads);
  return { graph, lists: graph.extractLists() };
}

/** What stands for all tests of a manifest that is named but not there. */
function toMissing(path) {
  return { id: `${basename(dirname(path))}#`, kind: 'MissingManifest', name: path };
}

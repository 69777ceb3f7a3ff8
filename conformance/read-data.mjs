import { readFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { Parser } from 'n3';
import { RdfXmlParser } from 'rdfxml-streaming-parser';

/** The quads (RDF/JS) of a data file, its relative IRIs resolved against `base` and the name of the file. */
export function readData(file, base) {
  const baseIRI = base + basename(file);
  const text = readFileSync(file, 'utf8');
  return extname(file) === '.rdf' ? readRdfXml(text, baseIRI) : new Parser({ baseIRI }).parse(text);
}

function readRdfXml(text, baseIRI) {
  return new Promise((resolve, reject) => {
    const quads = [];
    const parser = new RdfXmlParser({ baseIRI });
    parser.on('data', (quad) => quads.push(quad));
    parser.on('error', reject);
    parser.on('end', () => resolve(quads));
    parser.end(text);
  });
}

/** A quad as the rooms of src/ hold it; `label` keeps blank nodes of several files apart. */
export function toPlainQuad({ subject, predicate, object }, label = '') {
  return { subject: toPlainTerm(subject, label), predicate: predicate.value, object: toPlainTerm(object, label) };
}

function toPlainTerm({ termType, value, language = '', datatype }, label) {
  if (termType === 'Literal') return { termType, value, language, datatype: datatype.value };
  return { termType, value: termType === 'BlankNode' ? label + value : value };
}

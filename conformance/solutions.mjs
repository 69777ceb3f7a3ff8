import { Parser, Store } from 'n3';
import { childElements, readCanonicalTree, textOf } from '../dist/xml/canonical-tree.js';
import { toCanonicalText } from './xml.mjs';

const RS = 'http://www.w3.org/2001/sw/DataAccess/tests/result-set#';
const XSD = 'http://www.w3.org/2001/XMLSchema#';

/**
 * Reads results in a format of SPARQL 1.1: `{ boolean }`, or `{ variables, rows }` with a row a map from variable to the text of
 * its term in N-Triples. CSV has no terms: there the texts are its fields, and those of blank nodes.
 */
export function readSolutions(text, format) {
  switch (format) {
    case 'srx':
      return readXml(text);
    case 'srj':
      return readJson(text);
    case 'csv':
      return readTable(readCsv(text), (field) => field);
    case 'tsv':
      return readTable(
        text
          .replace(/\r?\n$/, '')
          .split(/\r?\n/)
          .map((line) => line.split('\t')),
        readTurtleTerm,
      );
    default:
      throw new Error(`${format} is no format of results.`);
  }
}

/** Reads results written in the vocabulary of the first suites; undefined where the graph is no result. */
export function readResultGraph(quads) {
  const graph = new Store(quads);
  const [set] = graph.getSubjects('http://www.w3.org/1999/02/22-rdf-syntax-ns#type', `${RS}ResultSet`, null);
  if (set === undefined) return undefined;
  const [boolean] = graph.getObjects(set, `${RS}boolean`, null);
  if (boolean !== undefined) return { boolean: boolean.value === 'true' };
  const variables = graph.getObjects(set, `${RS}resultVariable`, null).map(({ value }) => value);
  const rows = graph.getObjects(set, `${RS}solution`, null).map((solution) => {
    const bindings = graph.getObjects(solution, `${RS}binding`, null).map((binding) => {
      const [variable] = graph.getObjects(binding, `${RS}variable`, null);
      const [value] = graph.getObjects(binding, `${RS}value`, null);
      return [variable.value, toText(value)];
    });
    return new Map(bindings);
  });
  return { variables, rows };
}

/** The text of an RDF/JS term, such that terms of equal value have equal texts: a suite asks for a number, not for its spelling. */
export function toText({ termType, value, language = '', datatype }) {
  if (termType === 'NamedNode') return `<${value}>`;
  if (termType === 'BlankNode') return `_:${value}`;
  if (language !== '') return `${JSON.stringify(value)}@${language.toLowerCase()}`;
  const type = datatype?.value ?? `${XSD}string`;
  return `${JSON.stringify(toPlainValue(value, type))}^^<${type}>`;
}

/** One spelling for each number of a type and for each truth value; other values as they are. */
function toPlainValue(value, type) {
  if (type === `${XSD}boolean`) return { 0: 'false', 1: 'true' }[value] ?? value;
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(value)) return value;
  if (type === `${XSD}double` || type === `${XSD}float`) return String(Number(value));
  if (type !== `${XSD}integer` && type !== `${XSD}decimal`) return value;
  const [, sign, whole, fraction = ''] = /^([+-]?)0*(\d*)(?:\.(\d*?)0*)?$/.exec(value) ?? [];
  if (whole === undefined) return value;
  const digits = `${whole === '' ? '0' : whole}${fraction === '' ? '' : `.${fraction}`}`;
  return sign === '-' && digits !== '0' ? `-${digits}` : digits;
}

function readJson(text) {
  const { head, boolean, results } = JSON.parse(text);
  if (boolean !== undefined) return { boolean };
  const toTerm = ({ type, value, datatype, 'xml:lang': language }) => {
    const termType = { uri: 'NamedNode', bnode: 'BlankNode' }[type] ?? 'Literal';
    return toText({ termType, value, language, datatype: datatype === undefined ? undefined : { value: datatype } });
  };
  const rows = results.bindings.map((row) => new Map(Object.entries(row).map(([name, term]) => [name, toTerm(term)])));
  return { variables: head.vars ?? [], rows };
}

function readXml(text) {
  const root = readCanonicalTree(toCanonicalText(text));
  const named = (element, local) => childElements(element).filter((child) => child.local === local);
  const attribute = (element, local) => element.attributes.find((one) => one.local === local)?.value;
  const [boolean] = named(root, 'boolean');
  if (boolean !== undefined) return { boolean: textOf(boolean).trim() === 'true' };
  const toTerm = (element) => {
    const termType = { uri: 'NamedNode', bnode: 'BlankNode' }[element.local] ?? 'Literal';
    const datatype = attribute(element, 'datatype');
    return toText({
      termType,
      value: textOf(element) ?? '',
      language: attribute(element, 'lang'),
      datatype: datatype === undefined ? undefined : { value: datatype },
    });
  };
  const variables = named(named(root, 'head')[0], 'variable').map((variable) => attribute(variable, 'name'));
  const rows = named(named(root, 'results')[0], 'result').map(
    (result) =>
      new Map(
        named(result, 'binding').map((binding) => [attribute(binding, 'name'), toTerm(childElements(binding)[0])]),
      ),
  );
  return { variables, rows };
}

function readTable([head, ...lines], readField) {
  const variables = head.map((name) => name.replace(/^\?/, ''));
  const rows = lines.map((line) => {
    const fields = line.map((field, place) => [variables[place], field]).filter(([, field]) => field !== '');
    return new Map(fields.map(([name, field]) => [name, readField(field)]));
  });
  return { variables, rows };
}

/** Fields by RFC 4180. */
function readCsv(text) {
  const lines = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    lines.at(-1).push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === '') break;
    if (end !== ',') lines.push([]);
  }
  const [last] = lines.slice(-1);
  return last.length === 1 && last[0] === '' ? lines.slice(0, -1) : lines;
}

function readTurtleTerm(field) {
  const [quad] = new Parser().parse(`<urn:s> <urn:p> ${field} .`);
  // the parser gives labels of its own
  return field.startsWith('_:') ? field : toText(quad.object);
}

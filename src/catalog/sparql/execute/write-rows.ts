import { KIND } from '../quads/column.ts';
import type { SparqlFormat } from '../sparql.ts';
import { quoteCsv, quoteTsv } from '../table-cell.ts';
import { ByteWriter } from './byte-writer.ts';
import type { TermSpace } from './term-space.ts';

const RESULTS = 'http://www.w3.org/2005/sparql-results#';

/** What a format makes of one row. */
type WriteRow = (row: Int32Array, isFirst: boolean) => void;

/** The rows of a SELECT as text. Throws `too-large` past `limit` bytes. */
export function writeRows(
  names: readonly string[],
  rows: readonly Int32Array[],
  format: SparqlFormat,
  terms: TermSpace,
  limit: number,
): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(limit);
  const write = (writeRow: WriteRow): void => {
    for (const [place, row] of rows.entries()) writeRow(row, place === 0);
  };
  switch (format) {
    case 'application/sparql-results+json':
      writer.text(`{"head":{"vars":${JSON.stringify(names)}},"results":{"bindings":[`);
      write(toJsonRow(names, terms, writer));
      writer.text(']}}');
      break;
    case 'application/sparql-results+xml': {
      const variables = names.map((name) => `<variable name="${name}"/>`).join('');
      writer.text(`<?xml version="1.0"?><sparql xmlns="${RESULTS}"><head>${variables}</head><results>`);
      write(toXmlRow(names, terms, writer));
      writer.text('</results></sparql>');
      break;
    }
    case 'text/csv':
      writer.text(`${names.join(',')}\r\n`);
      write((row) => writer.text(`${Array.from(row, (term) => toCsvCell(term, terms)).join(',')}\r\n`));
      break;
    default:
      writer.text(`${names.map((name) => `?${name}`).join('\t')}\n`);
      write((row) => writer.text(`${Array.from(row, (term) => toTsvCell(term, terms)).join('\t')}\n`));
  }
  return writer.end();
}

/** The answer to an ASK. */
export function writeTruth(isTrue: boolean, format: SparqlFormat): string {
  return format === 'application/sparql-results+json'
    ? `{"head":{},"boolean":${isTrue}}`
    : `<?xml version="1.0"?><sparql xmlns="${RESULTS}"><head></head><boolean>${isTrue}</boolean></sparql>`;
}

function toJsonRow(names: readonly string[], terms: TermSpace, writer: ByteWriter): WriteRow {
  const toHeads = (type: string) =>
    names.map((name) => Buffer.from(`${JSON.stringify(name)}:{"type":"${type}","value":"`));
  const [uris, blanks, literals] = [toHeads('uri'), toHeads('bnode'), toHeads('literal')];
  const [open, close, comma, end] = ['{', '}', ',', '"'].map((text) => Buffer.from(text)) as [
    Buffer,
    Buffer,
    Buffer,
    Buffer,
  ];
  const { termEnd, bytes } = terms.reader.columns;
  return (row, isFirst) => {
    if (!isFirst) writer.ascii(comma);
    writer.ascii(open);
    let isNext = false;
    for (let place = 0; place < row.length; place++) {
      const term = row[place]!;
      if (term === 0) continue;
      if (isNext) writer.ascii(comma);
      isNext = true;
      const kind = terms.kindOf(term);
      const heads = kind === KIND.iri ? uris : kind === KIND.blank ? blanks : literals;
      const head = heads[place]!;
      if (isAscii(names[place]!)) writer.ascii(head);
      else writer.text(head.toString());
      if (terms.isPlain(term)) writer.copy(bytes, termEnd[term - 1]!, termEnd[term]!);
      else writer.text(JSON.stringify(terms.textOf(term)).slice(1, -1));
      writer.ascii(end);
      if (kind === KIND.lang) writer.text(`,"xml:lang":${JSON.stringify(terms.typeOf(term))}`);
      else if (kind > KIND.lang) writer.text(`,"datatype":${JSON.stringify(terms.typeOf(term))}`);
      writer.ascii(close);
    }
    writer.ascii(close);
  };
}

function isAscii(name: string): boolean {
  return /^[\x20-\x7e]*$/.test(name);
}

function toXmlRow(names: readonly string[], terms: TermSpace, writer: ByteWriter): WriteRow {
  return (row) => {
    let text = '<result>';
    for (const [place, term] of row.entries()) {
      if (term !== 0) text += `<binding name="${names[place]}">${toXmlTerm(term, terms)}</binding>`;
    }
    writer.text(`${text}</result>`);
  };
}

function toXmlTerm(term: number, terms: TermSpace): string {
  const text = toXmlText(terms.textOf(term));
  const kind = terms.kindOf(term);
  if (kind === KIND.iri) return `<uri>${text}</uri>`;
  if (kind === KIND.blank) return `<bnode>${text}</bnode>`;
  if (kind === KIND.string) return `<literal>${text}</literal>`;
  const name = kind === KIND.lang ? 'xml:lang' : 'datatype';
  return `<literal ${name}="${toXmlText(terms.typeOf(term))}">${text}</literal>`;
}

function toXmlText(text: string): string {
  // what XML cannot hold at all is replaced
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
    .replace(/[&<>"\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function toCsvCell(term: number, terms: TermSpace): string {
  if (term === 0) return '';
  return quoteCsv(terms.kindOf(term) === KIND.blank ? `_:${terms.textOf(term)}` : terms.textOf(term));
}

function toTsvCell(term: number, terms: TermSpace): string {
  if (term === 0) return '';
  const text = terms.textOf(term);
  const kind = terms.kindOf(term);
  if (kind === KIND.iri) return `<${text}>`;
  if (kind === KIND.blank) return `_:${text}`;
  if (kind === KIND.integer || kind === KIND.boolean || (kind === KIND.decimal && text.includes('.'))) return text;
  const quoted = quoteTsv(text);
  if (kind === KIND.string) return quoted;
  return kind === KIND.lang ? `${quoted}@${terms.typeOf(term)}` : `${quoted}^^<${terms.typeOf(term)}>`;
}

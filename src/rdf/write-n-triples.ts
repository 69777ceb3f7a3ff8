import type { Quad, Term } from './quad.ts';
import { RDF, XSD } from './vocabulary.ts';

/** What may not stand in an IRI of any RDF syntax; an attacker would end the IRI with one of these. */
const NOT_IN_IRI = /[\u0000-\u0020<>"{}|^`\\]/g;
const LANGUAGE = /^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$/;
const BLANK_LABEL = /^[A-Za-z0-9]+$/;

/** The text with lone surrogates replaced by U+FFFD: what can be written as UTF-8. */
export function toWellFormed(text: string): string {
  return text.replace(/[\ud800-\udfff]/gu, '\ufffd');
}

/** An IRI that is safe between `<` and `>` in every format: characters no IRI can hold are percent-encoded, lone surrogates replaced. */
export function toSafeIri(iri: string): string {
  return toWellFormed(iri).replace(
    NOT_IN_IRI,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

/** The term as every writer may write it: safe IRIs, well-formed text, a language only where it is one, blank labels of letters and digits. */
export function toSafeTerm(term: Term): Term {
  switch (term.termType) {
    case 'NamedNode':
      return { termType: 'NamedNode', value: toSafeIri(term.value) };
    case 'BlankNode':
      return BLANK_LABEL.test(term.value) ? term : { termType: 'BlankNode', value: toBlankLabel(term.value) };
    case 'Literal': {
      const value = toWellFormed(term.value);
      if (LANGUAGE.test(term.language)) {
        return { termType: 'Literal', value, language: term.language, datatype: RDF.langString };
      }
      // a language that is none leaves a plain string: rdf:langString without a language is no literal at all
      const datatype = term.datatype === '' || term.datatype === RDF.langString ? XSD.string : toSafeIri(term.datatype);
      return { termType: 'Literal', value, language: '', datatype };
    }
  }
}

/** N-Triples text of the triples (graphs are left out), one line each, safe for any values in them. */
export function writeNTriples(quads: readonly Quad[]): string {
  let text = '';
  for (const quad of quads) {
    text += `${writeTerm(quad.subject)} <${toSafeIri(quad.predicate)}> ${writeTerm(quad.object)} .\n`;
  }
  return text;
}

function writeTerm(term: Term): string {
  const safe = toSafeTerm(term);
  switch (safe.termType) {
    case 'NamedNode':
      return `<${safe.value}>`;
    case 'BlankNode':
      return `_:${safe.value}`;
    case 'Literal': {
      const quoted = `"${safe.value.replace(/[\u0000-\u001f"\\\u007f]/g, escapeCharacter)}"`;
      if (safe.language !== '') return `${quoted}@${safe.language}`;
      return safe.datatype === XSD.string ? quoted : `${quoted}^^<${safe.datatype}>`;
    }
  }
}

function escapeCharacter(character: string): string {
  switch (character) {
    case '"':
      return '\\"';
    case '\\':
      return '\\\\';
    case '\n':
      return '\\n';
    case '\r':
      return '\\r';
    case '\t':
      return '\\t';
    default:
      return `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
  }
}

/** Distinct labels stay distinct: every other character becomes its code between two `x`. */
function toBlankLabel(label: string): string {
  return `x${label.replace(/[^A-WYZa-wyz0-9]/g, (character) => `x${character.charCodeAt(0).toString(16)}x`)}`;
}

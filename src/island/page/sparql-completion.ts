import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import type { EditorView } from '@codemirror/view';
import { PREFIXES } from '../../rdf/vocabulary.ts';
import { SPARQL_FUNCTIONS, SPARQL_TERMS, SPARQL_WORDS, type SparqlTerm } from './sparql-terms.ts';

const NAMESPACES: Readonly<Record<string, string>> = PREFIXES;
const FIXED: readonly Completion[] = [
  ...SPARQL_TERMS.map(toTermCompletion),
  ...SPARQL_WORDS.map((label) => ({ label, type: 'keyword' })),
  ...SPARQL_FUNCTIONS.map((name) => ({ label: `${name}(`, type: 'function' })),
];

/** What may stand where the cursor is: our terms, words of SPARQL, variables of this query, prefixes after PREFIX. */
export function completeSparql(context: CompletionContext): CompletionResult | null {
  const text = context.state.doc.toString();
  const declared = context.matchBefore(/\bPREFIX\s+[\w-]*:?/i);
  if (declared !== null)
    return { from: declared.from, options: toDeclarations(text), validFor: /^PREFIX\s+[\w-]*:?$/i };
  const variable = context.matchBefore(/[?$]\w*/);
  if (variable !== null) {
    const names = new Set(text.match(/[?$]\w+/g) ?? []);
    names.delete(variable.text);
    return {
      from: variable.from,
      options: [...names].sort().map((label) => ({ label, type: 'variable' })),
      validFor: /^[?$]\w*$/,
    };
  }
  const word = context.matchBefore(/[A-Za-z][\w-]*:?[\w-]*/);
  if (word === null && !context.explicit) return null;
  if (isInside(text.slice(0, context.pos))) return null;
  return { from: word?.from ?? context.pos, options: FIXED, validFor: /^[A-Za-z][\w-]*:?[\w-]*$/ };
}

/** True in a string, an IRI or a comment of the last line. */
function isInside(before: string): boolean {
  const line = before
    .slice(before.lastIndexOf('\n') + 1)
    .replace(/<[^<>\s]*>/g, '')
    .replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '');
  return /["'#]|<\S*$/.test(line);
}

function toDeclarations(text: string): Completion[] {
  return Object.entries(NAMESPACES)
    .filter(([prefix]) => !isDeclared(text, prefix))
    .map(([prefix, namespace]) => ({
      label: `PREFIX ${prefix}:`,
      apply: `PREFIX ${prefix}: <${namespace}>`,
      detail: namespace,
      type: 'namespace',
    }));
}

/** Taking a term declares its prefix where the query does not. */
function toTermCompletion({ name, prefix }: SparqlTerm): Completion {
  return {
    label: name,
    type: 'property',
    apply(view: EditorView, _completion, from, to) {
      const namespace = NAMESPACES[prefix];
      const isMissing = namespace !== undefined && !isDeclared(view.state.doc.toString(), prefix);
      const head = isMissing ? `PREFIX ${prefix}: <${namespace}>\n` : '';
      view.dispatch({
        changes: [
          { from: 0, insert: head },
          { from, to, insert: name },
        ],
        selection: { anchor: from + head.length + name.length },
      });
    },
  };
}

function isDeclared(text: string, prefix: string): boolean {
  return new RegExp(`\\bPREFIX\\s+${prefix}:`, 'i').test(text);
}

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { bracketMatching, HighlightStyle, StreamLanguage, syntaxHighlighting } from '@codemirror/language';
import { sparql } from '@codemirror/legacy-modes/mode/sparql';
import { setDiagnostics } from '@codemirror/lint';
import { EditorState } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { completeSparql } from './sparql-completion.ts';

/** Colours of the page, which change with its scheme. */
const COLOURS = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword], color: 'var(--link)', fontWeight: '600' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--valid)' },
  { tag: [tags.number, tags.bool, tags.atom], color: 'var(--expired)' },
  { tag: tags.comment, color: 'var(--quiet)', fontStyle: 'italic' },
  { tag: [tags.standard(tags.variableName), tags.variableName], color: 'var(--deprecated)' },
]);

const LOOK = EditorView.theme({
  '&': {
    color: 'var(--ink)',
    backgroundColor: 'var(--panel)',
    border: '1px solid color-mix(in srgb, var(--quiet) 65%, var(--line))',
    borderRadius: '6px',
    fontSize: '.9rem',
  },
  '&.cm-focused': { outline: '3px solid var(--accent)', outlineOffset: '2px' },
  '.cm-scroller': {
    fontFamily: 'ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace',
    lineHeight: '1.5',
    minHeight: '10rem',
    maxHeight: '32rem',
  },
  '.cm-content': { caretColor: 'var(--ink)', padding: '.5rem 0' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-gutters': { backgroundColor: 'transparent', color: 'var(--quiet)', border: '0' },
  '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--mark) 55%, transparent)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'color-mix(in srgb, var(--accent) 30%, transparent)',
  },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': {
    backgroundColor: 'var(--superseded-wash)',
    outline: '1px solid var(--quiet)',
  },
  '.cm-tooltip': { backgroundColor: 'var(--panel)', color: 'var(--ink)', border: '1px solid var(--line)' },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': { backgroundColor: 'var(--accent)', color: 'var(--on-accent)' },
  '.cm-lintRange-error': {
    backgroundImage: 'none',
    backgroundColor: 'var(--deprecated-wash)',
    borderBottom: '2px wavy var(--deprecated)',
  },
});

/**
 * Typing over a selection, done by the editor: Chromium would write style attributes while it joins what is left, which the page's policy
 * refuses with a message on the console. Brackets and quotes go the usual way, where they close themselves.
 */
const OVERTYPING = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { inputType, data } = event;
    const isOurs = inputType === 'insertText' && data !== null && !/^[([{"'<]$/.test(data);
    if (!isOurs || view.composing) return false;
    const [from, to] = selectedRange(view);
    if (from === to) return false;
    const cursor = from + view.state.toText(data).length;
    view.dispatch({
      changes: { from, to, insert: data },
      selection: { anchor: cursor },
      scrollIntoView: true,
      userEvent: 'input.type',
    });
    return true;
  },
});

/**
 * What is selected, as the browser has it: the editor hears of a change only later, and the typing may come first. Chromium tells it of a
 * shadow tree at its root; others at the document. Where neither knows, the editor does.
 */
function selectedRange(view: EditorView): readonly [from: number, to: number] {
  const root: DocumentOrShadowRoot & { getSelection?(): Selection | null } = view.root;
  const selection = root.getSelection?.() ?? document.getSelection();
  const { anchorNode, focusNode } = selection ?? {};
  const isInside = (node: Node | null | undefined): node is Node => view.contentDOM.contains(node ?? null);
  const { from, to } = view.state.selection.main;
  if (selection === null || !isInside(anchorNode) || !isInside(focusNode)) return [from, to];
  const ends = [view.posAtDOM(anchorNode, selection.anchorOffset), view.posAtDOM(focusNode, selection.focusOffset)];
  return [Math.min(...ends), Math.max(...ends)];
}

/** An editor in place of a text field, whose text it keeps up to date. */
export interface SparqlEditor {
  text(): string;
  replace(text: string): void;
  focus(): void;
  /** Says at a line (from 1) what is wrong in it, and puts the cursor there. */
  markLine(number: number, message: string): void;
}

/**
 * Puts the editor where the field is, which then hides. It lives in a shadow tree, because only there its rules are style sheets made by
 * script, which the page's policy lets be; in the document they would be style elements, which it does not. Control and Enter (Command on a Mac) run it.
 */
export function openSparqlEditor(field: HTMLTextAreaElement, run: () => void): SparqlEditor {
  const host = document.createElement('div');
  host.className = 'editor';
  const root = host.attachShadow({ mode: 'open' });
  const label = field.closest('label');
  (label ?? field).after(host);
  // Who began to type before the editor was here goes on in it.
  const isTyping = document.activeElement === field;
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: field.value,
      extensions: [
        ...[lineNumbers(), history(), drawSelection(), bracketMatching(), closeBrackets(), highlightActiveLine()],
        ...[StreamLanguage.define(sparql), syntaxHighlighting(COLOURS), LOOK, OVERTYPING],
        EditorView.lineWrapping,
        autocompletion({ override: [completeSparql], icons: false }),
        EditorView.contentAttributes.of({ 'aria-label': 'SPARQL query', autocapitalize: 'off', spellcheck: 'false' }),
        keymap.of([
          {
            key: 'Mod-Enter',
            run: () => {
              run();
              return true;
            },
          },
          ...[...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap],
        ]),
        EditorView.updateListener.of(({ docChanged, state }) => {
          if (docChanged) field.value = state.doc.toString();
        }),
      ],
    }),
  });
  if (label !== null) label.hidden = true;
  if (isTyping) {
    view.focus();
    view.dispatch({ selection: { anchor: Math.min(field.selectionEnd, view.state.doc.length) } });
  }
  // Nobody could be led to a field that is not seen.
  field.required = false;
  return {
    text: () => view.state.doc.toString(),
    replace: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
    focus: () => view.focus(),
    markLine(number, message) {
      if (number < 1 || number > view.state.doc.lines) return;
      const { from, to } = view.state.doc.line(number);
      view.dispatch(setDiagnostics(view.state, [{ from, to: Math.max(to, from), severity: 'error', message }]));
      view.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from) });
    },
  };
}

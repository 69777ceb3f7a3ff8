/*
 * The query page: an editor in place of the text field, which marks what the server found wrong at its line; answers as table, chart or raw; and
 * queries the reader keeps. Sending stays the form's, so that the address of an answer can be shared.
 */
import { openAnswerView } from './page/answer-view.ts';
import { add } from './page/element.ts';
import { openKeptQueries } from './page/kept-queries.ts';
import { openSparqlEditor } from './page/sparql-editor.ts';

const form = document.querySelector<HTMLFormElement>('form[data-query]');
const field = form?.querySelector('textarea');
if (form && field) start(form, field);

function start(form: HTMLFormElement, field: HTMLTextAreaElement): void {
  const editor = openSparqlEditor(field, () => form.requestSubmit());
  const row = form.querySelector('.row');
  if (row !== null) {
    const hint = add(row, 'span', 'Control and Enter run it; Control and Space complete.');
    hint.className = 'quiet small';
  }
  openKeptQueries(form, editor.text, (query) => {
    editor.replace(query);
    editor.focus();
  });
  const said = document.querySelector('#query-error');
  const line = Number(form.dataset.line);
  if (said !== null && line > 0) {
    editor.markLine(line, said.querySelector('pre')?.textContent ?? 'Here it is wrong.');
    for (const excerpt of said.querySelectorAll<HTMLElement>('ol.source')) excerpt.hidden = true;
    editor.focus();
  }
  const answer = document.querySelector<HTMLElement>('[data-answer=rows]');
  const json = document.querySelector<HTMLAnchorElement>('a[data-format=json]');
  if (answer !== null) openAnswerView(answer, json?.href);
}

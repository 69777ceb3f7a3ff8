import { html } from 'hono/html';
import type { Face } from '../face.ts';
import { asOfField } from './layout.ts';
import type { Markup } from './markup.ts';

/** Longest search text, in characters. */
const LONGEST = 200;

/** The search field of the pages that list entries; `action` is the list it asks. Its script shows what is found while one types. */
export function searchForm(face: Face, action: string, words: string): Markup {
  return html`<form id="search" class="search" role="search" action="${face.href(action)}" method="get" data-browse>
<div class="field"><label>Search titles, descriptions, systems, endorsers, tags, identifiers and checksums
<input type="search" name="q" maxlength="${LONGEST}" value="${words}" autocomplete="off" autocapitalize="none" spellcheck="false"></label>
<button>Search</button></div>${asOfField(face)}
</form>`;
}

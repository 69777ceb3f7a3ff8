import { html } from 'hono/html';
import type { Face } from '../face.ts';
import type { Narrow } from './facet-nav.ts';
import { type ListParameters, toLabel, toNarrowing } from './list-words.ts';
import { type Markup, toCount, written } from './markup.ts';

/** A search in other words, and how many entries it finds. */
export interface OtherWords {
  readonly text: string;
  readonly total: number;
}

/** What leads on from a list that nothing is in; each has at least one entry. */
export interface Help {
  /** The same search in other words. */
  readonly words: readonly OtherWords[];
  /** The same search without one of the filters. */
  readonly without: readonly { readonly name: string; readonly total: number }[];
}

/** Says that nothing fits, and what would. */
export function nothingNote(face: Face, parameters: ListParameters, narrowed: Narrow, help?: Help): Markup {
  const asked = toNarrowing(parameters);
  if (asked.length === 0) return emptyNote(face);
  const ways = [
    ...(help?.words ?? []).map(
      ({ text, total }) =>
        html`<li>Did you mean <a href="${narrowed('q', text)}">${written(text)}</a>? ${entriesOf(total)}</li>`,
    ),
    ...(help?.without ?? []).map(({ name, total }) =>
      name === 'anyStatus'
        ? html`<li><a href="${narrowed('status', 'all')}">Look in every status</a>: ${entriesOf(total)} expired, deprecated or superseded.</li>`
        : html`<li><a href="${narrowed(name, undefined)}">Leave out ${toLabel(name).toLowerCase()} “${written(parameters[name] ?? '')}”</a>: ${entriesOf(total)}</li>`,
    ),
  ];
  return html`<div class="note"><p><strong>No entry fits.</strong> Asked for were ${asked.map(
    ([name, value], index) =>
      html`${index === 0 ? '' : index === asked.length - 1 ? ' and ' : ', '}${toLabel(name).toLowerCase()} “${written(value)}”`,
  )}${parameters.status === undefined ? ' among the valid entries' : ''}.</p>
<ul class="plain">
${ways}
<li><a href="${face.href('/metadata')}">Show all valid entries</a></li>
${parameters.q === undefined ? '' : html`<li>Each word must be the beginning of one in the entry: “deb” finds “debian”, “ebian” does not.</li>`}
</ul></div>`;
}

function entriesOf(total: number): string {
  return toCount(total, 'entry', 'entries');
}

function emptyNote(face: Face): Markup {
  return html`<div class="note"><p><strong>No entry fits.</strong> There is no valid entry here.</p>
<ul class="plain"><li><a href="${face.href('/metadata?status=all')}">Look in every status</a>: entries may be expired, deprecated or superseded.</li>
<li><a href="${face.href('/upload')}">Upload an entry</a></li></ul></div>`;
}

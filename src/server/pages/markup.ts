import { html } from 'hono/html';
import { toVisibleText } from '../visible-text.ts';

/** Escaped HTML, as the `html` template makes it. Every value put into one is escaped unless it is markup itself. */
export type Markup = ReturnType<typeof html>;

/** Text an endorser wrote: isolated, so that its writing direction and controls stay inside it. */
export function written(text: string): Markup {
  return html`<bdi>${toVisibleText(text)}</bdi>`;
}

/** A table in a region that scrolls by itself on narrow screens and can be reached by keyboard. */
export function table(caption: string, columns: readonly Markup[], rows: readonly Markup[], kind = ''): Markup {
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0">
<table class="${kind}"><caption>${caption}</caption><thead><tr>${columns}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** Names and what they say; facts without a value are left out. */
export function facts(pairs: readonly (readonly [string, Markup | string | number | undefined])[]): Markup {
  return html`<dl class="facts">${pairs
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** A number with the word for what is counted: `1 entry`, `2,000 entries`. */
export function toCount(count: number, one: string, many: string): string {
  return `${count.toLocaleString('en-GB')} ${count === 1 ? one : many}`;
}

/** Several values one under the other; the lone one as it is; undefined for none. */
export function several(values: readonly Markup[]): Markup | undefined {
  if (values.length < 2) return values[0];
  return html`<ul>${values.map((value) => html`<li>${value}</li>`)}</ul>`;
}

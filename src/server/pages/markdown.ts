import { html } from 'hono/html';
import type { Markup } from './markup.ts';

/** `code`, **strong**, *emphasis*; links stay text, since what they point to lies beside the file. */
function inline(text: string): Markup[] {
  const pieces = text.split(/(`[^`]+`|\*\*[^*]+\*\*|\*[^*]+\*|\[[^\]]+\]\([^)]+\))/);
  return pieces.map((piece) => {
    if (/^`.+`$/s.test(piece)) return html`<code>${piece.slice(1, -1)}</code>`;
    if (/^\*\*.+\*\*$/s.test(piece)) return html`<strong>${piece.slice(2, -2)}</strong>`;
    if (/^\*.+\*$/s.test(piece)) return html`<em>${piece.slice(1, -1)}</em>`;
    return html`${/^\[([^\]]+)\]\(/.exec(piece)?.[1] ?? piece}`;
  });
}

/**
 * Our own documentation as HTML: the part of Markdown it uses (headings, paragraphs, lists, fenced code, inline marks), blocks
 * parted by blank lines. Headings get their text as id, so that `#<code>` leads to the heading of a code.
 */
export function toMarkup(markdown: string): Markup[] {
  const blocks = markdown.trim().split(/\n\s*\n/);
  return blocks.map((block) => {
    const heading = /^(#{1,3}) (.+)$/.exec(block);
    const text = heading?.[2] ?? '';
    switch (heading?.[1]) {
      case '#':
        return html`<h1>${inline(text)}</h1>`;
      case '##':
        return html`<h2>${inline(text)}</h2>`;
      case '###':
        return html`<h3 id="${text}">${inline(text)}</h3>`;
    }
    if (block.startsWith('```')) return html`<pre tabindex="0">${block.split('\n').slice(1, -1).join('\n')}</pre>`;
    if (/^[-*] /.test(block)) {
      return html`<ul class="plain">${block.split(/\n(?=[-*] )/).map((line) => html`<li>${inline(line.slice(2))}</li>`)}</ul>`;
    }
    return html`<p>${inline(block)}</p>`;
  });
}

import { readFile } from 'node:fs/promises';
import type { Hono } from 'hono';
import { html } from 'hono/html';
import { toETag } from '../etag.ts';
import type { Face } from '../face.ts';
import { layout } from '../pages/layout.ts';
import { toMarkup } from '../pages/markdown.ts';
import { type Markup, table } from '../pages/markup.ts';
import { FAULT_REPLIES, type FaultReply } from '../problem.ts';
import { mount, notModified } from '../resource.ts';

/** Pages made from a file of `docs/`, which is two folders up from the source and from the compiled file alike. */
const FILES = [
  { name: 'findings', title: 'Findings' },
  { name: 'receipt', title: 'What a receipt proves' },
] as const;

/**
 * What the `type` of a problem leads to, `/docs/findings#<code>` and `/docs/problems#<code>`, and what pages explain elsewhere than
 * on themselves.
 */
export function mountDocs(app: Hono, face: Face): void {
  for (const { name, title } of FILES) {
    const file = new URL(`../../../docs/${name}.md`, import.meta.url);
    mount(app, face, `/docs/${name}`, {
      GET: async (c) => {
        const text = await readFile(file, 'utf8');
        return notModified(c, toETag(name, text)) ?? c.html(layout(face, { title }, html`${toMarkup(text)}`));
      },
    });
  }
  mount(app, face, '/docs/problems', {
    GET: (c) =>
      notModified(c, toETag('problems', JSON.stringify(FAULT_REPLIES))) ??
      c.html(layout(face, { title: 'Problems' }, problemsPage(face))),
  });
}

function problemsPage(face: Face): Markup {
  const replies: readonly (readonly [string, FaultReply])[] = Object.entries(FAULT_REPLIES);
  return html`<h1>Problems</h1>
<p class="lead">What a request can meet besides <a href="${face.href('/docs/findings')}">findings about an entry</a>.
Replies are problem details as in RFC 9457; their type leads here.</p>
${table(
  'Every problem code with its usual status',
  ['Code', 'Status', 'Meaning'].map((name) => html`<th scope="col">${name}</th>`),
  replies.map(
    ([code, reply]) => html`<tr id="${code}">
<td><code>${code}</code></td>
<td data-label="Status" class="time">${reply.status} ${reply.title}</td>
<td data-label="Meaning">${reply.meaning}</td>
</tr>`,
  ),
  'cards',
)}`;
}

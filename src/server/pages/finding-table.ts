import { html } from 'hono/html';
import type { Face } from '../face.ts';
import type { ProblemFinding } from '../problem.ts';
import { type Markup, table, written } from './markup.ts';

/** Every finding with its code, sentence and place in the document. */
export function findingTable(face: Face, caption: string, findings: readonly ProblemFinding[]): Markup {
  const hasFiles = findings.some((finding) => finding.file !== undefined);
  const columns = [...(hasFiles ? ['File'] : []), 'Check', 'Code', 'What was found', 'Where'];
  return table(
    caption,
    columns.map((name) => html`<th scope="col">${name}</th>`),
    findings.map(
      (finding) => html`<tr>
${hasFiles ? html`<td>${written(finding.file ?? '')}</td>` : ''}
<td data-label="Check">${finding.check}${finding.severity === 'warning' ? ' (warning)' : ''}</td>
<td data-label="Code"><a href="${face.href(`/docs/findings#${finding.code}`)}"><code>${finding.code}</code></a></td>
<td data-label="What was found">${written(finding.message)}</td>
<td data-label="Where">${toPlace(finding)}</td>
</tr>`,
    ),
    'cards',
  );
}

function toPlace({ where }: ProblemFinding): Markup | string {
  if (where === undefined) return '';
  const line = where.line === undefined ? '' : `line ${where.line}`;
  return where.element === undefined ? line : html`${line} <code>${written(where.element)}</code>`;
}

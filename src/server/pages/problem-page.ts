import { html } from 'hono/html';
import type { Face } from '../face.ts';
import type { Problem } from '../problem.ts';
import { findingTable } from './finding-table.ts';
import { layout } from './layout.ts';
import { type Markup, written } from './markup.ts';

/** A problem for people, with a way onward. */
export function problemPage(face: Face, problem: Problem): Markup {
  const findings = problem.findings ?? [];
  return layout(
    face,
    { title: problem.title },
    html`<h1>${problem.title}</h1>
<div class="note bad"><p>${written(problem.detail)}</p></div>
${findings.length === 0 ? '' : findingTable(face, 'All findings', findings)}
<h2>From here</h2>
<form class="search" role="search" action="${face.href('/metadata')}" method="get">
<label class="grow">Search the entries<input type="search" name="q" maxlength="200" autocomplete="off"></label>
<button>Search</button>
</form>
<ul class="plain">
<li><a href="${face.href('/')}">Home</a></li>
<li><a href="${face.href('/metadata')}">All valid entries</a></li>
<li><a href="${face.href('/endorsers')}">Endorsers</a></li>
</ul>
<p class="quiet small">Status ${problem.status}, <a href="${face.href(problem.type)}">what this means</a></p>`,
  );
}

import { html } from 'hono/html';
import type { Face } from '../face.ts';
import { toVisibleText } from '../visible-text.ts';
import { type FoundList, foundRegion } from './found-region.ts';
import { layout } from './layout.ts';
import type { Markup } from './markup.ts';
import { type Help, nothingNote } from './nothing-note.ts';
import { searchForm } from './search-form.ts';

/** A page of entries below the field that searches them. `action` is the path the field asks. */
export function listPage(
  face: Face,
  list: FoundList & {
    readonly action: string;
    readonly heading: string;
    /** What may help where nothing was found. */
    readonly help?: Help;
    readonly alternates: readonly (readonly [string, string])[];
  },
): Markup {
  const { parameters } = list;
  const title = parameters.q === undefined ? list.heading : `${parameters.q} · ${list.heading}`;
  return layout(
    face,
    { title, section: '/metadata', feed: '/feed', alternates: list.alternates, islands: ['browse'] },
    html`<h1><bdi>${toVisibleText(list.heading)}</bdi></h1>
${searchForm(face, list.action, parameters.q ?? '')}
${foundRegion(face, list, () => nothingNote(face, parameters, list.narrowed, list.help))}
<p class="quiet small">Also as ${list.alternates.map(
      ([type, href], index) =>
        html`${index === 0 ? '' : ', '}<a href="${href}">${type.replace(/^.*\//, '').toUpperCase()}</a>`,
    )}. ${face.registry.overlay === undefined ? 'As of log size' : 'Records of all logs:'} ${list.page.logSize}.</p>`,
  );
}

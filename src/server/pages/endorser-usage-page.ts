import { html } from 'hono/html';
import { statusOf } from '../../catalog/catalog.ts';
import type { UsedImage } from '../../usage/use-report.ts';
import type { Face } from '../face.ts';
import { badge, toEndorserPath } from './entry-words.ts';
import { layout } from './layout.ts';
import { type Markup, toCount, written } from './markup.ts';
import { countingNote, usedTable } from './use-words.ts';

/** Which images of an endorser are shown: all, those that nobody used for a year, or withdrawn ones that sites were asked for. */
export const USE_CHOICES = ['all', 'unused', 'withdrawn'] as const;
export type UseChoice = (typeof USE_CHOICES)[number];

const CHOICE_WORDS: Readonly<Record<UseChoice, readonly [label: string, none: string]>> = {
  all: ['All images', 'This address endorses no image.'],
  unused: ['Used by nobody for a year', 'Every image was used within a year, or is not here for so long.'],
  withdrawn: [
    'Withdrawn, and asked for all the same',
    'No site has reported in the last 30 days that somebody asked for an image that was withdrawn with this address.',
  ],
};

/** How the images are used that an e-mail address stands for. */
export function endorserUsagePage(
  face: Face,
  email: string,
  parts: {
    readonly choice: UseChoice;
    readonly images: readonly UsedImage[];
    /** Link to the next of them; absent at the end. */
    readonly next: string | undefined;
    readonly at: Date;
  },
): Markup {
  const { choice, images, next, at } = parts;
  const path = `${toEndorserPath(email)}/usage`;
  const [label, none] = CHOICE_WORDS[choice];
  return layout(
    face,
    {
      title: `Use of the images of ${email}`,
      section: '/endorsers',
      alternates: [['application/json', `?show=${choice}&format=json`]],
    },
    html`<h1>Use of the images of ${written(email)}</h1>
<nav aria-label="Which images"><ul class="row bare">${USE_CHOICES.map(
      (one) =>
        html`<li><a href="${face.href(`${path}?show=${one}`)}"${one === choice ? html` aria-current="page"` : ''}>${CHOICE_WORDS[one][0]}</a></li>`,
    )}</ul></nav>
${
  images.length === 0
    ? html`<p>${next === undefined ? none : 'None among those looked through so far.'}</p>`
    : usedTable(
        face,
        `${label}: ${toCount(images.length, 'image', 'images')}, used in the last 30 days so often`,
        images,
        {
          heading: 'Status',
          cell: ({ entry }) => (entry === undefined ? '' : badge(statusOf(entry, at))),
        },
      )
}
${next === undefined ? '' : html`<p><a class="button" rel="next" href="${next}">Further images</a></p>`}
${countingNote(face)}
<p><a href="${face.href(toEndorserPath(email))}">Everything about this endorser</a></p>`,
  );
}

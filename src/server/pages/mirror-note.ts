import { html } from 'hono/html';
import type { ShownOrigin } from '../../registry/overlay.ts';
import type { Face } from '../face.ts';
import { moment } from './entry-words.ts';
import type { Markup } from './markup.ts';

/** Says that the copy is not what the log shows now, where it is so: the reader must know before he reads on. */
export function mirrorWarning({ registry, href }: Face): Markup | '' {
  if (registry.overlay !== undefined)
    return html`${registry.overlay.origins().map((one) => followedWarning(one, href('/origins')))}`;
  const following = registry.mirrored?.following();
  if (following === undefined) return '';
  if (following.state === 'forked') {
    return html`<div class="note care" role="alert"><p><strong>The log of ${following.origin} told two histories.</strong> This mirror keeps the
one it saw first, up to record ${following.size}, takes nothing more from it, and holds the proof. Ask the operators before you rely on
what is newer.</p></div>
`;
  }
  if (following.problem === undefined) return '';
  return html`<div class="note care" role="alert"><p><strong>This mirror may be out of date:</strong> the registry it copies could not be followed since
${moment(following.problem.since)}.</p></div>
`;
}

/** The same of a log whose entries are shown besides: the own ones are as they should be. */
function followedWarning({ origin, following }: ShownOrigin, originsHref: string): Markup | '' {
  if (following === undefined) return '';
  if (following.state === 'forked') {
    return html`<div class="note care" role="alert"><p><strong>The log of ${origin} told two histories.</strong> What is shown of it is the one that was
seen first, up to record ${following.size}; nothing more is taken from it, and the proof is kept. Ask the operators before you rely on it.</p></div>
`;
  }
  if (following.problem === undefined) return '';
  return html`<div class="note care" role="alert"><p><strong>Entries of ${origin} may be out of date:</strong> it could not be followed since
${moment(following.problem.since)}. <a href="${originsHref}">Why</a></p></div>
`;
}

/** Says whose copy the pages are of. */
export function mirrorNote({ registry, href }: Face): Markup | '' {
  if (registry.overlay !== undefined) {
    return html`Entries of other registries are shown besides: <a href="${href('/origins')}">origins</a>.
`;
  }
  if (registry.mirrored === undefined) return '';
  const { writerUrl } = registry.mirrored;
  return html`It is a verified copy of <a href="${writerUrl}">${writerUrl}</a>, which takes uploads.
`;
}

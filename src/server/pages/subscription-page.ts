import { html } from 'hono/html';
import type { Face } from '../face.ts';
import { layout } from './layout.ts';
import { type Markup, written } from './markup.ts';

/** Whom a link is about, and whether he gets reminders. */
export interface Subscription {
  readonly email: string;
  readonly token: string;
  readonly isSubscribed: boolean;
}

/** Where the link in a reminder leads: one button, which ends reminders or begins them again. */
export function subscriptionPage(face: Face, { email, token, isSubscribed }: Subscription): Markup {
  const title = isSubscribed ? 'Reminders' : 'No more reminders';
  const [path, button, sentence] = isSubscribed
    ? ['unsubscribe', 'Send me no more reminders', 'gets reminders about its endorsements from this registry.']
    : [
        'subscribe',
        'Send me reminders again',
        'gets no more reminders from this registry. Mails that ask to confirm an entry still come.',
      ];
  return layout(
    face,
    { title },
    html`<h1>${title}</h1>
<p class="lead">${written(masked(email))} ${sentence}</p>
<form class="search" method="post" action="${face.href(`/${path}/${token}`)}"><button>${button}</button></form>`,
  );
}

/** Mails are forwarded with their links; the address is for its owner to recognise. */
function masked(email: string): string {
  const at = email.lastIndexOf('@');
  return `${email.slice(0, Math.min(2, at))}…${email.slice(at)}`;
}

import type { Finding } from '../../errors.ts';

/** Where this registry takes documents and tells of them, as the page says it. */
export interface RegistryPlace {
  /** What addresses the registry gives out begin with. */
  readonly baseUrl: string;
  /** The path that stands for it on this page. */
  readonly root: string;
}

/** How a submission stands. `isEnd` where nothing more will come of it. */
export interface Standing {
  readonly tone: 'good' | 'care' | 'bad';
  readonly isEnd: boolean;
  readonly sentence: string;
  readonly entryHref?: string;
  readonly index?: number;
  readonly findings?: readonly Finding[];
}

/** What the server replies to a document and to the question what became of it. */
interface Reply {
  readonly outcome?: 'accepted' | 'known' | 'pending' | 'unconfirmed';
  readonly status?: string | number;
  readonly location?: string;
  readonly index?: number;
  readonly expiresAt?: string;
  readonly detail?: string;
  readonly title?: string;
  readonly findings?: readonly Finding[];
}

const SOON_MS = 2_000;
const LATEST_MS = 30_000;

/** Reads from the page's markup where the registry is. */
export function readPlace(element: HTMLElement): RegistryPlace {
  return { baseUrl: element.dataset.base ?? '', root: element.dataset.root ?? '' };
}

/**
 * Sends one signed document and follows what becomes of it: each standing is told as it comes, the last one returned. Failing
 * to reach the registry is a standing, too. It stops where the signal says so.
 */
export async function submitDocument(
  bytes: Uint8Array<ArrayBuffer>,
  place: RegistryPlace,
  tell: (standing: Standing) => void,
  signal?: AbortSignal,
): Promise<Standing> {
  let standing = await send(bytes, place);
  tell(standing.now);
  for (
    let waitMs = SOON_MS;
    !standing.now.isEnd && standing.ask !== undefined;
    waitMs = Math.min(waitMs * 1.3, LATEST_MS)
  ) {
    await pause(waitMs);
    if (signal?.aborted === true) break;
    const next = await ask(standing.ask, place);
    // A question that got no answer is asked again.
    if (next === undefined) continue;
    if (next.now.sentence !== standing.now.sentence) tell(next.now);
    standing = next;
  }
  return standing.now;
}

interface Step {
  readonly now: Standing;
  /** Where to ask what became of it. */
  readonly ask?: string;
}

async function send(bytes: Uint8Array<ArrayBuffer>, place: RegistryPlace): Promise<Step> {
  try {
    const reply = await fetch(`${place.root}/metadata`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/rdf+xml', Accept: 'application/json' },
      body: bytes,
      redirect: 'error',
    });
    return readReceipt((await reply.json()) as Reply, place);
  } catch (thrown) {
    return {
      now: refused(`Nothing is known of it: ${toSentence(thrown)} Send it again: the registry knows a file it has.`),
    };
  }
}

function readReceipt(reply: Reply, place: RegistryPlace): Step {
  const links = toLinks(reply, place);
  switch (reply.outcome) {
    case 'accepted':
      return { now: { tone: 'good', isEnd: true, sentence: 'The entry was accepted.', ...links } };
    case 'known':
      return { now: { tone: 'good', isEnd: true, sentence: 'Exactly these bytes were accepted before.', ...links } };
    case 'pending':
      return { now: witnessed(), ...toQuestion(reply, place) };
    case 'unconfirmed':
      return { now: waiting(reply.expiresAt), ...toQuestion(reply, place) };
    default: {
      const { findings = [], detail = 'The registry did not take it.' } = reply;
      const sentence = findings.length === 0 ? detail : 'The registry refused it. Nothing of it was kept.';
      return { now: { ...refused(sentence), findings } };
    }
  }
}

const ENDINGS: Readonly<Record<string, string>> = {
  refused: 'Its endorser confirmed it, but it is no longer acceptable.',
  rejected: 'Its endorser rejected it, and it was dropped.',
  reported: 'It was reported as abuse, and dropped.',
  expired: 'Nobody confirmed it in time, and it was dropped. Send it again.',
  undeliverable: 'The mail could not be delivered to the address it names, and it was dropped.',
};

async function ask(href: string, place: RegistryPlace): Promise<Step | undefined> {
  try {
    const response = await fetch(href, {
      headers: { Accept: 'application/json' },
      cache: 'no-store',
      redirect: 'error',
    });
    if (!response.ok) return undefined;
    const reply = (await response.json()) as Reply;
    if (reply.status === 'recorded') {
      const sentence = 'The entry is in the log, and shown.';
      return { now: { tone: 'good', isEnd: true, sentence, ...toLinks(reply, place) } };
    }
    if (reply.status === 'pending') return { now: witnessed(), ask: href };
    if (reply.status === 'unconfirmed') return { now: waiting(reply.expiresAt), ask: href };
    const sentence = ENDINGS[String(reply.status)] ?? 'It became no entry.';
    return { now: { ...refused(sentence), findings: reply.findings ?? [] } };
  } catch {
    return undefined;
  }
}

function witnessed(): Standing {
  const sentence =
    'The entry was accepted, and waits for the witnesses of the log. It is safe; this page looks again by itself.';
  return { tone: 'care', isEnd: false, sentence };
}

function waiting(expiresAt: string | undefined): Standing {
  const until = expiresAt === undefined ? '' : ` It can be confirmed until ${expiresAt}.`;
  const sentence = `The entry waits for its endorser: a mail goes to the address it names, with a link to confirm it.${until}`;
  return { tone: 'care', isEnd: false, sentence };
}

function refused(sentence: string): Standing {
  return { tone: 'bad', isEnd: true, sentence };
}

function toLinks({ location, index }: Reply, { baseUrl, root }: RegistryPlace): Partial<Standing> {
  const isHere = location?.startsWith(`${baseUrl}/`) === true;
  return {
    ...(isHere ? { entryHref: `${root}${location.slice(baseUrl.length)}` } : {}),
    ...(index === undefined ? {} : { index }),
  };
}

/** The registry names itself by its public address; here it is asked where this page came from. */
function toQuestion({ status }: Reply, { baseUrl, root }: RegistryPlace): { ask?: string } {
  if (typeof status !== 'string' || !status.startsWith(`${baseUrl}/`)) return {};
  return { ask: `${root}${status.slice(baseUrl.length)}` };
}

function toSentence(thrown: unknown): string {
  return thrown instanceof SyntaxError
    ? 'the registry did not answer as expected.'
    : 'the registry could not be reached.';
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

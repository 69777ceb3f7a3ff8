import type { Context, Hono } from 'hono';
import type { CatalogEntry, EntryStatus } from '../../catalog/catalog.ts';
import { toEntryAddress } from '../../catalog/entry-path.ts';
import { isIdentifier } from '../../entry/identifier.ts';
import { VouchError } from '../../errors.ts';
import type { Usage } from '../../usage/usage.ts';
import type { ListedUse } from '../../usage/usage-store.ts';
import { NO_USE } from '../../usage/use-count.ts';
import { toUseDay, writeUseDay } from '../../usage/use-day.ts';
import { RECEIPT_BYTES, readReceipt, type UseReceipt } from '../../usage/use-receipt.ts';
import type { ImageUse, UsedImage } from '../../usage/use-report.ts';
import { readBody, toMediaType } from '../body.ts';
import type { Face } from '../face.ts';
import { isAdministrator, toSiteToken } from '../gate.ts';
import { endorserUsagePage, USE_CHOICES, type UseChoice } from '../pages/endorser-usage-page.ts';
import { toEndorserPath } from '../pages/entry-words.ts';
import { unusedPage, usagePage } from '../pages/usage-page.ts';
import { toNotFound } from '../problem.ts';
import { replyProblem } from '../problem-reply.ts';
import { choose, isReply, mount, replyJson, toRawPath } from '../resource.ts';
import { readSegments } from '../selector.ts';
import { toUsedImageJson, toUseJson, toWithdrawnJson } from '../use-json.ts';

/** Who sees the names that sites give themselves: administrators, or whoever may read. */
export type SiteNames = 'administrators' | 'readers';

export interface UsageParts {
  readonly siteNames: SiteNames;
  /** Seconds a receipt may take to arrive. */
  readonly bodySeconds: number;
}

const REPRESENTATIONS = [
  { name: 'json', mediaTypes: ['application/json'] },
  { name: 'html', mediaTypes: ['text/html', 'application/xhtml+xml'] },
] as const;

const YEAR = 365;
const DAYS_MOST = 3_650;
/** Unused images on the page with everything, and on their own. */
const FEW = 20;
const SHOWN = 100;
/** Images of an endorser on a page, and entries that are looked through for them. */
const IMAGES = 50;
const LOOKED_THROUGH = 1_000;
const STEP = 200;
const CURRENT: readonly EntryStatus[] = ['valid', 'expired', 'deprecated'];

/** `/usage` and what is below it, and the use of an endorser's images. */
export function mountUsage(app: Hono, face: Face, usage: Usage, parts: UsageParts): void {
  mount(app, face, '/usage', { GET: (c) => replyUsage(c, face, usage, parts) });
  mount(app, face, '/usage/unused', { GET: (c) => replyUnused(c, face, usage) });
  mount(app, face, '/usage/images/:identifier', { GET: (c) => replyImage(c, face, usage) });
  mount(app, face, '/usage/receipts', { POST: (c) => replyReceipt(c, face, usage, parts) });
  mount(app, face, '/endorsers/:email/usage', { GET: (c) => replyEndorser(c, face, usage) });
}

/** Chooses the form. What is answered depends on who asks and on the minute: no cache has a use for it. */
function begin(c: Context, face: Face) {
  c.header('Cache-Control', 'no-store');
  c.header('Vary', 'Accept');
  const chosen = choose(c, face, REPRESENTATIONS, c.req.query('format'));
  return isReply(chosen) ? chosen : chosen.name;
}

async function replyUsage(c: Context, face: Face, usage: Usage, { siteNames }: UsageParts): Promise<Response> {
  const form = begin(c, face);
  if (typeof form !== 'string') return form;
  const isShowingNames = siteNames === 'readers' || isAdministrator(c);
  const report = await usage.report();
  const unused = await readUnused(face, usage, YEAR, FEW, undefined);
  if (form === 'html') return c.html(usagePage(face, usage, report, unused, isShowingNames));
  const { baseUrl } = face.registry;
  const at = face.now();
  return replyJson(c, {
    countedSince: writeUseDay(usage.begun),
    madeAt: report.madeAt.toISOString(),
    complete: report.isWhole,
    sitesReporting: usage.countSites(30),
    top: report.top.map((one) => toUsedImageJson(one, at, baseUrl)),
    withdrawn: report.withdrawn.map((one) => toWithdrawnJson(one, at, baseUrl, isShowingNames)),
    unused: toUnusedJson(face, unused),
  });
}

async function replyUnused(c: Context, face: Face, usage: Usage): Promise<Response> {
  const form = begin(c, face);
  if (typeof form !== 'string') return form;
  const text = c.req.query('days') ?? String(YEAR);
  const days = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (days < 1 || days > DAYS_MOST) {
    throw new VouchError('usage', `The parameter days must be a whole number from 1 to ${DAYS_MOST}.`);
  }
  const unused = await readUnused(face, usage, days, SHOWN, readAfter(c.req.query('after')));
  if (form === 'html') return c.html(unusedPage(face, usage, unused));
  return replyJson(c, { countedSince: writeUseDay(usage.begun), ...toUnusedJson(face, unused) });
}

async function readUnused(
  face: Face,
  usage: Usage,
  days: number,
  limit: number,
  after: ListedUse | undefined,
): Promise<{ readonly days: number; readonly images: readonly UsedImage[]; readonly next: string | undefined }> {
  const { images, next } = await usage.unused(days, { limit, ...(after === undefined ? {} : { after }) });
  const search = next && new URLSearchParams({ days: String(days), after: `${next.day}.${next.name}` });
  return { days, images, next: search && face.href(`/usage/unused?${search}`) };
}

function toUnusedJson(face: Face, { days, images, next }: Awaited<ReturnType<typeof readUnused>>) {
  const { baseUrl } = face.registry;
  return {
    days,
    images: images.map((one) => toUsedImageJson(one, face.now(), baseUrl)),
    ...(next === undefined ? {} : { next: new URL(next, baseUrl).href }),
  };
}

function readAfter(text: string | undefined): ListedUse | undefined {
  if (text === undefined || text === '') return undefined;
  const [, day, name] = /^(\d{1,6})\.([A-Za-z0-9_-]{27})$/.exec(text) ?? [];
  if (name === undefined)
    throw new VouchError('usage', 'The parameter after must be the one of a link to a next page.');
  return { day: Number(day), name };
}

/** One image, and how often each of its newest entries was looked up. */
async function replyImage(c: Context, face: Face, usage: Usage): Promise<Response> {
  c.header('Cache-Control', 'no-store');
  const identifier = readSegments(toRawPath(c))?.[2] ?? '';
  const use = isIdentifier(identifier) ? (await usage.ofImages([identifier])).get(identifier) : undefined;
  if (use === undefined) return replyProblem(c, face, toNotFound(`No entry about an image ${identifier} is here.`));
  const { catalog, registry } = face;
  const sites = await usage.sitesOf(identifier);
  const { entries } = await catalog.list({ identifier }, face.now(), { limit: SHOWN });
  const lookups = entries.map(async (entry) => {
    const { recent, total } = (await usage.ofEntry(entry.documentSha256)) ?? { recent: NO_USE, total: NO_USE };
    const href = registry.baseUrl + toEntryAddress(entry);
    return { href, last30Days: { lookups: recent.lookups }, total: { lookups: total.lookups } };
  });
  return replyJson(c, { identifier, ...toUseJson(use), sites: sites.length, entries: await Promise.all(lookups) });
}

/** Takes what a site counted on one day. Sent again, it takes the place of what it was. */
async function replyReceipt(c: Context, face: Face, usage: Usage, { bodySeconds }: UsageParts): Promise<Response> {
  c.header('Cache-Control', 'no-store');
  const token = toSiteToken(c);
  if (token === undefined) {
    c.header('WWW-Authenticate', 'Bearer realm="Vouch"');
    const how = 'made with "vouch token FILE NAME --role site" for the file of the setting access.tokens';
    throw new VouchError('unauthorized', `A receipt needs the token of a site (Authorization: Bearer), ${how}.`);
  }
  if (toMediaType(c.req.header('Content-Type')) !== 'application/json') {
    throw new VouchError('media-type', 'A receipt is application/json.');
  }
  const receipt = readReceiptBytes(
    await readBody(c.req.raw, { bytes: RECEIPT_BYTES, seconds: bodySeconds }),
    face.now(),
  );
  const { images, unknown } = await usage.take(token, receipt);
  return replyJson(c, { day: writeUseDay(receipt.day), images, unknown });
}

function readReceiptBytes(bytes: Uint8Array, now: Date): UseReceipt {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new VouchError('malformed', 'The receipt is not JSON in UTF-8.', { cause });
  }
  const reading = readReceipt(json, toUseDay(now));
  if (!reading.ok) throw new VouchError('usage', reading.why);
  return reading.receipt;
}

async function replyEndorser(c: Context, face: Face, usage: Usage): Promise<Response> {
  const form = begin(c, face);
  if (typeof form !== 'string') return form;
  const email = readSegments(toRawPath(c))?.[1] ?? '';
  const choice = (c.req.query('show') ?? 'all') as UseChoice;
  if (!USE_CHOICES.includes(choice)) {
    throw new VouchError('usage', `The parameter show must be one of ${USE_CHOICES.join(', ')}.`);
  }
  const at = face.now();
  const found = await readEndorsed(face, usage, email, choice, c.req.query('after'));
  if (found === undefined) {
    return replyProblem(c, face, toNotFound('Nobody has endorsed an image here with this e-mail address.'));
  }
  const { images, next: after } = found;
  const link = after && `${toEndorserPath(email)}/usage?${new URLSearchParams({ show: choice, after })}`;
  if (form === 'html') {
    return c.html(endorserUsagePage(face, email, { choice, images, next: link && face.href(link), at }));
  }
  const { baseUrl } = face.registry;
  return replyJson(c, {
    countedSince: writeUseDay(usage.begun),
    email,
    show: choice,
    images: images.map((one) => toUsedImageJson(one, at, baseUrl)),
    ...(link === undefined ? {} : { next: `${baseUrl}${link}` }),
  });
}

/** A page of an endorser's current entries with the use of their images; undefined where the address has none of any kind. */
async function readEndorsed(face: Face, usage: Usage, email: string, choice: UseChoice, from: string | undefined) {
  const { catalog } = face;
  const at = face.now();
  const statuses = choice === 'withdrawn' ? (['deprecated'] as const) : CURRENT;
  const limit = choice === 'all' ? IMAGES : STEP;
  const images: UsedImage[] = [];
  let after = from;
  for (let seen = 0; ; ) {
    const page = await catalog.list({ email, statuses }, at, { limit, ...(after ? { after } : {}) });
    if (seen === 0 && page.entries.length === 0 && (await catalog.list({ email }, at, { limit: 1 })).total === 0)
      return undefined;
    const uses = await usage.ofImages(page.entries.map(({ identifier }) => identifier));
    images.push(...page.entries.flatMap((entry) => toChosen(entry, uses.get(entry.identifier), choice, at)));
    seen += page.entries.length;
    after = page.next;
    if (after === undefined || choice === 'all' || images.length >= IMAGES || seen >= LOOKED_THROUGH) break;
  }
  return { images, next: after };
}

function toChosen(entry: CatalogEntry, use: ImageUse | undefined, choice: UseChoice, at: Date): UsedImage[] {
  if (use === undefined) return [];
  const { allowed, denied, downloaded } = use.recent;
  const isChosen = {
    all: true,
    unused: Math.max(use.last ?? 0, use.since) <= toUseDay(at) - YEAR,
    withdrawn: allowed + denied + downloaded > 0,
  }[choice];
  return isChosen ? [{ identifier: entry.identifier, use, entry }] : [];
}

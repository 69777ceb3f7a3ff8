import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checksumImage } from '../../../src/endorse/checksum-image.ts';
import { toIdentifier } from '../../../src/entry/identifier.ts';
import { toFinding, VouchError } from '../../../src/errors.ts';
import { ReaderLogSource } from '../../../src/peer/reader-log-source.ts';
import type { Subscription, Subscriptions } from '../../../src/policy/subscription.ts';
import type { OpenRegistry } from '../../../src/registry/open-registry.ts';
import { ImageCache } from '../../../src/site/download/image-cache.ts';
import { Ledger } from '../../../src/site/subscription/ledger.ts';
import { isAskedFor, mayBeAskedFor } from '../../../src/site/subscription/match-subscription.ts';
import { NoticeRunner } from '../../../src/site/subscription/notice-runner.ts';
import { SubscriptionKeeper } from '../../../src/site/subscription/subscription-keeper.ts';
import { describeImage, makeEndorser, makeEntry, NOW, type TestEndorser } from '../../endorser.ts';
import { makeJudged, makePolicy } from '../../policy/judged.ts';
import { makePlace, type RegistryPlace } from '../../registry/world.ts';
import { GRACE_MS, openSite, type SitePlace } from '../place.ts';

let folder = '';
let place: RegistryPlace;
let registry: OpenRegistry;
let ada: TestEndorser;
let opened: SitePlace;
let keeper: SubscriptionKeeper;
let ledger: Ledger;

const SUBSCRIPTIONS: Subscriptions = {
  list: [{ name: 'ada', endorser: { email: 'ada@example.org', emailAlone: true } }],
  recheckMs: 1_000,
  commands: { allowed: ['/bin/false'], withdrawn: ['/bin/false'] },
  timeoutMs: 1_000,
  digest: 'one',
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vouch-keeper-'));
  place = await makePlace();
  registry = await place.open();
  ada = await makeEndorser(place.authority, 'ada');
  opened = await openSite(place, registry, makePolicy('endorsers: { allow: anyone }'));
  ledger = await Ledger.over();
  await open();
});
afterEach(async () => {
  await keeper[Symbol.asyncDispose]();
  await opened.log[Symbol.asyncDispose]();
  await registry.close();
  place.remove();
  rmSync(folder, { recursive: true });
});

let now = NOW;
async function open(subscriptions = SUBSCRIPTIONS): Promise<void> {
  now = NOW;
  const tell = () => undefined;
  keeper = new SubscriptionKeeper(subscriptions, {
    site: opened.site,
    ledger,
    cache: await new ImageCache(join(folder, 'images')).open(),
    // It is never woken up here by a command that works, so that what is to be told stays.
    runner: new NoticeRunner({ ...subscriptions, commands: {} }, { ledger, env: {}, tell }),
    fetch: { allowsPrivate: false, fileRoots: [folder], idleSeconds: 5, pauseMs: () => 0 },
    graceMs: GRACE_MS,
    tell,
    now: () => now,
  });
}

function moveTo(ms: number): void {
  now = new Date(NOW.getTime() + ms);
  opened.setNow(now);
}

/** Somebody says something about a real file; gives its identifier. */
async function say(name: string, by: TestEndorser, seconds: number, changes: Parameters<typeof describeImage>[1] = {}) {
  const path = join(folder, name);
  writeFileSync(path, `the bytes of ${name}`);
  const image = await checksumImage(path, {
    algorithms: ['SHA-1', 'SHA-256'],
    signal: new AbortController().signal,
  });
  const identifier = toIdentifier(image.checksums[0]!.value);
  const description = describeImage(name, {
    identifier,
    sizeBytes: image.sizeBytes,
    checksums: image.checksums,
    locations: [pathToFileURL(path).href],
    format: 'raw',
    ...changes,
  });
  const bytes = await makeEntry(by, description, { createdAt: new Date(NOW.getTime() - seconds * 1_000) });
  expect((await registry.submit(bytes)).outcome).toBe('accepted');
  return identifier;
}

async function round(): Promise<void> {
  await opened.log.sync({ withDocuments: true });
  await keeper.round();
}

const state = (image: string): string | undefined => ledger.get(image)?.state;
const WAIT = { timeout: 20_000 } as const;

async function fetched(image: string): Promise<string> {
  await round();
  await expect.poll(() => ledger.get(image)?.held?.file, WAIT).toBeDefined();
  return ledger.get(image)!.held!.file;
}

describe('a site with subscriptions', () => {
  it('keeps what it has while the registry is away for longer than the grace, and takes nothing new', async () => {
    const image = await say('one', ada, 100);
    const file = await fetched(image);
    const gone = () => Promise.reject(new VouchError('unreachable', 'It is away.'));
    opened.setSource({ name: 'gone', checkpoint: gone, tile: gone, bundle: gone, blob: gone });
    moveTo(GRACE_MS * 3);
    await round();
    expect([state(image), existsSync(file)]).toEqual(['undecided', true]);
    expect(ledger.get(image)!.reasons.join(' ')).toContain('longer ago than the grace allows');
    expect(ledger.get(image)!.subscriptions).toEqual(['ada']);
  });

  it('takes an image away about which a document is withheld, but not before the grace is over', async () => {
    const image = await say('one', ada, 100);
    const file = await fetched(image);
    const { log } = registry;
    await say('one', ada, 50, { deprecated: 'It has a hole.', locations: [] });
    const honest = new ReaderLogSource(log);
    const withhold = () => Promise.reject(new VouchError('not-found', 'It is not given.'));
    opened.setSource({
      name: log.origin,
      checkpoint: () => honest.checkpoint(),
      tile: (...words) => honest.tile(...words),
      bundle: (...words) => honest.bundle(...words),
      blob: withhold,
    });
    await round();
    expect([state(image), existsSync(file)]).toEqual(['undecided', true]);
    moveTo(GRACE_MS / 2);
    await round();
    expect(state(image)).toBe('undecided');
    moveTo(GRACE_MS + 60_000);
    await round();
    expect([state(image), existsSync(file)]).toEqual(['denied', false]);
    expect(ledger.get(image)!.notices).toEqual([]);
  });

  it('does not follow whoever uses the name of the endorser without a certificate for it', () => {
    const tag: Subscription = { name: 'tag', endorser: { email: 'ada@example.org', emailAlone: true }, tag: 'stable' };
    const judged = makeJudged({ entry: { tag: 'stable' } });
    const stranger = { ...judged, findings: [toFinding('no-anchor', 'Nobody trusts its authority.')] };
    const [own, other] = [judged, stranger].map((one) => ({ judged: one, triples: [] }));
    expect([isAskedFor(tag, own!), isAskedFor(tag, other!)]).toEqual([true, false]);
    expect(isAskedFor({ ...tag, tag: 'testing' }, own!)).toBe(false);
    // Trust may be another tomorrow, so that it is looked at again.
    expect(mayBeAskedFor(tag, other!)).toBe(true);
  });

  it('fetches nothing beyond what all images together may take, and says so', async () => {
    await keeper[Symbol.asyncDispose]();
    await open({ ...SUBSCRIPTIONS, mostBytes: 20 });
    const [one, two] = [await say('one', ada, 100), await say('two', ada, 90)];
    await round();
    await expect.poll(() => [one, two].filter((image) => state(image) === 'here').length, WAIT).toBe(1);
    const other = [one, two].find((image) => state(image) !== 'here')!;
    await expect.poll(() => keeper.troubleOf(other), WAIT).toContain('has no room');
  });

  it('removes after a crash what it had begun to remove', async () => {
    const image = await say('one', ada, 100);
    const file = await fetched(image);
    const left = join(folder, 'images', 'sha-256-left');
    writeFileSync(left, 'left');
    await ledger.put({ ...ledger.get(image)!, leaving: [left] });
    await round();
    expect([existsSync(left), existsSync(file), ledger.get(image)!.leaving]).toEqual([false, true, []]);
  });
});

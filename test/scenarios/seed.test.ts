import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toIdentifier } from '../../src/entry/identifier.ts';
import { findViolations } from '../browser/axe.ts';
import { openChromium, PATIENCE_MS, type Visitor, visit } from '../browser/visitor.ts';
import { runCommand } from '../cli/run-command.ts';
import { describeImage, makeEndorser, makeEntry, type TestEndorser } from '../endorser.ts';
import type { CaughtMail } from '../mail/smtp-sink.ts';
import { isMissing } from '../program.ts';
import { openReminding, type RemindingRegistry } from '../remind/reminding-registry.ts';

const DAY_MS = 86_400_000;
const IMAGE = Buffer.concat([Buffer.from('QFI\xfb', 'latin1'), randomBytes(100_000)]);
const IDENTIFIER = toIdentifier(createHash('sha1').update(IMAGE).digest('hex'));
const TITLE = 'Seed image';
const SETTINGS = [
  'confirmation: { mode: always, expireHours: 72 }',
  'reminders: { mode: confirmed, firstDays: 30, lastDays: 7, summaryDays: 0, roundMinutes: 0.005 }',
];

describe.skipIf(isMissing('chromium'))('an endorser and a registry that asks and reminds him by mail', () => {
  let registry: RemindingRegistry;
  let browser: Browser;
  let visitor: Visitor;
  let folder: string;
  let ada: TestEndorser;
  let ben: TestEndorser;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vouch-seed-'));
    writeFileSync(join(folder, 'image.qcow2'), IMAGE);
    registry = await openReminding(SETTINGS);
    [ada, ben] = await Promise.all([
      makeEndorser(registry.place.authority, 'ada'),
      makeEndorser(registry.place.authority, 'ben'),
    ]);
    for (const [name, { issued }] of Object.entries({ ada, ben })) {
      writeFileSync(join(folder, `${name}.pem`), issued.certificatePem);
      writeFileSync(join(folder, `${name}.key`), issued.privateKeyPem);
    }
    browser = await openChromium();
    visitor = await visit(browser, registry.url);
  }, PATIENCE_MS);
  afterAll(async () => {
    await browser?.close();
    await registry?.close();
    rmSync(folder, { recursive: true, force: true });
  }, PATIENCE_MS);

  const later = async (days: number): Promise<void> => {
    registry.at = new Date(registry.openedAt.getTime() + days * DAY_MS);
    await visitor.page.clock.setFixedTime(registry.at);
  };
  const day = (days: number): string =>
    new Date(registry.openedAt.getTime() + days * DAY_MS).toISOString().slice(0, 10);
  const read = async (path: string, accept: string): Promise<string> =>
    (await fetch(`${registry.url}${path}`, { headers: { Accept: accept } })).text();

  /** The mails to somebody, by the first word of their subject. */
  const mailsTo = ({ email }: TestEndorser, about: RegExp): CaughtMail[] =>
    registry.sink.mails.filter(({ to, raw }) => to[0] === email && about.test(/^Subject: (.*)/m.exec(raw)![1]!));
  const waitForMail = async (who: TestEndorser, about: RegExp, count: number): Promise<CaughtMail> => {
    await expect.poll(() => mailsTo(who, about).length, { timeout: PATIENCE_MS }).toBe(count);
    return mailsTo(who, about).at(-1)!;
  };
  const linkIn = ({ text }: CaughtMail, path: string): string =>
    new RegExp(`${registry.url}(/${path}\\S+)`).exec(text)![1]!;

  async function loadKeyAndSign(name: string, lastDay: string): Promise<void> {
    const { page } = visitor;
    const pair = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
    await page.locator('[data-field=key]').setInputFiles(pair);
    await page.getByRole('button', { name: 'Load the key' }).click();
    await page.locator('[data-say=key]').getByText('The key is loaded').waitFor();
    await page.getByLabel('Last day on which it holds').fill(lastDay);
    await page.getByRole('button', { name: 'Sign and verify' }).click();
    await page.locator('[data-say=sign]').getByText('Signed, and verified').waitFor();
    await page.getByRole('button', { name: 'Submit to this registry' }).click();
    await page.locator('[data-say=sign]').getByText('waits for its endorser').waitFor();
  }

  async function confirm(mail: CaughtMail, title: string): Promise<void> {
    const { page } = visitor;
    await visitor.open(linkIn(mail, 'confirm/'));
    expect(await page.locator('main').innerText()).toContain(title);
    await page.getByRole('button', { name: 'Confirm' }).click();
    await page.getByRole('heading', { name: 'Confirmed' }).waitFor();
    expect(await findViolations(page)).toEqual([]);
    await page.getByRole('link', { name: 'See the entry' }).click();
    expect(await page.locator('h1').innerText()).toBe(title);
  }

  /** The entries that are visible, by each way in which somebody may come to them. */
  async function visible(): Promise<Record<string, number>> {
    const list = JSON.parse(await read(`/metadata?status=all&identifier=${IDENTIFIER}`, 'application/json')) as {
      total: number;
    };
    const query = `SELECT ?i { ?x <http://purl.org/dc/terms/identifier> "${IDENTIFIER}" ; <https://w3id.org/vouch#logIndex> ?i }`;
    const rows = (await read(`/query?${new URLSearchParams({ query })}`, 'text/csv')).trim().split(/\r?\n/);
    const count = (text: string): number => text.split(IDENTIFIER).length - 1;
    const feed = (await read('/feed.jsonl?after=0', 'application/jsonl')).split('\n').filter((line) => line !== '');
    await visitor.open(`/metadata/${IDENTIFIER}`);
    const page = await visitor.page.locator('main').innerText();
    return {
      list: list.total,
      sparql: rows.length - 1,
      feed: feed.filter((line) => count(line) > 0).length,
      atom: Math.min(1, count(await read('/feed.atom', 'application/atom+xml'))),
      page: page.includes(TITLE) && page.includes(ada.email) ? 1 : 0,
    };
  }

  test('signs in the browser, confirms by mail, is reminded once, and renews by the link or the command of the mail', {
    timeout: 5 * PATIENCE_MS,
  }, async () => {
    const { page } = visitor;
    await later(0);
    await visitor.open('/endorse');
    await page.locator('[data-field=image]').setInputFiles(join(folder, 'image.qcow2'));
    await page.locator('[data-say=image] dl').waitFor();
    await page.getByLabel('Title').fill(TITLE);
    await page.getByLabel('Operating system').fill('debian');
    await page.getByLabel('Locations').fill('https://images.example.org/seed.qcow2');
    await loadKeyAndSign('ada', day(40));
    const asked = await waitForMail(ada, /confirm/i, 1);
    const nothing = { list: 0, sparql: 0, feed: 0, atom: 0, page: 0 };
    expect(await visible()).toEqual(nothing);
    // The page of an image that nobody endorses yet.
    expect(await visitor.complaints()).toEqual([expect.stringContaining('404')]);
    await confirm(asked, TITLE);
    expect(await visible()).toEqual({ list: 1, sparql: 1, feed: 1, atom: 1, page: 1 });

    const validUntil = new Date(registry.openedAt.getTime() + 60 * DAY_MS);
    const createdAt = new Date(registry.openedAt.getTime() - 3_600_000);
    const entry = await makeEntry(ben, describeImage('ben', { title: 'Of Ben', validUntil }), { createdAt });
    const uploaded = await fetch(`${registry.url}/metadata`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/rdf+xml' },
      body: new Uint8Array(entry),
    });
    expect(uploaded.status).toBe(202);
    await confirm(await waitForMail(ben, /confirm/i, 1), 'Of Ben');

    await later(20);
    const reminder = await waitForMail(ada, /run out/, 1);
    expect(reminder.text).toContain(`vouch renew ${IDENTIFIER}/${ada.email} --url ${registry.url}`);
    await registry.restart();
    await visitor.open(linkIn(reminder, 'endorse\\?act=renew'));
    await loadKeyAndSign('ada', day(400));
    await visitor.shoot('seed-renewed');
    await confirm(await waitForMail(ada, /confirm/i, 2), TITLE);
    expect(await visible()).toEqual({ list: 2, sparql: 2, feed: 2, atom: 1, page: 1 });
    const { entries } = JSON.parse(await read(`/metadata?identifier=${IDENTIFIER}`, 'application/json')) as {
      entries: { validUntil: string }[];
    };
    expect(entries.map((one) => one.validUntil.slice(0, 10))).toEqual([day(400)]);

    // What ended now if it had not been renewed would be told once more; that Ben is told shows that all were looked at.
    await registry.restart();
    await later(35);
    const toBen = await waitForMail(ben, /run out/, 1);
    const words = /^ *vouch (renew .*)$/m.exec(toBen.text)![1]!.trim().split(' ');
    const key = ['--cert', join(folder, 'ben.pem'), '--key', join(folder, 'ben.key')];
    const renewed = await runCommand([...words, ...key]);
    expect([renewed.code, renewed.err]).toEqual([0, expect.stringContaining('waiting for its endorser')]);
    await confirm(await waitForMail(ben, /confirm/i, 2), 'Of Ben');
    await registry.restart();
    await later(36);
    await registry.looks(10);
    expect(mailsTo(ada, /run out/)).toHaveLength(1);
    expect(mailsTo(ben, /run out/)).toHaveLength(1);
    expect(registry.sink.mails).toHaveLength(6);
    expect(await visitor.complaints()).toEqual([]);
  });
});

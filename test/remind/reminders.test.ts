import { EventEmitter, once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openReminders, type RemindSettings } from '../../src/cli/run-reminders.ts';
import { toSmtpMailer } from '../../src/mail/smtp.ts';
import type { OpenRegistry } from '../../src/registry/open-registry.ts';
import { readReminderTemplates } from '../../src/remind/reminder-mail.ts';
import type { Reminders } from '../../src/remind/reminders.ts';
import { createApp } from '../../src/server/app.ts';
import type { Usage } from '../../src/usage/usage.ts';
import { NO_USE } from '../../src/usage/use-count.ts';
import { toUseDay, writeUseDay } from '../../src/usage/use-day.ts';
import type { ImageUse } from '../../src/usage/use-report.ts';
import { describeImage, makeEndorser, makeEntry, NOW, type TestEndorser } from '../endorser.ts';
import { openSmtpSink, type SmtpSink } from '../mail/smtp-sink.ts';
import { makePlace, type RegistryPlace } from '../registry/world.ts';

const DAY_MS = 86_400_000;

let place: RegistryPlace;
let sink: SmtpSink;
let registry: OpenRegistry;
let reminders: Reminders;
let news: string[];
let at: Date;
let ada: TestEndorser;
let ben: TestEndorser;

beforeEach(async () => {
  [place, sink, news, at] = [await makePlace(), await openSmtpSink(), [], NOW];
  [ada, ben] = [await makeEndorser(place.authority, 'ada'), await makeEndorser(place.authority, 'ben')];
  registry = await place.open({ now: () => at });
  reminders = await open();
});
afterEach(async () => {
  await reminders.close();
  await registry.close();
  await sink.close();
  place.remove();
});

function open(changes: Partial<RemindSettings> = {}, usage?: Pick<Usage, 'ofImages'>): Promise<Reminders> {
  const settings: RemindSettings = {
    mode: 'all',
    times: { beforeDays: [30, 7], summaryDays: 0 },
    templates: readReminderTemplates(),
    mailer: toSmtpMailer({ host: '127.0.0.1', port: sink.port, security: 'none', from: 'registry@example.org' }),
    bound: [],
    onNews: (sentence) => news.push(sentence),
    now: () => at,
    roundMs: 1,
    ...changes,
  };
  return openReminders(registry, join(place.directory, 'data'), settings, usage);
}

async function restart(changes: Partial<RemindSettings> = {}, usage?: Pick<Usage, 'ofImages'>): Promise<void> {
  await reminders.close();
  reminders = await open(changes, usage);
}

async function publish(who: TestEndorser, seed: string, days: number, deprecated?: string): Promise<void> {
  const validUntil = new Date(NOW.getTime() + days * DAY_MS);
  const changes = deprecated === undefined ? { validUntil } : { validUntil, deprecated, locations: [] };
  const submission = await registry.submit(await makeEntry(who, describeImage(seed, changes), { createdAt: at }));
  expect(submission.outcome).toBe('accepted');
}

const later = (days: number): void => {
  at = new Date(NOW.getTime() + days * DAY_MS);
};

describe('reminders', () => {
  it('tell in one mail of all that runs out, with the command that renews it, and once more shortly before', async () => {
    for (const seed of ['one', 'two']) await publish(ada, seed, 20);
    await publish(ada, 'far', 100);
    await reminders.remind();
    expect(sink.mails).toHaveLength(1);
    const [mail] = sink.mails;
    expect(mail).toMatchObject({ to: [ada.email], text: expect.stringContaining('vouch renew') });
    expect(mail!.text.match(/vouch renew \S+\/ada@example\.org --url http:\/\/registry\.test/g)).toHaveLength(2);
    const links = mail!.text.match(/^ *http:\/\/registry\.test\/endorse\?act=renew&document=[0-9a-f]{64}\r?$/gm);
    expect(links).toHaveLength(2);
    expect(mail!.raw).toMatch(/^List-Unsubscribe:\s+<http:\/\/registry\.test\/unsubscribe\/[0-9a-f.]+>\r$/m);
    expect(mail!.raw).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r$/m);
    await reminders.remind();
    await restart();
    await reminders.remind();
    later(2);
    await reminders.remind();
    expect(sink.mails).toHaveLength(1);
    later(14);
    await reminders.remind();
    expect(sink.mails).toHaveLength(2);
  });

  it('tell of a deprecation by somebody else, and not of one of their own', async () => {
    await publish(ada, 'shared', 300);
    at = new Date(NOW.getTime() + 1_000);
    await publish(ben, 'shared', 300, 'It has a hole');
    await publish(ada, 'own', 300);
    at = new Date(NOW.getTime() + 2_000);
    await publish(ada, 'own', 300, 'Mine');
    await reminders.remind();
    await restart();
    await reminders.remind();
    expect(sink.mails).toHaveLength(1);
    expect(sink.mails[0]).toMatchObject({ to: [ada.email], text: expect.stringContaining('It has a hole') });
  });

  it('make up for nothing when the clock jumps a year, and send one summary for each period', async () => {
    await restart({ times: { beforeDays: [30, 7], summaryDays: 90 } });
    for (const seed of ['one', 'two', 'three']) await publish(ada, seed, 400);
    await publish(ada, 'gone', 20);
    await reminders.remind();
    expect(sink.mails).toHaveLength(1);
    later(365);
    await reminders.remind();
    await reminders.remind();
    expect(sink.mails.map(({ raw }) => /^Subject: (.*)\r$/m.exec(raw)![1])).toEqual([
      expect.stringContaining('run out'),
      expect.stringContaining('What you endorse'),
    ]);
    later(-365);
    await reminders.remind();
    expect(sink.mails).toHaveLength(2);
  });

  it('say in a summary how each image was used lately, and do without where nobody can tell', async () => {
    const times = { beforeDays: [1, 1], summaryDays: 90 } as const;
    const since = toUseDay(NOW);
    const uses: Partial<ImageUse>[] = [
      { last: since + 99, recent: { ...NO_USE, lookups: 1_200, downloaded: 1 } },
      { last: since + 9 },
      {},
    ];
    const ofImages: Usage['ofImages'] = async (identifiers) =>
      new Map(identifiers.map((name, nth) => [name, { since, recent: NO_USE, total: NO_USE, ...uses[nth]! }]));
    await restart({ times }, { ofImages });
    for (const seed of ['one', 'two', 'three']) await publish(ada, seed, 400);
    await reminders.remind();
    later(100);
    await reminders.remind();
    expect(sink.mails).toHaveLength(1);
    const told = sink.mails[0]!.text.split('\n').filter((line) => /use|looked/.test(line));
    expect(told.map((line) => line.trim()).sort()).toEqual([
      'in the last 30 days looked up 1,200 times, downloaded by sites once',
      `last used on ${writeUseDay(since + 9)}`,
      `not used since ${writeUseDay(since)}, when counting began`,
    ]);
    await restart({ times }, { ofImages: () => Promise.reject(new Error('the disk is gone')) });
    later(200);
    await reminders.remind();
    expect(sink.mails).toHaveLength(2);
    expect(sink.mails[1]!.text).not.toMatch(/used|looked/);
  });

  it('are tried again after a server that is down, and count as sent after a kill in their middle', async () => {
    await publish(ada, 'one', 20);
    const { port } = sink;
    await sink.close();
    await reminders.remind();
    expect(news).toEqual([expect.stringContaining('do not go out')]);
    sink = await openSmtpSink({}, port);
    await restart();
    await reminders.remind();
    expect(sink.mails).toHaveLength(1);
    await publish(ben, 'two', 20);
    // What the process is killed in: the mail was handed over, and nothing was noted after that.
    await restart({ mailer: { send: () => new Promise(() => undefined) } });
    void reminders.remind();
    await expect.poll(async () => (await open()) && news.at(-1), { timeout: 30_000 }).toContain('may not have arrived');
    reminders = await open();
    await reminders.remind();
    expect(sink.mails).toHaveLength(1);
  });

  it('keep nobody waiting when the server hangs, before it had the mail or after', async () => {
    await publish(ada, 'one', 20);
    const silent = createServer(() => {});
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const from = 'registry@example.org';
    const toMailer = (port: number, timeoutMs: number) =>
      toSmtpMailer({ host: '127.0.0.1', port, security: 'none', from, timeoutMs });
    await restart({ mailer: toMailer((silent.address() as AddressInfo).port, 1_500) });
    const hanging = reminders.remind();
    await once(silent, 'connection');
    const app = createApp(registry, { documents: registry.verifier, now: () => at, reminders });
    expect((await app.request('/metadata')).status).toBe(200);
    await publish(ben, 'meanwhile', 300);
    expect(await Promise.race([hanging.then(() => 'sent'), Promise.resolve('hangs')])).toBe('hangs');
    await hanging;
    silent.close();
    expect(news).toEqual([expect.stringContaining('Greeting never received')]);
    expect(await (await app.request('/health/ready')).json()).toMatchObject({
      status: 'degraded',
      reasons: [{ code: 'reminders-failing' }],
    });

    // It has the whole mail, and never says so: whether it arrives nobody knows.
    const mute = await openSmtpSink({ onData: (stream) => void stream.resume() });
    await restart({ mailer: toMailer(mute.port, 500) });
    await reminders.remind();
    expect(news.at(-1)).toMatch(/to ada@example\.org may not have arrived: .*It is not sent again/);
    await restart();
    await reminders.remind();
    expect(sink.mails).toEqual([]);
    void mute.close();
  });

  it('close in good time while a server hangs', async () => {
    await publish(ada, 'one', 20);
    const given = new EventEmitter();
    const mute = await openSmtpSink({ onData: (stream) => void stream.resume().on('end', () => given.emit('mail')) });
    const mailer = toSmtpMailer({ host: '127.0.0.1', port: mute.port, security: 'none', from: 'registry@example.org' });
    await restart({ mailer });
    void reminders.remind();
    await once(given, 'mail');
    await restart();
    expect(news.at(-1)).toContain('was on its way when the registry ended');
    await reminders.remind();
    expect(sink.mails).toEqual([]);
    void mute.close();
  });

  it('end with one POST of the link, which a look at it does not do, and can begin again', async () => {
    await publish(ada, 'one', 20);
    await reminders.remind();
    const [, path] = /http:\/\/registry\.test(\/unsubscribe\/[0-9a-f.]+)/.exec(sink.mails[0]!.text)!;
    const app = createApp(registry, { documents: registry.verifier, now: () => at, reminders });
    expect(await (await app.request(path!)).text()).toContain('Send me no more reminders');
    expect(reminders.find(path!.split('/')[2]!)!.unsubscribedAt).toBeUndefined();
    const body = new URLSearchParams({ 'List-Unsubscribe': 'One-Click' });
    expect(await (await app.request(path!, { method: 'POST', body })).text()).toContain('No more reminders');
    await restart();
    later(14);
    await reminders.remind();
    expect(sink.mails).toHaveLength(1);
    expect((await app.request(`${path}0`, { method: 'POST' })).status).toBe(404);
    await reminders.subscribe(path!.split('/')[2]!, true);
    await reminders.remind();
    expect(sink.mails).toHaveLength(2);
  });

  it('go to nobody whose address only a certificate names, where they go to confirmed ones', async () => {
    await publish(ada, 'one', 20);
    await publish(ben, 'two', 20);
    await restart({ mode: 'confirmed', bound: [ben.email] });
    await reminders.remind();
    expect(sink.mails.map(({ to }) => to)).toEqual([[ben.email]]);
  });
});

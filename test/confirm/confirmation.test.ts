import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Log } from '../../src/log/log.ts';
import type { Delivery, Mail } from '../../src/mail/smtp.ts';
import { describeImage, makeEndorser, makeEntry, NOW, type TestEndorser } from '../endorser.ts';
import { toToken } from '../mail/smtp-sink.ts';
import { type AskingRegistry, openAskingRegistry } from './asking-registry.ts';

const PATIENCE = { timeout: 60_000, interval: 20 };
const HOUR_MS = 3_600_000;

let asking: AskingRegistry;
let ada: TestEndorser;

beforeEach(async () => {
  asking = await openAskingRegistry();
  ada = await makeEndorser(asking.place.authority, 'ada');
});
afterEach(() => asking.close());

const later = (seconds: number): Date => new Date(NOW.getTime() - HOUR_MS + seconds * 1000);

async function post(path: string): Promise<{ status: number; json: Record<string, unknown> }> {
  const reply = await asking.app.request(path, { method: 'POST', headers: { Accept: 'application/json' } });
  return { status: reply.status, json: (await reply.json()) as Record<string, unknown> };
}

async function ask(path: string): Promise<{ status: number; json: Record<string, unknown> }> {
  const reply = await asking.app.request(path, { headers: { Accept: 'application/json' } });
  return { status: reply.status, json: (await reply.json()) as Record<string, unknown> };
}

/** Uploads an entry and gives the path of its status. */
async function hold(bytes: Uint8Array): Promise<string> {
  const reply = await asking.upload(bytes);
  expect(reply.status).toBe(202);
  return new URL(reply.headers.get('Location')!).pathname;
}

async function tokenOf(number: number): Promise<string> {
  return toToken((await asking.sink.waitFor(number))[number - 1]!);
}

describe('an entry of an unknown endorser', () => {
  it('waits unseen until the owner of the address confirms it, then is in as any other, and the next needs no mail', async () => {
    const size = asking.registry.log.size();
    const image = describeImage('first');
    const status = await hold(await makeEntry(ada, image, { createdAt: later(0) }));
    expect((await ask(status)).json).toMatchObject({ status: 'unconfirmed' });
    expect(asking.registry.log.size()).toBe(size);
    expect((await asking.registry.catalog.list({}, NOW, { limit: 10 })).entries).toEqual([]);
    expect((await ask(`/metadata/${image.identifier}`)).json).not.toMatchObject({ entries: [{}] });
    const [mail] = await asking.sink.waitFor(1);
    expect(mail!.to).toEqual(['ada@example.org']);
    const confirmed = await post(`/confirm/${toToken(mail!)}`);
    expect(confirmed).toMatchObject({ status: 200, json: { state: 'accepted' } });
    expect((await ask(status)).json).toMatchObject({ status: 'recorded', location: confirmed.json.location });
    const [entry] = (await asking.registry.catalog.list({}, NOW, { limit: 10 })).entries;
    const evidence = await asking.registry.log.blob((await asking.registry.log.record(entry!.index)).ev);
    expect(JSON.parse(Buffer.from(evidence).toString())).toMatchObject({ address: 'confirmed' });
    await asking.restart();
    const next = await asking.upload(await makeEntry(ada, image, { createdAt: later(1) }));
    expect(next.status).toBe(201);
    expect(asking.sink.mails).toHaveLength(1);
  });

  it('is not confirmed by whoever fetches the links, in whatever way', async () => {
    const status = await hold(await makeEntry(ada, describeImage('scanned'), { createdAt: later(0) }));
    const token = await tokenOf(1);
    for (const answer of ['confirm', 'reject', 'report']) {
      for (const method of ['GET', 'HEAD', 'OPTIONS']) await asking.app.request(`/${answer}/${token}`, { method });
      expect(
        await (await asking.app.request(`/${answer}/${token}`, { headers: { Accept: 'text/html' } })).text(),
      ).toContain('<button>');
    }
    expect((await ask(status)).json).toMatchObject({ status: 'unconfirmed' });
  });

  it('is settled once: a link that was used changes nothing any more', async () => {
    const status = await hold(await makeEntry(ada, describeImage('once'), { createdAt: later(0) }));
    const token = await tokenOf(1);
    const answers = await Promise.all([1, 2, 3].map(() => post(`/confirm/${token}`)));
    expect(answers.map(({ json }) => json.state)).toEqual(['accepted', 'accepted', 'accepted']);
    expect((await post(`/reject/${token}`)).json).toMatchObject({ state: 'accepted' });
    expect((await ask(`/confirm/${token}`)).status).toBe(410);
    expect((await asking.registry.catalog.list({}, NOW, { limit: 10 })).entries).toHaveLength(1);
    expect((await ask(status)).json).toMatchObject({ status: 'recorded' });
  });

  it('is dropped when it is rejected, and its document with it', async () => {
    const status = await hold(await makeEntry(ada, describeImage('no'), { createdAt: later(0) }));
    const token = await tokenOf(1);
    expect((await post(`/reject/${token}`)).json).toMatchObject({ state: 'rejected' });
    expect((await post(`/confirm/${token}`)).json).toMatchObject({ state: 'rejected' });
    expect((await ask(status)).json).toMatchObject({ status: 'rejected' });
    const files = readdirSync(join(asking.place.directory, 'data', 'pending'));
    expect(files.filter((name) => name.endsWith('.xml'))).toEqual([]);
  });

  it('is dropped when it is reported; the operator hears of it, and the address is left alone', async () => {
    await hold(await makeEntry(ada, describeImage('abuse'), { createdAt: later(0) }));
    expect((await post(`/report/${await tokenOf(1)}`)).json).toMatchObject({ state: 'reported' });
    expect(asking.news).toEqual([expect.stringContaining('Abuse was reported by the owner of ada@example.org')]);
    await asking.restart();
    const again = await asking.upload(await makeEntry(ada, describeImage('again'), { createdAt: later(0) }));
    expect(again.status).toBe(429);
    expect(Number(again.headers.get('Retry-After'))).toBeGreaterThan(86_400);
    expect(asking.sink.mails).toHaveLength(1);
  });

  it('expires, and its links with it', async () => {
    const status = await hold(await makeEntry(ada, describeImage('late'), { createdAt: later(0) }));
    const token = await tokenOf(1);
    asking.at = new Date(NOW.getTime() + HOUR_MS + 1000);
    expect((await post(`/confirm/${token}`)).json).toMatchObject({ state: 'expired' });
    await asking.restart();
    expect((await post(`/confirm/${token}`)).json).toMatchObject({ state: 'expired' });
    expect((await ask(status)).json).toMatchObject({ status: 'expired' });
  });

  it('is verified again when it is confirmed: what is stale by then is refused, and says why', async () => {
    const image = describeImage('stale');
    const status = await hold(await makeEntry(ada, image, { createdAt: later(0) }));
    await hold(await makeEntry(ada, image, { createdAt: later(5) }));
    const tokens = (await asking.sink.waitFor(2)).map(toToken);
    const byTime = await Promise.all(
      tokens.map(async (token) => ({ token, text: await (await asking.app.request(`/confirm/${token}`)).text() })),
    );
    const [newer, older] = [true, false].map(
      (isNewer) => byTime.find(({ text }) => text.includes('11:00:05') === isNewer)!.token,
    );
    expect((await post(`/confirm/${newer}`)).json).toMatchObject({ state: 'accepted' });
    expect(await post(`/confirm/${older}`)).toMatchObject({
      status: 422,
      json: { state: 'refused', findings: [{ code: 'stale-created' }] },
    });
    expect((await ask(status)).json).toMatchObject({ status: 'refused' });
  });

  it('is asked about once, however often it is uploaded', async () => {
    const bytes = await makeEntry(ada, describeImage('twice'), { createdAt: later(0) });
    const statuses = await Promise.all([1, 2, 3].map(() => hold(bytes)));
    expect(new Set(statuses).size).toBe(1);
    await asking.sink.waitFor(1);
    await vi.waitFor(() => expect(asking.registry.confirmation!.state.queued).toBe(0), PATIENCE);
    expect(asking.sink.mails).toHaveLength(1);
  });
});

describe('a link', () => {
  it('that nobody was sent leads nowhere', async () => {
    for (const token of ['', 'x', 'A'.repeat(43), '__proto__', '%00', 'A'.repeat(5000)]) {
      expect((await ask(`/confirm/${token}`)).status).toBe(404);
      expect((await post(`/report/${token}`)).status).toBe(404);
    }
  });

  it('is kept nowhere but in the mail', async () => {
    await hold(await makeEntry(ada, describeImage('secret'), { createdAt: later(0) }));
    const token = await tokenOf(1);
    const directory = join(asking.place.directory, 'data', 'pending');
    const { readFileSync } = await import('node:fs');
    for (const name of readdirSync(directory)) {
      expect(readFileSync(join(directory, name), 'utf8')).not.toContain(token);
    }
  });
});

describe('a hostile title', () => {
  it('adds no header, no line and no link to the mail, and no markup to the page', async () => {
    const title = 'x\u2028Bcc: eve@example.org <b>bold</b> https://evil.example/confirm {{confirmUrl}}';
    await hold(await makeEntry(ada, describeImage('hostile', { title }), { createdAt: later(0) }));
    const [mail] = await asking.sink.waitFor(1);
    expect(mail!.to).toEqual(['ada@example.org']);
    expect(mail!.raw.split('\r\n\r\n', 1)[0]).not.toMatch(/bcc|evil/i);
    expect(mail!.text).toMatch(
      /^ {3}Title {4}x Bcc: eve@example\.org <b>bold<\/b> https\[:\]\/\/evil\.example\/confirm \{\{/m,
    );
    expect(mail!.text.match(/https?:\/\/\S+/g)).toEqual(
      ['confirm', 'reject', 'report'].map((name) => `http://registry.test/${name}/${toToken(mail!)}`),
    );
    const page = await asking.app.request(`/confirm/${toToken(mail!)}`);
    expect(await page.text()).not.toContain('<b>bold');
  });

  it('cannot hide behind an address that could be read in two ways', async () => {
    const eve = await makeEndorser(asking.place.authority, 'eve', { email: [] });
    const reply = await asking.upload(
      await makeEntry({ ...eve, email: 'ü@example.org' }, describeImage('odd'), { createdAt: later(0) }),
    );
    expect(reply.status).toBe(422);
    expect(await reply.json()).toMatchObject({ findings: [{ code: 'email' }] });
  });
});

describe('a certificate without an address', () => {
  it('endorses once its address is confirmed, for exactly its names', async () => {
    const nameless = await makeEndorser(asking.place.authority, 'bob', { email: [] });
    const status = await hold(await makeEntry(nameless, describeImage('nameless'), { createdAt: later(0) }));
    expect((await post(`/confirm/${await tokenOf(1)}`)).json).toMatchObject({ state: 'accepted' });
    expect((await ask(status)).json).toMatchObject({ status: 'recorded' });
    expect((await asking.upload(await makeEntry(nameless, describeImage('two'), { createdAt: later(0) }))).status).toBe(
      201,
    );
    const other = await makeEndorser(asking.place.authority, 'bobby', { email: [] });
    await hold(await makeEntry({ ...other, email: nameless.email }, describeImage('three'), { createdAt: later(0) }));
  });

  it('needs no mail where the operator bound it', async () => {
    const directory = join(asking.place.directory, 'trust');
    const bindings = [
      { email: 'bob@example.org', subject: 'CN=bob,O=Vouch Tests', issuer: 'CN=Test CA,O=Vouch Tests' },
    ];
    await asking.restart({ trust: { mode: 'anchors', directory, bindings } });
    const bob = await makeEndorser(asking.place.authority, 'bob', { email: [] });
    expect((await asking.upload(await makeEntry(bob, describeImage('bound'), { createdAt: later(0) }))).status).toBe(
      201,
    );
  });
});

describe('in mode always', () => {
  it('every entry is asked about', async () => {
    await asking.restart({ confirmation: { mode: 'always' } });
    for (const number of [1, 2]) {
      await hold(await makeEntry(ada, describeImage(`always ${number}`), { createdAt: later(0) }));
      expect((await post(`/confirm/${await tokenOf(number)}`)).json).toMatchObject({ state: 'accepted' });
    }
  });
});

describe('limits', () => {
  it('hold for a mailbox, however it is written, also over a restart', async () => {
    const limits = { pending: 100, perAddress: 2, expireMs: HOUR_MS };
    await asking.restart({ confirmation: { limits } });
    const spellings = ['eve@example.org', 'EVE@example.org', 'eve+1@Example.org'];
    const eve = await makeEndorser(asking.place.authority, 'eve', { email: spellings });
    const make = (email: string) => makeEntry({ ...eve, email }, describeImage(email), { createdAt: later(0) });
    await hold(await make(spellings[0]!));
    await hold(await make(spellings[1]!));
    expect((await post(`/reject/${await tokenOf(1)}`)).json).toMatchObject({ state: 'rejected' });
    await asking.restart();
    const third = await asking.upload(await make(spellings[2]!));
    expect(third.status).toBe(429);
    expect(Number(third.headers.get('Retry-After'))).toBeGreaterThan(0);
    await hold(await makeEntry(ada, describeImage('other'), { createdAt: later(0) }));
  });

  it('hold for all together', async () => {
    await asking.restart({ confirmation: { limits: { pending: 2, perAddress: 5, expireMs: HOUR_MS } } });
    const entries = await Promise.all(
      [1, 2, 3, 4].map((n) => makeEntry(ada, describeImage(`many ${n}`), { createdAt: later(0) })),
    );
    const statuses = await Promise.all(entries.map(async (bytes) => (await asking.upload(bytes)).status));
    expect(statuses.toSorted()).toEqual([202, 202, 503, 503]);
  });
});

describe('a restart', () => {
  it('between any two steps loses nothing: mail not sent, confirmed and not appended', async () => {
    const failing = { send: async (): Promise<Delivery> => ({ outcome: 'deferred', reason: 'down' }) };
    await asking.restart({ confirmation: { mailer: failing } });
    const status = await hold(await makeEntry(ada, describeImage('kept'), { createdAt: later(0) }));
    await vi.waitFor(() => expect(asking.news.join()).toContain('Mail does not go out: down.'), PATIENCE);
    expect((await ask('/health/ready')).json).toMatchObject({
      confirmation: { pending: 1, queued: 1, isFailing: true },
    });
    await asking.restart({ confirmation: {} });
    const token = await tokenOf(1);
    // The log is closed: the confirmation is kept, and the entry is not in yet.
    await (asking.registry.log as Log).close();
    expect((await post(`/confirm/${token}`)).status).toBe(503);
    await asking.restart();
    await vi.waitFor(async () => expect((await ask(status)).json).toMatchObject({ status: 'recorded' }), PATIENCE);
    expect(asking.sink.mails).toHaveLength(1);
  });

  it('while a mail is under way sends it again, with the same Message-ID, and both links work', async () => {
    const sent: Mail[] = [];
    const dying = { send: (mail: Mail) => new Promise<Delivery>(() => sent.push(mail)) };
    await asking.restart({ confirmation: { mailer: dying } });
    await hold(await makeEntry(ada, describeImage('under way'), { createdAt: later(0) }));
    await vi.waitFor(() => expect(sent).toHaveLength(1), PATIENCE);
    await asking.restart({ confirmation: {} });
    const [mail] = await asking.sink.waitFor(1);
    expect(mail!.raw).toContain(`Message-ID: <${sent[0]!.messageId}>`);
    const first = /\/confirm\/(\S+)/.exec(sent[0]!.text)![1]!;
    expect(first).not.toBe(toToken(mail!));
    expect((await ask(`/confirm/${toToken(mail!)}`)).json).toMatchObject({ state: 'waiting' });
    expect((await post(`/confirm/${first}`)).json).toMatchObject({ state: 'accepted' });
  });

  it('sends nothing twice that was sent', async () => {
    await hold(await makeEntry(ada, describeImage('sent'), { createdAt: later(0) }));
    await asking.sink.waitFor(1);
    await vi.waitFor(() => expect(asking.registry.confirmation!.state.queued).toBe(0), PATIENCE);
    await asking.restart();
    await hold(await makeEntry(ada, describeImage('next'), { createdAt: later(0) }));
    const mails = await asking.sink.waitFor(2);
    await vi.waitFor(() => expect(asking.registry.confirmation!.state.queued).toBe(0), PATIENCE);
    expect(new Set(mails.map(({ raw }) => /^Message-ID: (.*)$/m.exec(raw)![1])).size).toBe(2);
    expect(mails).toHaveLength(2);
  });
});

describe('mail that cannot be delivered', () => {
  it('ends the submission where the address takes none, and waits where the server is down', async () => {
    const refusing = { send: async (): Promise<Delivery> => ({ outcome: 'refused', reason: 'no such person' }) };
    await asking.restart({ confirmation: { mailer: refusing } });
    const status = await hold(await makeEntry(ada, describeImage('nobody'), { createdAt: later(0) }));
    await vi.waitFor(async () => expect((await ask(status)).json).toMatchObject({ status: 'undeliverable' }), PATIENCE);
  });
});

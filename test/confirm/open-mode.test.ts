import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { statusOf } from '../../src/catalog/catalog.ts';
import { auditDirectory } from '../../src/registry/audit-directory.ts';
import { issueCertificate } from '../../src/x509/issue.ts';
import { describeImage, makeEntry, NOW, type TestEndorser } from '../endorser.ts';
import { toToken } from '../mail/smtp-sink.ts';
import { type AskingRegistry, openAskingRegistry } from './asking-registry.ts';

let asking: AskingRegistry;

beforeEach(async () => {
  asking = await openAskingRegistry({ trust: { mode: 'open' } });
});
afterEach(() => asking.close());

const NAME = 'CN=Ada,O=Example';
const later = (seconds: number): Date => new Date(NOW.getTime() - 3_600_000 + seconds * 1000);

/** Somebody with a certificate that he made himself, under whatever name, with whatever address in it. */
async function makeOwn(subject: string, email: string): Promise<TestEndorser> {
  const times = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2099-01-01T00:00:00Z') };
  return { email, issued: await issueCertificate(undefined, { subject, email, ...times }) };
}

let confirmed = 0;
beforeEach(() => {
  confirmed = 0;
});

/** Uploads an entry and confirms it as whoever reads the mail; gives the state it ends in. */
async function publish(bytes: Uint8Array): Promise<unknown> {
  const reply = await asking.upload(bytes);
  if (reply.status !== 202) return ((await reply.json()) as { outcome: string }).outcome;
  const mails = await asking.sink.waitFor(++confirmed);
  const answer = await asking.app.request(`/confirm/${toToken(mails[confirmed - 1]!)}`, {
    method: 'POST',
    headers: { Accept: 'application/json' },
  });
  return ((await answer.json()) as { state: string }).state;
}

describe('an open registry', () => {
  it('takes a certificate that somebody made himself, once the address is confirmed, and says so everywhere', async () => {
    const ada = await makeOwn(NAME, 'ada@example.org');
    const image = describeImage('open');
    expect(await publish(await makeEntry(ada, image, { createdAt: later(0) }))).toBe('accepted');
    expect(await publish(await makeEntry(ada, image, { createdAt: later(1) }))).toBe('accepted');
    expect(asking.sink.mails).toHaveLength(1);
    const [entry] = (await asking.registry.catalog.list({}, NOW, { limit: 10 })).entries;
    expect(entry).toMatchObject({ trustMode: 'open', email: 'ada@example.org' });
    const evidence = await asking.registry.log.blob((await asking.registry.log.record(entry!.index)).ev);
    expect(JSON.parse(Buffer.from(evidence).toString())).toMatchObject({ trustMode: 'open', address: 'confirmed' });
    const path = `/metadata/${image.identifier}/ada@example.org/2026-11-21T11:00:01Z`;
    expect(await (await asking.app.request(path, { headers: { Accept: 'application/json' } })).json()).toMatchObject({
      trustMode: 'open',
    });
    expect(await (await asking.app.request(path, { headers: { Accept: 'text/html' } })).text()).toContain(
      'Nobody vouches for these names',
    );
    const query = { text: 'SELECT ?e { ?e <https://w3id.org/vouch#trustMode> "open" }' };
    const answer = await asking.registry.sparql.query(query, ['application/sparql-results+json']);
    expect(JSON.parse(answer.body).results.bindings).toHaveLength(2);
  });

  it('keeps somebody else with the same names on an own key from superseding or undoing a statement', async () => {
    const ada = await makeOwn(NAME, 'ada@example.org');
    const eve = await makeOwn(NAME, 'eve@example.net');
    expect(eve.issued.certificate.subject.der).toEqual(ada.issued.certificate.subject.der);
    const image = describeImage('target');
    expect(await publish(await makeEntry(ada, image, { createdAt: later(0) }))).toBe('accepted');
    const withdrawal = { ...image, deprecated: 'Do not use' };
    expect(await publish(await makeEntry(eve, withdrawal, { createdAt: later(10) }))).toBe('accepted');
    const expectBoth = async (): Promise<void> => {
      const history = await asking.registry.catalog.history(image.identifier);
      expect(history.map((entry) => [entry.email, statusOf(entry, NOW)])).toEqual([
        ['ada@example.org', 'valid'],
        ['eve@example.net', 'deprecated'],
      ]);
      expect(new Set(history.map(({ endorserKey }) => endorserKey)).size).toBe(2);
    };
    await expectBoth();
    // Nor does her key stand in the way of the next statement of the person whose names they are.
    expect(await publish(await makeEntry(ada, image, { createdAt: later(5) }))).toBe('accepted');
    // A catalog that is made anew from the log says the same.
    await asking.registry.close();
    expect(await auditDirectory(join(asking.place.directory, 'data'))).toMatchObject({ problems: [] });
    await asking.restart();
    const history = await asking.registry.catalog.history(image.identifier);
    expect(history.map((entry) => [entry.email, statusOf(entry, NOW)])).toEqual([
      ['ada@example.org', 'superseded'],
      ['eve@example.net', 'deprecated'],
      ['ada@example.org', 'valid'],
    ]);
  });

  it('asks the owner of the address before a second key under a confirmed name and address counts, and keeps the keys apart', async () => {
    const ada = await makeOwn(NAME, 'ada@example.org');
    const eve = await makeOwn(NAME, 'ada@example.org');
    const image = describeImage('second key');
    expect(await publish(await makeEntry(ada, image, { createdAt: later(0) }))).toBe('accepted');
    const reply = await asking.upload(await makeEntry(eve, { ...image, deprecated: 'x' }, { createdAt: later(9) }));
    expect(reply.status).toBe(202);
    const mails = await asking.sink.waitFor(2);
    expect(mails[1]!.to).toEqual(['ada@example.org']);
    const [entry] = await asking.registry.catalog.history(image.identifier);
    expect(statusOf(entry!, NOW)).toBe('valid');
    expect(await asking.registry.catalog.history(image.identifier)).toHaveLength(1);
  });

  it('still holds a signer to the rules for signers', async () => {
    const weak = await issueCertificate(undefined, {
      subject: NAME,
      key: 'rsa-1024',
      notBefore: new Date('2026-01-01T00:00:00Z'),
      notAfter: new Date('2026-02-01T00:00:00Z'),
    });
    const reply = await asking.upload(await makeEntry({ email: 'a@example.org', issued: weak }, describeImage('weak')));
    expect(reply.status).toBe(422);
    const { findings } = (await reply.json()) as { findings: { code: string }[] };
    expect(findings.map(({ code }) => code)).toEqual(expect.arrayContaining(['weak-alg', 'expired']));
  });

  it('does not let names count in another mode because they were confirmed here, nor the other way round', async () => {
    const ada = await makeOwn(NAME, 'ada@example.org');
    expect(await publish(await makeEntry(ada, describeImage('one'), { createdAt: later(0) }))).toBe('accepted');
    await asking.restart({ trust: { mode: 'pinned', fingerprints: [await toFingerprint(ada)] } });
    expect((await asking.upload(await makeEntry(ada, describeImage('two'), { createdAt: later(0) }))).status).toBe(202);
  });

  it('cannot be opened without confirmation', async () => {
    await asking.registry.close();
    await expect(asking.place.open({ trust: { mode: 'open' } })).rejects.toMatchObject({ code: 'config' });
    await asking.restart();
  });
});

async function toFingerprint({ issued }: TestEndorser): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', new Uint8Array(issued.der))).toString('hex');
}

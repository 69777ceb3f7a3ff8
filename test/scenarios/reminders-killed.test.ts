import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeImage, makeAuthority, makeEndorser, makeEntry } from '../endorser.ts';
import { openSmtpSink, type SmtpSink } from '../mail/smtp-sink.ts';
import { type ServingProcess, startServing, writeConfiguration } from './serving.ts';

const PATIENCE_MS = 300_000;
const DAY_MS = 86_400_000;
const ENDORSERS = 14;
/** Of these a registry sends at once, so that a kill leaves at most so many in doubt. */
const AT_ONCE = 4;
/** How long the server takes to say that it has a mail. */
const SLOW_MS = 400;

let root: string;
let serving: ServingProcess | undefined;
let sink: SmtpSink | undefined;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vouch-reminders-'));
});
afterEach(async () => {
  await serving?.kill();
  await sink?.close();
  rmSync(root, { recursive: true, force: true });
});

it('a registry that is killed again and again while it reminds sends nothing twice, and names what may not have arrived', {
  timeout: PATIENCE_MS,
}, async () => {
  const authority = await makeAuthority();
  mkdirSync(join(root, 'trust'));
  writeFileSync(join(root, 'trust', 'ca.pem'), authority.certificatePem);
  const createdAt = new Date(Math.floor(Date.now() / 1_000) * 1_000 - 60_000);
  const validUntil = new Date(createdAt.getTime() + 20 * DAY_MS);
  const told: string[] = [];
  const heard: string[] = [];
  sink = await openSmtpSink({
    onData(stream, session, done) {
      stream.resume();
      stream.on('end', () => {
        told.push(session.envelope.rcptTo[0]!.address);
        setTimeout(done, SLOW_MS);
      });
    },
  });
  const reminding = [
    'reminders: { mode: all, firstDays: 30, lastDays: 7, summaryDays: 0, roundMinutes: 0.005 }',
    `smtp: { host: 127.0.0.1, port: ${sink.port}, security: none, from: registry@example.org }`,
  ];
  serving = await startServing(writeConfiguration(root));
  const emails: string[] = [];
  for (let number = 0; number < ENDORSERS; number += 1) {
    const endorser = await makeEndorser(authority, `endorser${number}`);
    const bytes = await makeEntry(endorser, describeImage(`image ${number}`, { validUntil }), { createdAt });
    const headers = { 'Content-Type': 'application/rdf+xml' };
    const reply = await fetch(`${serving.url}/metadata`, { method: 'POST', headers, body: Buffer.from(bytes) });
    expect(reply.status).toBe(201);
    emails.push(endorser.email);
  }
  await serving.stop();

  const configuration = writeConfiguration(root, reminding);
  const KILLS = 3;
  for (let kills = 0; kills < KILLS; kills += 1) {
    const before = told.length;
    serving = await startServing(configuration);
    // In the middle: the server has the mail, and has not said so yet.
    await expect.poll(() => told.length, { timeout: 60_000, interval: 10 }).toBeGreaterThan(before);
    await serving.kill();
    heard.push(...serving.said);
  }
  serving = await startServing(configuration);
  const inDoubt = (): Set<string> =>
    new Set(heard.concat(serving!.said).flatMap((line) => /to (\S+) was on its way when/.exec(line)?.[1] ?? []));
  const unknown = (): string[] => emails.filter((email) => !told.includes(email) && !inDoubt().has(email));
  await expect.poll(unknown, { timeout: 60_000 }).toEqual([]);
  // Whatever else it would send goes out in the rounds that follow.
  await delay(2_000);
  expect(await serving.stop()).toBe(0);

  expect(told.toSorted()).toEqual([...new Set(told)].toSorted());
  expect(inDoubt().size).toBeLessThanOrEqual(KILLS * AT_ONCE);
  expect(inDoubt().size).toBeGreaterThan(0);
});

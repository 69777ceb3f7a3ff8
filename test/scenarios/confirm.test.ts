import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeImage, makeAuthority, makeEndorser, makeEntry } from '../endorser.ts';
import { openSmtpSink, type SmtpSink, toToken } from '../mail/smtp-sink.ts';
import { type ServingProcess, startServing, writeConfiguration } from './serving.ts';

const PATIENCE_MS = 120_000;

let root: string;
let serving: ServingProcess | undefined;
let sink: SmtpSink | undefined;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vouch-confirm-'));
});
afterEach(async () => {
  await serving?.kill();
  await sink?.close();
  rmSync(root, { recursive: true, force: true });
});

describe('a registry that asks by mail', () => {
  it('loses nothing to SIGKILL: not what was answered 202, not what was confirmed', {
    timeout: PATIENCE_MS,
  }, async () => {
    const authority = await makeAuthority();
    mkdirSync(join(root, 'trust'));
    writeFileSync(join(root, 'trust', 'ca.pem'), authority.certificatePem);
    const gone = await openSmtpSink();
    const { port } = gone;
    await gone.close();
    const configuration = writeConfiguration(root, [
      'confirmation: { mode: unknown }',
      `smtp: { host: 127.0.0.1, port: ${port}, security: none, from: registry@example.org }`,
    ]);
    const bytes = await makeEntry(await makeEndorser(authority, 'ada'), describeImage('killed'), {
      createdAt: new Date(Math.floor(Date.now() / 1000) * 1000),
    });
    const upload = async (): Promise<Response> =>
      fetch(`${serving!.url}/metadata`, {
        method: 'POST',
        body: new Uint8Array(bytes),
        headers: { 'Content-Type': 'application/rdf+xml', Accept: 'application/json' },
      });

    serving = await startServing(configuration);
    const reply = await upload();
    expect(reply.status).toBe(202);
    const status = new URL(reply.headers.get('Location')!).pathname;
    await serving.kill();

    // The mail server is back, and so is the registry: what waits is mailed.
    sink = await openSmtpSink({}, port);
    serving = await startServing(configuration);
    const [mail] = await sink.waitFor(1);
    await serving.kill();

    serving = await startServing(configuration);
    const standing = async (): Promise<unknown> => (await fetch(`${serving!.url}${status}`)).json();
    expect(await standing()).toMatchObject({ status: 'unconfirmed' });
    const token = toToken(mail!);
    expect((await fetch(`${serving.url}/confirm/${token}`, { method: 'POST' })).status).toBe(200);
    await serving.kill();

    serving = await startServing(configuration);
    expect(await standing()).toMatchObject({ status: 'recorded' });
    expect((await upload()).status).toBe(200);
    expect(await (await fetch(`${serving.url}/confirm/${token}`, { method: 'POST' })).text()).toContain('accepted');
  });
});

import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeNameDigests } from '../../src/platform/name-digests.ts';
import type { OpenRegistry } from '../../src/registry/open-registry.ts';
import type { DirectorySettings } from '../../src/registry/read-trust.ts';
import { readTrust } from '../../src/registry/read-trust.ts';
import type { Submission } from '../../src/registry/registry.ts';
import type { TrustNews } from '../../src/registry/trust-watch.ts';
import { hashName } from '../../src/x509/name-hash.ts';
import { makeAuthority, makeEndorser, makeEntry, NOW, type TestEndorser } from '../endorser.ts';
import { type ListDraft, writeList } from '../x509/crl-writer.ts';
import { makePlace, type RegistryPlace } from './world.ts';

const DAY_MS = 86_400_000;
const IN_TIME = { thisUpdate: new Date(NOW.getTime() - DAY_MS), nextUpdate: new Date(NOW.getTime() + DAY_MS) };

let place: RegistryPlace;
let trust: string;
let ada: TestEndorser;
let registry: OpenRegistry | undefined;

beforeEach(async () => {
  place = await makePlace();
  trust = join(place.directory, 'trust');
  ada = await makeEndorser(place.authority, 'ada');
});
afterEach(async () => {
  await registry?.close();
  registry = undefined;
  place.remove();
});

const put = (name: string, content: string | Uint8Array): void => writeFileSync(join(trust, name), content);
const putList = (draft: ListDraft = {}): void => put('ca.r0', writeList(place.authority, { ...IN_TIME, ...draft }));
const revoke = (endorser: TestEndorser) => ({
  serial: endorser.issued.certificate.serial,
  revokedAt: IN_TIME.thisUpdate,
});

async function open(settings: Partial<DirectorySettings> = {}): Promise<OpenRegistry> {
  registry = await place.open({ trust: { mode: 'anchors', directory: trust, ...settings } });
  return registry;
}

async function codesOf(endorser = ada): Promise<string[]> {
  const submission: Submission = await registry!.submit(await makeEntry(endorser));
  return submission.findings.map(({ code }) => code);
}

async function trustRecords(): Promise<string[]> {
  const records = [];
  for await (const { record } of registry!.log.records(0)) if (record.t === 'trust') records.push(record.doc);
  return records;
}

describe('revocation lists', () => {
  it('are not asked for in a plain folder, and are required in the layout of grids', async () => {
    await open();
    expect(registry!.trustSummary).toMatch(/1 authority .*\(plain folder\); revocation lists count where present/);
    expect(await codesOf()).toEqual([]);
    put('ca.info', 'status = accredited:classic');
    expect(await registry!.refreshTrust()).toMatchObject({
      outcome: 'changed',
      sentences: [/\(grid layout\).* are required/],
    });
    expect(await codesOf()).toEqual(['crl-missing']);
  });

  it('refuse whom they name from the moment they are there, although his path was remembered', async () => {
    await open();
    expect(await codesOf()).toEqual([]);
    expect(await codesOf()).toEqual([]);
    putList({ entries: [revoke(ada)], number: 1 });
    await registry!.refreshTrust();
    expect(await codesOf()).toEqual(['revoked']);
    expect(await codesOf(await makeEndorser(place.authority, 'grace'))).toEqual([]);
  });

  it('are set by the settings, and stand in the evidence of what was accepted', async () => {
    putList({ number: 41 });
    await open({ crl: 'require' });
    const submission = await registry!.submit(await makeEntry(ada));
    if (submission.outcome !== 'accepted') throw new Error(JSON.stringify(submission));
    const evidence: unknown = JSON.parse(
      new TextDecoder().decode(await registry!.log.blob(submission.receipt.record.ev)),
    );
    const [trustDigest] = await trustRecords();
    const issuer = 'O=Vouch Tests,CN=Test CA'.split(',').reverse().join(',');
    expect(evidence).toMatchObject({
      trustMode: 'anchors',
      trustDigest,
      judgedAt: NOW.toISOString(),
      chain: [expect.stringMatching(/^[0-9a-f]{64}$/), expect.stringMatching(/^[0-9a-f]{64}$/)],
      crls: [{ issuer, number: '41', thisUpdate: IN_TIME.thisUpdate.toISOString() }],
    });
  });

  it('may be out of date by as much as the setting says, or not be looked at', async () => {
    const nextUpdate = new Date(NOW.getTime() - 3_600_000);
    putList({ nextUpdate, entries: [revoke(ada)] });
    const codes: string[][] = [];
    for (const settings of [{}, { crlGraceMs: 2 * 3_600_000 }, { crl: 'off' }] as const) {
      await open(settings);
      codes.push(await codesOf());
      await registry!.close();
    }
    registry = undefined;
    expect(codes).toEqual([['revoked', 'crl-stale'], ['revoked'], []]);
  });

  it('never step back while the registry runs', async () => {
    putList({ number: 5, entries: [revoke(ada)] });
    await open();
    expect(await codesOf()).toEqual(['revoked']);
    putList({ number: 4, thisUpdate: new Date(IN_TIME.thisUpdate.getTime() - DAY_MS) });
    await registry!.refreshTrust();
    expect(registry!.trustWarnings.join()).toMatch(/ca\.r0: .*number 4, which is lower than the number 5/);
    expect(await codesOf()).toEqual(['revoked']);
    await registry!.refreshTrust();
    expect(await codesOf()).toEqual(['revoked']);
    putList({ number: 6 });
    await registry!.refreshTrust();
    expect(await codesOf()).toEqual([]);
  });
});

describe('namespaces', () => {
  it('are asked for as soon as the directory has any policy, and stay so while the registry runs', async () => {
    await open();
    expect(await codesOf()).toEqual([]);
    put('ca.namespaces', 'TO Issuer SELF PERMIT Subject "/O=Elsewhere/.*"');
    await registry!.refreshTrust();
    expect(await codesOf()).toEqual(['namespace']);
    rmSync(join(trust, 'ca.namespaces'));
    await registry!.refreshTrust();
    expect(await codesOf()).toEqual(['namespace']);
    put('ca.namespaces', 'TO Issuer SELF PERMIT Subject "/O=Vouch Tests/.*"');
    await registry!.refreshTrust();
    expect(await codesOf()).toEqual([]);
  });

  it('can be switched off, and be asked for without any file', async () => {
    put('ca.namespaces', 'TO Issuer SELF DENY Subject ".*"');
    await open({ namespaces: 'off' });
    expect(await codesOf()).toEqual([]);
    await registry!.close();
    rmSync(join(trust, 'ca.namespaces'));
    await open({ namespaces: 'require' });
    expect(await codesOf()).toEqual(['namespace']);
  });
});

describe('a trust directory that changes', () => {
  it('is recorded in the log before it is in force, and only if it changed', async () => {
    await open();
    const grace = await makeEndorser(await makeAuthority('Other CA'), 'grace');
    expect(await codesOf(grace)).toContain('no-anchor');
    expect(await registry!.refreshTrust()).toEqual({ outcome: 'same', sentences: [] });
    expect(await trustRecords()).toHaveLength(1);
    const other = await makeAuthority('Third CA');
    put('third.pem', other.certificatePem);
    expect(await registry!.refreshTrust()).toMatchObject({ outcome: 'changed' });
    expect(await trustRecords()).toHaveLength(2);
    expect(await codesOf(await makeEndorser(other, 'joan'))).toEqual([]);
    rmSync(join(trust, 'ca.pem'));
    await registry!.refreshTrust();
    expect(await codesOf()).toContain('no-anchor');
    expect(await trustRecords()).toHaveLength(3);
  });

  it('and is broken leaves what was in force as it was, and says so once', async () => {
    const news: TrustNews[] = [];
    registry = await place.open({ trustRefreshMs: 20, onTrustNews: (one) => news.push(one) });
    renameSync(trust, `${trust}.away`);
    await expect.poll(() => news.length).toBe(1);
    expect(news[0]).toMatchObject({ outcome: 'kept', sentences: [/cannot be read.* stays in force/] });
    expect(await codesOf()).toEqual([]);
    mkdirSync(trust);
    await expect.poll(() => news.length).toBe(2);
    expect(news[1]!.sentences[0]).toMatch(/holds no certificate/);
    expect(await codesOf()).toEqual([]);
    // As fetch-crl and package managers do it: written elsewhere, then moved into place.
    writeFileSync(`${trust}.new`, (await makeAuthority('New CA')).certificatePem);
    renameSync(`${trust}.new`, join(trust, 'new.pem'));
    await expect.poll(() => news.length).toBe(3);
    expect(news[2]!.outcome).toBe('changed');
    expect(await codesOf()).toContain('no-anchor');
  });

  it('loses no upload that is under way', async () => {
    await open();
    const entries = await Promise.all(
      Array.from({ length: 40 }, (_, at) => makeEndorser(place.authority, `p${at}`).then((one) => makeEntry(one))),
    );
    const submissions = entries.map((bytes) => registry!.submit(bytes));
    for (let at = 0; at < 10; at += 1) {
      put(`extra${at}.pem`, (await makeAuthority(`Extra ${at}`)).certificatePem);
      await registry!.refreshTrust();
    }
    expect((await Promise.all(submissions)).map(({ outcome }) => outcome)).toEqual(entries.map(() => 'accepted'));
    expect(await trustRecords()).toHaveLength(11);
  });
});

describe('the whole layout of grids', () => {
  it('takes an endorser in whom policies and revocation lists allow', async () => {
    const [hash] = hashName(place.authority.certificate.subject, nodeNameDigests);
    renameSync(join(trust, 'ca.pem'), join(trust, `${hash}.0`));
    put(`${hash}.info`, 'alias = test\nstatus = accredited:classic\nsubjectdn = "/O=Vouch Tests/CN=Test CA"');
    put(`${hash}.namespaces`, 'TO Issuer "/O=Vouch Tests/CN=Test CA" PERMIT Subject "/O=Vouch Tests/CN=.*"');
    put(
      `${hash}.signing_policy`,
      `access_id_CA X509 '/O=Vouch Tests/CN=Test CA'\npos_rights globus CA:sign\ncond_subjects globus '"/O=Vouch Tests/*"'`,
    );
    put(`${hash}.r0`, writeList(place.authority, { ...IN_TIME, number: 1 }));
    const { summary, warnings } = await readTrust({ mode: 'anchors', directory: trust });
    expect(warnings).toEqual([]);
    expect(summary).toMatch(/1 authority .*\(grid layout\); revocation lists are required .* held against policies/);
    await open();
    expect(await codesOf()).toEqual([]);
    expect(await codesOf(await makeEndorser(place.authority, 'eve', { subject: 'CN=eve,O=Elsewhere' }))).toEqual([
      'namespace',
      'namespace',
    ]);
  });
});

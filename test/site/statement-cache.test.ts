import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { nodeCrypto } from '../../src/platform/node-crypto.ts';
import { decide } from '../../src/policy/decide.ts';
import { type FoundEntry, judgeReadEntry, readFoundEntry } from '../../src/policy/judge-entry.ts';
import type { JudgedEntry, UnreadableEntry } from '../../src/policy/judged-entry.ts';
import { StatementCache } from '../../src/site/statement-cache.ts';
import type { Trust, World } from '../../src/verify/conditions.ts';
import { readAccepted } from '../../src/verify/read-accepted.ts';
import { SignerCache } from '../../src/verify/signer.ts';
import { verifyEntry } from '../../src/verify/verify-entry.ts';
import { readCertificate } from '../../src/x509/read-certificate.ts';
import { describeImage, makeAuthority, makeEndorser, makeEntry, NOW } from '../endorser.ts';
import { LOG, makePolicy } from '../policy/judged.ts';
import { xml } from '../xml/world.ts';

const IMAGE = describeImage('history');
const DAY_MS = 86_400_000;
const ANYONE = makePolicy('endorsers: { allow: anyone }', 'deprecation: any');
const documents: Uint8Array[] = [];
const trusts: Trust[] = [];

/** What a site sees, and how often it reads a document. */
function openWorld(): World & { readonly count: () => number } {
  let count = 0;
  const counted = {
    readDocument: (...words: Parameters<typeof xml.readDocument>) => {
      count += 1;
      return xml.readDocument(...words);
    },
  };
  return {
    xml: Object.assign(Object.create(xml), counted),
    crypto: nodeCrypto,
    signers: new SignerCache(),
    count: () => count,
  };
}

beforeAll(async () => {
  const [known, other] = await Promise.all([makeAuthority('Known CA'), makeAuthority('Other CA')]);
  const [ada, ben, eve] = await Promise.all([
    makeEndorser(known, 'ada'),
    makeEndorser(known, 'ben', { notAfter: new Date(NOW.getTime() + DAY_MS) }),
    makeEndorser(other, 'eve'),
  ]);
  for (const [endorser, hours, changes] of [
    [ada, 9, {}],
    [ada, 8, { deprecated: 'It has a hole.', locations: [] }],
    [ada, 7, { title: 'Mended.' }],
    [ada, 6, { validUntil: new Date(NOW.getTime() + DAY_MS) }],
    [ben, 5, {}],
    [ben, 4, { deprecated: 'No.', locations: [] }],
    [eve, 3, {}],
  ] as const) {
    const createdAt = new Date(NOW.getTime() - hours * 3_600_000);
    documents.push(await makeEntry(endorser, describeImage('history', changes), { createdAt }));
  }
  const text = Buffer.from(documents[0]!).toString();
  documents.push(
    Buffer.from(text.replace('Image history', 'Another title')),
    Buffer.from('<other/>'),
    new Uint8Array(),
  );
  for (const authorities of [[known], [known, other], []]) {
    const anchors = authorities.flatMap(({ der }) => {
      const reading = readCertificate(der);
      return reading.ok ? [reading.certificate] : [];
    });
    trusts.push({ mode: 'anchors', anchors, digest: '', bindings: [] });
  }
  trusts.push({ mode: 'pinned', fingerprints: new Set(), digest: '', bindings: [] });
});

type Judged = JudgedEntry | UnreadableEntry;

/** How a document was judged before reading and judging were two things. */
async function judgeFormerly(bytes: Uint8Array, found: FoundEntry, at: Date, trust: Trust): Promise<Judged> {
  const world = { xml, crypto: nodeCrypto };
  const { origin, index, isImported } = found;
  const profile = isImported ? 'legacy' : 'current';
  const { findings } = await verifyEntry(bytes, { profile, at, trust: isImported ? { mode: 'any' } : trust }, world);
  const fault = findings.find(({ check, severity }) => severity === 'error' && /^(document|schema)$/.test(check));
  const unreadable = { origin, index: index!, message: '' };
  if (fault !== undefined) return unreadable;
  const content = await readAccepted(bytes, profile, world).catch(() => undefined);
  if (content === undefined) return unreadable;
  const { entry, endorserKey, signerSha256, signerKey } = content;
  const documentSha256 = Buffer.from(await nodeCrypto.digest('SHA-256', bytes)).toString('hex');
  return { ...found, documentSha256, entry, endorserKey, signerSha256, signerKey, findings };
}

function decideBy(judged: readonly Judged[], at: Date) {
  const isReadable = (one: Judged): one is JudgedEntry => 'entry' in one;
  const entries = judged.filter(isReadable);
  const unreadable = judged
    .filter((one) => !isReadable(one))
    .map((one) => ({ ...one, message: '' }) as UnreadableEntry);
  const decision = decide({ image: IMAGE.identifier, entries, unreadable, log: [LOG], at }, ANYONE);
  return { ...decision, reasons: decision.reasons.toSorted((a, b) => (a.message < b.message ? -1 : 1)) };
}

describe('statements that are kept', () => {
  it('are decided from as if each document were read and verified anew, whatever becomes of time and trust', async () => {
    const cache = new StatementCache();
    const world = openWorld();
    const question = fc.record({
      chosen: fc.subarray(Array.from({ length: 10 }, (_, at) => at)),
      imported: fc.constantFrom(-1, -1, -1, 0, 4),
      days: fc.constantFrom(-400, 0, 0.5, 2, 30_000),
      trusting: fc.nat(3),
    });
    await fc.assert(
      fc.asyncProperty(question, async ({ chosen, imported, days, trusting }) => {
        const at = new Date(NOW.getTime() + days * DAY_MS);
        const trust = trusts[trusting]!;
        const [kept, anew]: [Judged[], Judged[]] = [[], []];
        for (const index of chosen) {
          const bytes = documents[index]!;
          const found = { origin: LOG.origin, index, isImported: index === imported, isIncluded: true };
          const read = () => readFoundEntry(bytes, found, world);
          const statement = await cache.get(`${index} ${found.isImported}`, bytes.length, read);
          const judgement = await judgeReadEntry(statement, found, { at, trust }, world);
          kept.push(judgement.ok ? judgement.judged : judgement.unreadable);
          anew.push(await judgeFormerly(bytes, found, at, trust));
        }
        expect(decideBy(kept, at)).toEqual(decideBy(anew, at));
      }),
      { numRuns: 150 },
    );
    // Ten documents, and two of them as originals too.
    expect(world.count()).toBeLessThanOrEqual(12);
  });

  it('hold each signer once, however many documents he signed', async () => {
    const cache = new StatementCache();
    const world = openWorld();
    const signers = [];
    for (const [index, bytes] of documents.entries()) {
      const found = { origin: LOG.origin, index, isImported: false, isIncluded: true };
      const statement = await cache.get(String(index), bytes.length, () => readFoundEntry(bytes, found, world));
      signers.push(...(statement.content?.signature?.signer === undefined ? [] : [statement.content.signature.signer]));
    }
    expect(signers.length).toBeGreaterThan(new Set(signers).size);
    expect(new Set(signers).size).toBe(new Set(signers.map(({ sha256 }) => sha256)).size);
  });

  it('are those asked about last; what could not be read is tried again', async () => {
    const cache = new StatementCache();
    const half = 3.5 * 1024 * 1024;
    let count = 0;
    const ask = async (name: string) =>
      (
        await cache.get(name, half, async () => {
          count += 1;
          return { profile: 'current', documentSha256: `${name}${count}`, findings: [] };
        })
      ).documentSha256;
    expect([await ask('a'), await ask('b'), await ask('a')]).toEqual(['a1', 'b2', 'a1']);
    expect([await ask('c'), await ask('a'), await ask('b')]).toEqual(['c3', 'a1', 'b4']);
    const broken = cache.get('d', 1, () => Promise.reject(new Error('no')));
    await expect(broken).rejects.toThrow('no');
    await expect(cache.get('d', 1, () => Promise.reject(new Error('again')))).rejects.toThrow('again');
  });
});

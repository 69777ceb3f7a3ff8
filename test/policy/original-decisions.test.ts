import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { nodeCrypto } from '../../src/platform/node-crypto.ts';
import { convertOriginalPolicy } from '../../src/policy/convert-original.ts';
import { decide } from '../../src/policy/decide.ts';
import { judgeEntry } from '../../src/policy/judge-entry.ts';
import type { JudgedEntry } from '../../src/policy/judged-entry.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { NOW } from '../endorser.ts';
import { xml } from '../xml/world.ts';
import { LOG, readText } from './judged.ts';

const shared = new URL('../../../shared/data/stratuslab/', import.meta.url).pathname;
const needsShared = !existsSync(shared) && process.env.CI !== 'true';
const SIGNED = existsSync(shared)
  ? readdirSync(shared).filter((name) => /^valid-.*signature.*|^valid-(alternative|ca-signed|two-locations)/.test(name))
  : [];
function convert(text: string): Policy {
  const conversion = convertOriginalPolicy(text);
  if (!conversion.ok) throw new Error(conversion.message);
  const reading = readText(JSON.stringify(conversion.document));
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
  return reading.policy;
}

async function judge(name: string): Promise<JudgedEntry> {
  const world = { xml, crypto: nodeCrypto };
  const found = { origin: LOG.origin, isImported: true };
  const judgement = await judgeEntry(readFileSync(shared + name), found, { at: NOW, trust: { mode: 'any' } }, world);
  if (!judgement.ok) throw new Error(judgement.unreadable.message);
  return judgement.judged;
}

/** The lists of a `policy.cfg`, read the plain way. */
function listsOf(text: string): Record<string, string[]> {
  const lists: Record<string, string[]> = {};
  let name = '';
  for (const line of text.split('\n')) {
    const option = /^([a-z]+)=/.exec(line);
    if (option !== null) {
      name = option[1]!;
      lists[name] = [];
    } else if (line.startsWith(' ') && line.trim() !== '') lists[name]!.push(line.trim());
  }
  return lists;
}

/** What the original's filters leave of one entry: each white list that is not empty must hold it, no black list may. */
function originalKeeps(lists: Record<string, string[]>, { entry }: JudgedEntry): boolean {
  const values: Record<string, string[]> = {
    endorsers: [entry.endorsement.email],
    images: [entry.identifier],
    checksums: entry.checksums.map(({ value }) => value),
  };
  return Object.entries(values).every(([kind, found]) => {
    const white = lists[`whitelist${kind}`] ?? [];
    const isWhite = white.length === 0 || found.some((value) => white.includes(value));
    return isWhite && !found.some((value) => (lists[`blacklist${kind}`] ?? []).includes(value));
  });
}

describe.skipIf(needsShared)('the decisions of the original software (needs ../shared)', () => {
  const text = existsSync(shared) ? readFileSync(`${shared}policy.cfg`, 'utf8') : '';
  const first = SIGNED[0];
  const policies: [string, (judged: JudgedEntry) => string][] = [
    ['as it is', () => text],
    [
      'with the image listed',
      ({ entry }) => text.replace('whitelistimages=', `whitelistimages=\n ${entry.identifier}`),
    ],
    ['with the endorser denied', ({ entry }) => text.replace(' hackers@example.org', ` ${entry.endorsement.email}`)],
    ['with another endorser only', () => '[endorsers]\nwhitelistendorsers=\n someone@example.org\n'],
    [
      'with a checksum denied',
      ({ entry }) => text.replace('639ac4915da045efa809bd02b2609d9d3f932e85', entry.checksums[0]!.value),
    ],
    ['with the image denied', ({ entry }) => `[images]\nblacklistimages=\n ${entry.identifier}\n`],
    ['with only the image allowed', ({ entry }) => `[images]\nwhitelistimages=\n ${entry.identifier}\n`],
    ['with a checksum allowed', ({ entry }) => `[checksums]\nwhitelistchecksums=\n ${entry.checksums.at(-1)!.value}\n`],
    ['with empty lists', () => '[endorsers]\nwhitelistendorsers=\nblacklistendorsers=\n'],
  ];

  it('has originals to decide on', () => expect(first).toBeDefined());

  it.each(policies)('come out on its own entries: policy.cfg %s', async (_, write) => {
    let kept = 0;
    for (const name of SIGNED) {
      const judged = await judge(name);
      const original = write(judged);
      const at = new Date(judged.entry.endorsement.createdAt.getTime() + 60_000);
      const question = { image: judged.entry.identifier, entries: [judged], log: [LOG], at };
      const { outcome, reasons } = decide(question, convert(original));
      const isGood = judged.entry.deprecated === undefined && !((judged.entry.validUntil ?? at) < at);
      const expected = originalKeeps(listsOf(original), judged) && isGood;
      expect([
        name,
        outcome,
        reasons.filter((reason) => reason.outcome === 'rejected').map(({ rule }) => rule),
      ]).toEqual([name, expected ? 'allow' : 'deny', expected ? [] : expect.arrayContaining([expect.any(String)])]);
      if (expected) kept += 1;
    }
    if (/listed|allowed|empty/.test(_)) expect(kept).toBeGreaterThan(0);
  });

  it('take every entry into account: the second of two is looked at too', async () => {
    const entries = await Promise.all(['valid-indate-signature.xml', 'valid-indate-newer-signature.xml'].map(judge));
    const question = { image: entries[0]!.entry.identifier, entries, log: [LOG], at: NOW };
    const told = new Set(decide(question, convert(text)).reasons.map(({ entry }) => entry?.documentSha256));
    expect(told.size).toBe(2);
  });
});

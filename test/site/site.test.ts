import { EventEmitter, once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VouchError } from '../../src/errors.ts';
import { readWitnessPolicy } from '../../src/log/witness-policy.ts';
import type { LogSource } from '../../src/peer/log-source.ts';
import { openMemorySyncedLog } from '../../src/peer/memory-synced-log.ts';
import { ReaderLogSource } from '../../src/peer/reader-log-source.ts';
import type { Decision } from '../../src/policy/decision.ts';
import type { OpenRegistry } from '../../src/registry/open-registry.ts';
import { DocumentStore } from '../../src/site/document-store.ts';
import { describeImage, makeEndorser, makeEntry, NOW, type TestEndorser } from '../endorser.ts';
import { cosign, makeCosigner } from '../log/witnesses.ts';
import { lie } from '../peer/made-log.ts';
import { makePolicy } from '../policy/judged.ts';
import { makePlace, type RegistryPlace } from '../registry/world.ts';
import { GRACE_MS, keyOf, openSite, type SitePlace } from './place.ts';

const IMAGE = describeImage('site');
const ANYONE = makePolicy('endorsers: { allow: anyone }', 'deprecation: any');
const before = (seconds: number): Date => new Date(NOW.getTime() - seconds * 1_000);

let place: RegistryPlace;
let registry: OpenRegistry;
let ada: TestEndorser;
let ben: TestEndorser;
const opened: SitePlace[] = [];

beforeEach(async () => {
  place = await makePlace();
  registry = await place.open();
  [ada, ben] = await Promise.all([makeEndorser(place.authority, 'ada'), makeEndorser(place.authority, 'ben')]);
});
afterEach(async () => {
  for (const { log } of opened.splice(0)) await log[Symbol.asyncDispose]();
  await registry.close();
  place.remove();
});

async function open(...rest: Parameters<typeof openSite> extends [unknown, unknown, ...infer R] ? R : never) {
  const one = await openSite(place, registry, ...rest);
  opened.push(one);
  return one;
}

async function say(endorser: TestEndorser, seconds: number, changes: Parameters<typeof describeImage>[1] = {}) {
  const bytes = await makeEntry(endorser, describeImage('site', changes), { createdAt: before(seconds) });
  expect((await registry.submit(bytes)).outcome).toBe('accepted');
}

const rejected = ({ reasons }: Decision): string[] =>
  reasons
    .filter(({ outcome, effect }) => outcome === 'rejected' && effect === 'enforced')
    .map(({ message }) => message);

describe('a site', () => {
  it('allows what the log holds and its own trust and policy keep, and says up to which record it knows', async () => {
    await say(ada, 100);
    const { site, log } = await open(ANYONE);
    await log.sync();
    const decision = await site.decide(IMAGE.identifier);
    expect(decision).toMatchObject({
      outcome: 'allow',
      entry: { email: 'ada@example.org', index: 1 },
      log: [{ origin: registry.log.origin, size: registry.log.size(), completeness: 'synced', checkedAt: NOW }],
    });
    await say(ada, 50, { deprecated: 'It has a hole.', locations: [] });
    expect((await site.decide(IMAGE.identifier)).outcome).toBe('allow');
    await log.sync();
    const withdrawn = await site.decide(IMAGE.identifier);
    expect([withdrawn.outcome, rejected(withdrawn)]).toEqual(['deny', [expect.stringContaining('It has a hole.')]]);
  });

  it('does not believe an endorser the registry believes, but its own trust does not', async () => {
    await say(ada, 100);
    const { site, log } = await open(ANYONE);
    await log.sync();
    site.replace({ trust: { mode: 'pinned', fingerprints: new Set(), digest: '', bindings: [] } });
    const decision = await site.decide(IMAGE.identifier);
    expect([decision.outcome, rejected(decision)]).toEqual(['deny', [expect.stringContaining('not on this registry')]]);
  });

  it('counts people who vouch for the same bytes', async () => {
    await say(ada, 100);
    const { site, log } = await open(makePolicy('threshold: { of: 2, endorsers: anyone }'));
    await log.sync();
    expect((await site.decide(IMAGE.identifier)).outcome).toBe('deny');
    await say(ben, 90);
    await log.sync();
    expect((await site.decide(IMAGE.identifier)).outcome).toBe('allow');
  });

  it('does not take what has expired for what nobody signed: it is passed over, but a withdrawal stands', async () => {
    const soon = new Date(NOW.getTime() + 1_000);
    await say(ada, 100, { validUntil: soon });
    const { site, log, setNow } = await open(ANYONE);
    await log.sync();
    setNow(new Date(NOW.getTime() + 2_000));
    const expired = await site.decide(IMAGE.identifier);
    expect([expired.outcome, rejected(expired)]).toEqual(['deny', [expect.stringContaining('expired at')]]);
    await say(ben, 90);
    await log.sync();
    expect(await site.decide(IMAGE.identifier)).toMatchObject({
      outcome: 'allow',
      entry: { email: 'ben@example.org' },
    });
    await say(ada, 80);
    await log.sync();
    expect(await site.decide(IMAGE.identifier)).toMatchObject({
      outcome: 'allow',
      entry: { email: 'ada@example.org' },
    });
    await say(ada, 70, { validUntil: soon, deprecated: 'It has a hole.', locations: [] });
    await log.sync();
    const withdrawn = await site.decide(IMAGE.identifier);
    expect([withdrawn.outcome, rejected(withdrawn).join(' ')]).toEqual(['deny', expect.stringContaining('a hole')]);
  });

  it('asks the graph of a statement, also with shapes', async () => {
    await say(ada, 100);
    const ask = 'ask: { query: "PREFIX sl: <http://mp.stratuslab.eu/slterms#> ASK { ?i sl:os \\"debian\\" }" }';
    const shape = (os: string, target = 'http://purl.org/dc/terms/identifier') =>
      `shapes: { turtle: "@prefix sh: <http://www.w3.org/ns/shacl#> . [] a sh:NodeShape ; sh:targetSubjectsOf <${target}> ; sh:property [ sh:path <http://mp.stratuslab.eu/slterms#os> ; sh:hasValue \\"${os}\\" ] ." }`;
    for (const [rule, outcome, message] of [
      [ask, 'allow'],
      [ask.replace('debian', 'hurd'), 'deny', /answered with no/],
      ['ask: { query: "SELECT * { ?s ?p ?o }" }', 'deny', /could not be answered: .*ASK/],
      ['ask: { query: "ASK { SERVICE <http://localhost:1/> { ?s ?p ?o } }" }', 'deny', /SERVICE is not allowed/],
      [shape('debian'), 'allow'],
      [shape('hurd'), 'deny', /do not hold/],
      [shape('debian', 'http://example.org/misspelt'), 'deny', /look at nothing/],
      ['shapes: { turtle: "this is no Turtle" }', 'deny', /could not be applied/],
    ] as const) {
      const { site, log } = await open(makePolicy('endorsers: { allow: anyone }', rule));
      await log.sync();
      const decision = await site.decide(IMAGE.identifier);
      expect([rule, decision.outcome]).toEqual([rule, outcome]);
      if (message !== undefined) expect(rejected(decision).join(' ')).toMatch(message);
    }
  });

  it('says what it would have decided then', async () => {
    await say(ada, 100);
    const { site, log } = await open(ANYONE);
    await log.sync();
    expect((await site.decide(IMAGE.identifier, before(10))).outcome).toBe('deny');
    expect((await site.decide(IMAGE.identifier, new Date(NOW.getTime() + 1_000))).outcome).toBe('allow');
  });

  it('refuses what is no identifier', async () => {
    const { site } = await open(ANYONE);
    await expect(site.decide('../etc/passwd')).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('a site whose registry', () => {
  it('was never seen allows nothing', async () => {
    await say(ada, 100);
    const { site } = await open(ANYONE);
    expect(rejected(await site.decide(IMAGE.identifier))).toContainEqual(expect.stringContaining('was never seen'));
  });

  it('is away goes on from its copy until the grace is over, and says so', async () => {
    await say(ada, 100);
    const { site, log, setNow, setSource } = await open(ANYONE);
    await log.sync({ withDocuments: true });
    const away = () => Promise.reject(new VouchError('unreachable', 'Nobody answers at registry.test.'));
    setSource({ name: 'away', checkpoint: away, tile: away, bundle: away, blob: away });
    setNow(new Date(NOW.getTime() + GRACE_MS));
    await log.sync();
    const graced = await site.decide(IMAGE.identifier);
    expect([graced.outcome, graced.log[0]!.notice]).toEqual(['allow', expect.stringContaining('Nobody answers')]);
    setNow(new Date(NOW.getTime() + GRACE_MS + 1));
    const late = await site.decide(IMAGE.identifier);
    expect([late.outcome, rejected(late)[0]]).toEqual([
      'deny',
      expect.stringContaining('longer ago than the grace allows'),
    ]);
  });

  it('shows an old checkpoint is not followed back: the withdrawal it hides counts', async () => {
    await say(ada, 100);
    const old = registry.log.checkpointNote();
    await say(ada, 50, { deprecated: 'It has a hole.', locations: [] });
    const { site, log, setSource } = await open(ANYONE);
    await log.sync();
    setSource(lie(new ReaderLogSource(registry.log), { checkpoint: async () => Buffer.from(old) }));
    await log.sync();
    const decision = await site.decide(IMAGE.identifier);
    expect(decision.outcome).toBe('deny');
    expect(rejected(decision)).toContainEqual(expect.stringContaining('It has a hole.'));
    expect(decision.log[0]!.notice).toMatch(/Rollback/i);
  });

  it('does not give the document of a withdrawal allows nothing, and names what is missing', async () => {
    await say(ada, 100);
    await say(ada, 50, { deprecated: 'It has a hole.', locations: [] });
    const { doc } = await registry.log.record(2);
    const { site, log, setSource } = await open(ANYONE);
    const honest = new ReaderLogSource(registry.log);
    for (const answer of [Buffer.from('<other/>'), undefined]) {
      setSource(
        lie(honest, {
          blob: (sha256) => {
            if (sha256 !== doc) return honest.blob(sha256);
            return answer === undefined
              ? Promise.reject(new VouchError('not-found', 'There is none.'))
              : Promise.resolve(answer);
          },
        }),
      );
      await log.sync();
      const decision = await site.decide(IMAGE.identifier);
      expect([decision.outcome, rejected(decision)]).toEqual([
        'deny',
        [expect.stringMatching(/^Record 2 of .* cannot be read: its document is not here/)],
      ]);
    }
  });

  it('has two histories is believed no more, whatever it shows later, also after a restart', async () => {
    await say(ada, 100);
    const shared = { log: await openMemorySyncedLog(keyOf(place)), documents: DocumentStore.inMemory() };
    const { site, log, setSource } = await open(ANYONE, shared);
    await log.sync();
    await registry.close();
    // The same key signs a second history.
    for (const name of ['log', 'catalog']) rmSync(join(place.directory, 'data', name), { recursive: true });
    registry = await place.open();
    await say(ben, 90);
    setSource(new ReaderLogSource(registry.log));
    await log.sync();
    const decision = await site.decide(IMAGE.identifier);
    expect([decision.outcome, rejected(decision)[0]]).toEqual(['deny', expect.stringMatching(/fork/i)]);
    const restarted = await openSite(place, registry, ANYONE, shared);
    await restarted.log.sync();
    expect(rejected(await restarted.site.decide(IMAGE.identifier))[0]).toMatch(/fork/i);
  });

  it('withholds the records of a newer checkpoint, or shows one for ever, is no fresher for it', async () => {
    await say(ada, 100);
    const key = makeCosigner('w.example.org/witness');
    const witnesses = readWitnessPolicy(Buffer.from(`witness w ${key.verifier.vkey}\nquorum w\n`));
    const seen = (at: Date) => {
      const note = registry.log.checkpointNote();
      return async () => Buffer.from(`${note}${cosign(key, note.slice(0, note.indexOf('\n\n') + 1), at)}`);
    };
    const honest = new ReaderLogSource(registry.log);
    const { log, setNow, setSource } = await open(ANYONE, { witnesses });
    setSource(lie(honest, { checkpoint: seen(NOW) }));
    await log.sync();
    const known = log.standing(NOW);
    expect(known).toMatchObject({ witnessedAt: NOW });
    expect(known).not.toHaveProperty('notice');
    // The same checkpoint, day after day.
    const later = new Date(NOW.getTime() + 25 * GRACE_MS);
    setNow(later);
    await log.sync();
    expect(log.standing(later)).toMatchObject({ checkedAt: later, fault: expect.stringContaining('an old state') });
    await say(ada, 50, { deprecated: 'It has a hole.', locations: [] });
    const withhold = () => Promise.reject(new VouchError('remote', 'Not now.'));
    setSource(lie(honest, { checkpoint: seen(later), bundle: withhold }));
    await log.sync();
    const { size } = known;
    expect(log.standing(NOW)).toMatchObject({ size, witnessedAt: NOW, notice: expect.stringContaining('Not now') });
    setSource(lie(honest, { checkpoint: seen(later) }));
    await log.sync();
    expect(log.standing(later)).toMatchObject({ size: size + 1, witnessedAt: later });
    expect(log.standing(later)).not.toHaveProperty('fault');
  });

  it('has said something new when its document is here: until then what was known before counts, unless it is withheld', async () => {
    await say(ada, 100);
    const { site, log, setNow, setSource } = await open(ANYONE, { isOffline: true });
    await log.sync({ withDocuments: true });
    await say(ada, 50, { deprecated: 'It has a hole', locations: [] });
    const real = new ReaderLogSource(registry.log);
    const holding = new EventEmitter();
    const asked = once(holding, 'asked');
    const blob: LogSource['blob'] = async (sha256) => {
      holding.emit('asked');
      await once(holding, 'release');
      return real.blob(sha256);
    };
    setSource(lie(real, { blob }));
    const syncing = log.sync({ withDocuments: true });
    await asked;
    expect((await site.decide(IMAGE.identifier)).outcome).toBe('allow');
    holding.emit('release');
    await syncing;
    expect((await site.decide(IMAGE.identifier)).outcome).toBe('deny');

    await say(ada, 40);
    setSource(lie(real, { blob: () => Promise.reject(new VouchError('unreachable', 'Nobody answers.')) }));
    await log.sync({ withDocuments: true });
    const before = await site.decide(IMAGE.identifier);
    expect([before.log[0]!.size, before.log[0]!.notice]).toEqual([3, expect.stringContaining('is away')]);
    setNow(new Date(NOW.getTime() + GRACE_MS + 1));
    expect((await site.decide(IMAGE.identifier)).log[0]!.fault).toContain('longer ago than the grace allows');
    setSource(lie(real, { blob: () => Promise.reject(new VouchError('not-found', 'There is none.')) }));
    await log.sync({ withDocuments: true });
    expect(rejected(await site.decide(IMAGE.identifier))).toContainEqual(expect.stringContaining('is not here'));
    setSource(real);
    await log.sync({ withDocuments: true });
    expect((await site.decide(IMAGE.identifier)).outcome).toBe('allow');
  });

  it('is asked for nothing while the site decides offline', async () => {
    await say(ada, 100);
    const { site, log, setSource } = await open(ANYONE, { isOffline: true });
    await log.sync();
    expect(rejected(await site.decide(IMAGE.identifier))).toContainEqual(expect.stringContaining('is not here'));
    await log.sync({ withDocuments: true });
    let asked = 0;
    const count = () => {
      asked += 1;
      return Promise.reject(new VouchError('unreachable', 'no'));
    };
    setSource({ name: 'counting', checkpoint: count, tile: count, bundle: count, blob: count });
    const decisions = await Promise.all(Array.from({ length: 50 }, () => site.decide(IMAGE.identifier)));
    expect(new Set(decisions.map(({ outcome }) => outcome))).toEqual(new Set(['allow']));
    expect(asked).toBe(0);
  });
});

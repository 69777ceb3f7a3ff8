import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { statusOf } from '../../src/catalog/catalog.ts';
import { toLogKey } from '../../src/log/note-key.ts';
import { ReaderLogSource } from '../../src/peer/reader-log-source.ts';
import { importEntries } from '../../src/registry/import-entries.ts';
import { type ManifestLine, readImportManifest, writeImportManifest } from '../../src/registry/import-manifest.ts';
import { openMirror } from '../../src/registry/open-mirror.ts';
import type { OpenRegistry } from '../../src/registry/open-registry.ts';
import { NOW } from '../endorser.ts';
import { makePlace, type RegistryPlace } from './world.ts';

const shared = new URL('../../../shared/data/stratuslab/', import.meta.url).pathname;
const needsShared = !existsSync(shared) && process.env.CI !== 'true';
const KEY = toLogKey('operator.test', new Uint8Array(32).fill(7));
const OTHER_KEY = toLogKey('operator.test', new Uint8Array(32).fill(8));

describe('the import manifest', () => {
  const lines: ManifestLine[] = [{ sha256: 'a'.repeat(64), fileName: 'an entry.xml' }];

  it('reads what it writes, with the key that signed it', () => {
    const text = writeImportManifest(lines, KEY);
    expect(readImportManifest(Buffer.from(text), [KEY.verifier])).toEqual({ lines, signedBy: 'operator.test' });
  });

  it('is refused when another key signed it, or a line was changed', () => {
    const text = writeImportManifest(lines, KEY);
    expect(() => readImportManifest(Buffer.from(text), [OTHER_KEY.verifier])).toThrow(/not signed by a key/);
    expect(() => readImportManifest(Buffer.from(text.replace('an entry', 'no entry')), [KEY.verifier])).toThrow();
    const odd = writeImportManifest([{ sha256: 'b', fileName: 'x' }], KEY);
    expect(() => readImportManifest(Buffer.from(odd), [KEY.verifier])).toThrow(/Line 2/);
  });
});

describe.skipIf(needsShared)('an import of the originals (needs ../shared)', () => {
  let place: RegistryPlace;
  let registry: OpenRegistry;
  const names = existsSync(shared) ? readdirSync(shared).filter((name) => name.endsWith('.xml')) : [];
  const hash = (name: string): string =>
    createHash('sha256')
      .update(readFileSync(shared + name))
      .digest('hex');
  const manifest = {
    lines: names.map((fileName) => ({ fileName, sha256: hash(fileName) })),
    signedBy: 'operator.test',
  };

  beforeEach(async () => {
    place = await makePlace();
    registry = await place.open();
  });
  afterEach(async () => {
    await registry.close();
    place.remove();
  });

  it('can be mirrored: each original is verified again by its bytes', async () => {
    await importEntries(registry, shared, manifest);
    const mirror = await openMirror({
      directory: join(place.directory, 'mirror'),
      baseUrl: 'http://mirror.test',
      url: 'http://registry.test',
      log: registry.log.key,
      source: new ReaderLogSource(registry.log),
      now: () => NOW,
    });
    try {
      await mirror.follower.pull();
      expect(mirror.log.size()).toBe(registry.log.size());
      await mirror.catalog.waitFor(mirror.log.size());
      const [copied, counted] = await Promise.all([mirror.catalog.counts(), registry.catalog.counts()]);
      expect(copied).toEqual(counted);
      expect(copied.entries).toBe(7);
    } finally {
      await mirror.close();
    }
  });

  it('takes in what is signed, in the order of signing, and refuses the rest', async () => {
    const outcomes = await importEntries(registry, shared, manifest);
    const accepted = outcomes.filter(({ outcome }) => outcome === 'accepted').map(({ fileName }) => fileName);
    expect(accepted).toEqual([
      'valid-full-signature.xml',
      'valid-ca-signed.xml',
      'valid-indate-deprecated-signature.xml',
      'valid-indate-signature.xml',
      'valid-indate-newer-signature.xml',
      'valid-two-locations.xml',
      'valid-alternative.xml',
    ]);
    expect(
      outcomes
        .filter(({ outcome }) => outcome === 'invalid')
        .map(({ fileName }) => fileName)
        .toSorted(),
    ).toEqual(names.filter((name) => !accepted.includes(name)));
    const history = await registry.catalog.history('BEE8-MMAw-Lk_IgsEExAy3d9R8h');
    expect(history.map((entry) => statusOf(entry, NOW))).toContain('superseded');
    expect(history.every(({ isImported }) => isImported)).toBe(true);
    expect(await registry.catalog.tagged('jane.tester@example.org', 'Alternative')).toBeDefined();
  });

  it('changes nothing when it is done again', async () => {
    await importEntries(registry, shared, manifest);
    const note = registry.log.checkpointNote();
    const again = await importEntries(registry, shared, manifest);
    expect(again.filter(({ outcome }) => outcome === 'known')).toHaveLength(7);
    expect(registry.log.checkpointNote()).toBe(note);
  });

  it('refuses a file that is not the one in the manifest', async () => {
    const directory = join(place.directory, 'originals');
    mkdirSync(directory);
    const name = 'valid-two-locations.xml';
    copyFileSync(shared + name, join(directory, name));
    writeFileSync(join(directory, name), `${readFileSync(shared + name, 'utf8')}\n`);
    const lines = [{ fileName: name, sha256: hash(name) }];
    const [outcome] = await importEntries(registry, directory, { lines, signedBy: 'operator.test' });
    expect(outcome).toMatchObject({ outcome: 'invalid' });
    expect(outcome?.findings.map(({ code }) => code)).toContain('not-in-manifest');
  });
});

import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LevelStore } from '../../src/catalog/level-store.ts';
import { toRowKey } from '../../src/catalog/store-key.ts';
import { openLevelStore } from '../../src/log/level-store.ts';
import { toEntryKey } from '../../src/log/store-key.ts';
import { type Marketplace, openMarketplace, type Person } from './open-marketplace.ts';
import { runCommand } from './run-command.ts';

let marketplace: Marketplace;
let jane: Person;
let logKey: string;
const at = (name: string): string => join(marketplace.path, name);

beforeAll(async () => {
  marketplace = await openMarketplace();
  jane = await marketplace.person('jane');
  logKey = marketplace.running.registry.log.key.vkey;
  await writeFile(at('image'), 'some bytes of an image');
  await writeFile(at('other'), 'bytes of another image');
  for (const image of ['image', 'other']) {
    const describe = ['describe', at(image), '--location', 'https://a.example/i', '-o', at(`${image}.draft`)];
    expect((await runCommand(describe, { env: jane.env })).code).toBe(0);
    const sign = ['sign', at(`${image}.draft`), '-o', at(`${image}.xml`)];
    expect((await runCommand(sign, { env: jane.env })).code).toBe(0);
  }
});
afterAll(() => marketplace[Symbol.asyncDispose]());

describe('vouch upload --receipt', () => {
  it('keeps a receipt that can be checked without the registry', async () => {
    const upload = ['upload', at('image.xml'), '--receipt', at('image.tlog-proof')];
    expect(await runCommand(upload, { env: jane.env })).toMatchObject({ code: 0 });
    const check = ['log', 'check', at('image.tlog-proof'), at('image.xml'), '--log-key', logKey];
    const { code, out } = await runCommand(check);
    expect(code).toBe(0);
    expect(out).toContain('vouches for image');
    expect(out).toContain('image.xml is that document.');
  });

  it('gives the same receipt for the same bytes again', async () => {
    const again = ['upload', at('image.xml'), '--receipt', at('again.tlog-proof')];
    expect(await runCommand(again, { env: jane.env })).toMatchObject({ code: 0 });
    expect(await readFile(at('again.tlog-proof'), 'utf8')).toBe(await readFile(at('image.tlog-proof'), 'utf8'));
  });

  it('takes one entry at a time, and sends nothing otherwise', async () => {
    const size = marketplace.running.registry.log.size();
    const both = ['upload', at('image.xml'), at('other.xml'), '--receipt', at('both.tlog-proof')];
    expect(await runCommand(both, { env: jane.env })).toMatchObject({ code: 2 });
    expect(marketplace.running.registry.log.size()).toBe(size);
  });
});

describe('vouch log proof', () => {
  it('gets the receipt of an entry by its number or its image, and says what it proves', async () => {
    const byNumber = await runCommand(['log', 'proof', '1', '--log-key', logKey], { env: jane.env });
    expect(byNumber).toMatchObject({ code: 0, out: await readFile(at('image.tlog-proof'), 'utf8') });
    expect(byNumber.err).toContain('Record 1 of');
    const byImage = await runCommand(['log', 'proof', at('image')], { env: jane.env });
    expect(byImage).toMatchObject({ code: 0, out: byNumber.out });
    expect(byImage.err).toContain('--log-key takes yours');
  });

  it('says which authorities were trusted where that is what the record is of', async () => {
    const { code, err } = await runCommand(['log', 'proof', '0'], { env: jane.env });
    expect([code, err]).toEqual([0, expect.stringContaining('says which authorities were trusted')]);
  });

  it('ends with 1 for what is not there, 65 for a log with another key', async () => {
    expect((await runCommand(['log', 'proof', '99'], { env: jane.env })).code).toBe(1);
    const other = logKey.replace(/\+[0-9a-f]{8}\+.*$/, '');
    const { toLogKey } = await import('../../src/log/note-key.ts');
    const stranger = toLogKey(other, Buffer.alloc(32, 1)).verifier.vkey;
    expect((await runCommand(['log', 'proof', '1', '--log-key', stranger], { env: jane.env })).code).toBe(65);
  });
});

describe('vouch log check', () => {
  it('ends with 1 for the receipt of another entry, 65 for one that proves nothing', async () => {
    const check = (file: string, ...entry: string[]) =>
      runCommand(['log', 'check', file, ...entry, '--log-key', logKey]);
    const other = await check(at('image.tlog-proof'), at('other.xml'));
    expect([other.code, other.out]).toEqual([1, expect.stringContaining('other.xml is not that document.')]);
    const receipt = await readFile(at('image.tlog-proof'), 'utf8');
    await writeFile(at('forged.tlog-proof'), receipt.replace('index 1', 'index 0'));
    expect((await check(at('forged.tlog-proof'))).code).toBe(65);
    expect((await check(at('image.xml'))).code).toBe(65);
  });
});

describe('vouch log checkpoint', () => {
  it('says how many records there are, and whether the signature holds', async () => {
    const told = await runCommand(['log', 'checkpoint'], { env: jane.env });
    expect([told.code, told.err]).toEqual([0, expect.stringContaining('has 2 records, it says')]);
    const held = await runCommand(['log', 'checkpoint', '--log-key', logKey], { env: jane.env });
    expect([held.code, held.err]).toEqual([0, expect.stringContaining('signature holds: 2 records')]);
  });
});

describe('vouch log audit', () => {
  it('refuses politely while the registry runs', async () => {
    const { code, err } = await runCommand(['log', 'audit', at('registry')]);
    expect([code, err]).toEqual([75, expect.stringContaining('A registry is running in')]);
  });

  it('ends with 2 where there is no log, and makes none', async () => {
    const { code, err } = await runCommand(['log', 'audit', marketplace.trust]);
    expect([code, err]).toEqual([2, expect.stringContaining('There is no log in')]);
    await mkdir(at('empty/log'), { recursive: true });
    expect((await runCommand(['log', 'audit', at('empty')])).code).toBe(2);
    expect(await readdir(at('empty/log'))).toEqual([]);
  });

  describe('of a copy that no registry has open', () => {
    const data = (): string => at('copy');
    beforeAll(async () => {
      await marketplace.running[Symbol.asyncDispose]();
      await cp(at('registry'), data(), { recursive: true });
    });

    it('finds it sound, and shows on a terminal how far it is', async () => {
      const drawn: string[] = [];
      const write = (chunk: string | Uint8Array): void => void drawn.push(String(chunk));
      const { code } = await runCommand(['log', 'audit', data()], { stderr: { write, isTTY: true, columns: 80 } });
      expect([code, drawn.join('')]).toEqual([0, expect.stringContaining('is sound: 2 records;')]);
      expect(drawn.join('')).toContain('catalog [####');
      const json = await runCommand(['log', 'audit', data(), '--json']);
      expect(JSON.parse(json.out)).toMatchObject({ size: 2, problems: [], catalogPosition: 2 });
    });

    it('ends with 70 and names what the catalog hides', async () => {
      const catalog = await LevelStore.open(join(data(), 'catalog'));
      await catalog.write([{ key: toRowKey(1), value: undefined }]);
      await catalog.close();
      const { code, out } = await runCommand(['log', 'audit', data()]);
      expect([code, out]).toEqual([70, 'the catalog lacks the row of entry 1\n']);
    });

    it('is content without a catalog, which the next start makes', async () => {
      await rm(join(data(), 'catalog'), { recursive: true });
      const { code, err } = await runCommand(['log', 'audit', data()]);
      expect([code, err]).toEqual([0, expect.stringContaining('the next start makes it')]);
    });

    it('ends with 70 and names what the log has other than it signed', async () => {
      const store = await openLevelStore(join(data(), 'log'));
      const [leaf] = await store.read([toEntryKey(1)]);
      const forged = Buffer.from(Buffer.from(leaf!).toString().replace('"act":"valid"', '"act":"deprecated"'));
      await store.write([[toEntryKey(1), forged]]);
      await store.close();
      const { code, out } = await runCommand(['log', 'audit', data()]);
      expect(code).toBe(70);
      expect(out).toContain('the checkpoint signed for 2 records is of another tree than these records');
    });

    it('takes the key from the command line where the directory has none, and never makes one', async () => {
      await rm(join(data(), 'log.key'));
      expect((await runCommand(['log', 'audit', data()])).code).toBe(2);
      await expect(readFile(join(data(), 'log.key'))).rejects.toThrow();
      expect((await runCommand(['log', 'audit', data(), '--log-key', logKey])).code).toBe(70);
    });
  });
});

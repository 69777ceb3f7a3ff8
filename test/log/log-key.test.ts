import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCosignerKey, openLogKey } from '../../src/log/log-key.ts';
import { ORIGIN } from './statement.ts';

let directory: string;
let path: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vouch-key-'));
  path = join(directory, 'log.key');
});

afterEach(() => rm(directory, { recursive: true }));

describe('openLogKey', () => {
  it('makes a key that only its owner can read, and finds it again', async () => {
    const made = await openLogKey(path, ORIGIN);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(directory)).toEqual(['log.key']);
    const found = await openLogKey(path, ORIGIN);
    expect(found.verifier.vkey).toBe(made.verifier.vkey);
    expect(found.verifier.verify('text', made.sign('text'))).toEqual({ key: found.verifier });
    expect((await readFile(path, 'utf8')).startsWith(`PRIVATE+KEY+${ORIGIN}+${made.verifier.keyId}+`)).toBe(true);
  });

  it('makes one key when many ask at once', async () => {
    const keys = await Promise.all(Array.from({ length: 10 }, () => openLogKey(path, ORIGIN)));
    expect(new Set(keys.map(({ verifier }) => verifier.vkey)).size).toBe(1);
    expect(await readdir(directory)).toEqual(['log.key']);
  });

  it('refuses the key of another origin', async () => {
    await openLogKey(path, ORIGIN);
    await expect(openLogKey(path, 'other.example.org/log')).rejects.toMatchObject({ code: 'config' });
  });

  it('refuses a file that holds no log key, and leaves it as it is', async () => {
    for (const text of ['', 'hello\n', '-----BEGIN PRIVATE KEY-----\n']) {
      await writeFile(path, text);
      await expect(openLogKey(path, ORIGIN)).rejects.toMatchObject({ code: 'key' });
      expect(await readFile(path, 'utf8')).toBe(text);
    }
  });

  it('says when the file can be neither read nor made', async () => {
    await mkdir(path);
    await expect(openLogKey(path, ORIGIN)).rejects.toMatchObject({ code: 'input-output' });
    await expect(openLogKey(join(directory, 'none', 'log.key'), ORIGIN)).rejects.toMatchObject({
      code: 'input-output',
    });
  });

  it('refuses an origin that cannot name a key', async () => {
    await expect(openLogKey(path, 'has a blank')).rejects.toMatchObject({ code: 'config' });
    expect(await readdir(directory)).toEqual([]);
  });

  it('keeps the keys of log, witness and mirror apart (TL-09)', async () => {
    const log = await openLogKey(path, ORIGIN);
    const names = ['witness', 'mirror'].map(
      (name) => [join(directory, `${name}.key`), `log.example.org/${name}`] as const,
    );
    const [witness, mirror] = await Promise.all(names.map(([file, name]) => openCosignerKey(file, name)));
    expect(new Set([log, witness!, mirror!].map(({ verifier }) => verifier.publicKey)).size).toBe(3);
    expect((await openCosignerKey(...names[0]!)).verifier.vkey).toBe(witness!.verifier.vkey);
    await expect(openCosignerKey(path, ORIGIN)).rejects.toMatchObject({ code: 'key' });
    await expect(openLogKey(names[0]![0], names[0]![1])).rejects.toMatchObject({ code: 'key' });
    await expect(openCosignerKey(names[0]![0], 'other.example.org/witness')).rejects.toMatchObject({ code: 'config' });
  });
});

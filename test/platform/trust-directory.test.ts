import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readTrustDirectory, TRUST_DIRECTORY_LIMITS } from '../../src/platform/trust-directory.ts';

let root: string;
let directory: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vouch-trust-'));
  directory = join(root, 'certificates');
  mkdirSync(directory);
});
afterEach(() => rmSync(root, { recursive: true }));

const put = (name: string, text = name): void => writeFileSync(join(directory, name), text);
const names = (files: readonly { readonly name: string }[]): string[] => files.map(({ name }) => name);

describe('a trust directory', () => {
  test('is read by the names it has a use for, links within it included', async () => {
    for (const name of ['ca.pem', '0123abcd.r0', 'ca.info', 'ca.namespaces', 'ca.signing_policy', 'ca.crl_url'])
      put(name);
    for (const name of ['README', 'ca.pem.bak', '.hidden', 'key.txt']) put(name);
    symlinkSync('ca.pem', join(directory, '0123abcd.0'));
    mkdirSync(join(directory, '..data'));
    writeFileSync(join(directory, '..data', 'mounted.pem'), 'mounted');
    symlinkSync('..data/mounted.pem', join(directory, 'mounted.pem'));
    const { files, warnings } = await readTrustDirectory(directory);
    expect(warnings).toEqual([]);
    expect(names(files)).toEqual([
      '0123abcd.0',
      '0123abcd.r0',
      'ca.crl_url',
      'ca.info',
      'ca.namespaces',
      'ca.pem',
      'ca.signing_policy',
      'mounted.pem',
    ]);
    expect(new TextDecoder().decode(files[0]!.bytes)).toBe('ca.pem');
  });

  test('may itself be behind a link', async () => {
    put('ca.pem');
    symlinkSync(directory, join(root, 'link'));
    expect(names((await readTrustDirectory(join(root, 'link'))).files)).toEqual(['ca.pem']);
  });

  test('CP-19: links that lead out, FIFOs, directories, devices and huge files are passed over with a warning, in time', async () => {
    put('good.pem');
    writeFileSync(join(root, 'outside.pem'), 'outside');
    mkdirSync(join(root, 'certificates-too'));
    writeFileSync(join(root, 'certificates-too', 'x.pem'), 'outside');
    symlinkSync('../outside.pem', join(directory, 'up.pem'));
    symlinkSync(join(root, 'certificates-too', 'x.pem'), join(directory, 'beside.pem'));
    symlinkSync('/dev/zero', join(directory, 'zero.pem'));
    symlinkSync('loop.pem', join(directory, 'loop.pem'));
    symlinkSync('nowhere.pem', join(directory, 'broken.pem'));
    mkdirSync(join(directory, 'folder.pem'));
    execFileSync('mkfifo', [join(directory, 'pipe.pem')]);
    put('huge.pem');
    truncateSync(join(directory, 'huge.pem'), 2 ** 30);
    put('huge.r0');
    truncateSync(join(directory, 'huge.r0'), 2 ** 30);
    const { files, warnings } = await readTrustDirectory(directory);
    expect(names(files)).toEqual(['good.pem']);
    expect(warnings.map((text) => text.split(':')[0])).toEqual(
      ['beside', 'broken', 'folder', 'huge', 'huge', 'loop', 'pipe', 'up', 'zero'].map((name, index) =>
        name === 'huge' && index === 4 ? 'huge.r0' : `${name}.pem`,
      ),
    );
  });

  test('is read within a limit for all files together, and refused with too many', async () => {
    for (const name of ['a.pem', 'b.pem', 'c.pem']) put(name, 'x'.repeat(100));
    const limited = await readTrustDirectory(directory, { ...TRUST_DIRECTORY_LIMITS, totalBytes: 250 });
    expect(names(limited.files)).toEqual(['a.pem', 'b.pem']);
    expect(limited.warnings).toHaveLength(1);
    await expect(readTrustDirectory(directory, { ...TRUST_DIRECTORY_LIMITS, files: 2 })).rejects.toThrow(
      /more than 2 files/,
    );
  });

  test('that is replaced while it is read gives the files from before or from after, never some of each', async () => {
    const many = Array.from({ length: 200 }, (_, at) => `ca${String(at).padStart(3, '0')}.pem`);
    const replace = (generation: string): void => {
      for (const name of many) {
        writeFileSync(join(root, 'next'), generation);
        renameSync(join(root, 'next'), join(directory, name));
      }
    };
    for (let round = 0; round < 10; round += 1) {
      replace(`before ${round}`);
      const reading = readTrustDirectory(directory);
      await new Promise((resolve) => setTimeout(resolve, 2 * round));
      replace(`after ${round}`);
      const { files, warnings } = await reading;
      expect(warnings).toEqual([]);
      expect(files).toHaveLength(many.length);
      expect(new Set(files.map(({ bytes }) => new TextDecoder().decode(bytes))).size).toBe(1);
    }
  });

  test('that is not there is a fault of the configuration', async () => {
    await expect(readTrustDirectory(join(root, 'nowhere'))).rejects.toMatchObject({ code: 'config' });
  });
});

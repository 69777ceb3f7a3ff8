import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readReference } from '../../src/cli/reference.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import { openTestIo } from './run-command.ts';

const ID = 'MMZu9WvwKIro-rtBQfDk4PsKO7_';
const CREATED = '2011-01-24T09:59:42Z';
const terminal = new Terminal(openTestIo().io);

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vouch-reference-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('an ID', () => {
  test.each([
    [ID, { kind: 'image', identifier: ID }],
    [`${ID}/jane@example.org`, { kind: 'image', identifier: ID, email: 'jane@example.org' }],
    [
      `${ID}/jane@example.org/${CREATED}`,
      { kind: 'image', identifier: ID, email: 'jane@example.org', createdAt: new Date(CREATED) },
    ],
    [`https://m.example/metadata/${ID}`, { kind: 'image', identifier: ID, baseUrl: 'https://m.example' }],
    [
      `http://m.example:8080/base/metadata/${ID}/jane%40example.org/${CREATED}`,
      {
        kind: 'image',
        identifier: ID,
        email: 'jane@example.org',
        createdAt: new Date(CREATED),
        baseUrl: 'http://m.example:8080/base',
      },
    ],
    ['jane@example.org#debian stable', { kind: 'tag', email: 'jane@example.org', tag: 'debian stable' }],
  ])('%s is understood', async (text, reference) => {
    expect(await readReference(text, terminal)).toEqual(reference);
  });

  test('can be a local file, whose identifier is computed', async () => {
    const path = join(folder, 'image');
    await writeFile(path, 'abc');
    // SHA-1 of "abc" is a9993e364706816aba3e25717850c26c9cd0d89d.
    expect(await readReference(path, terminal)).toEqual({ kind: 'image', identifier: 'KmZPjZHBoFquj4lcXhQwmyc0Nid' });
  });

  test.each([
    '',
    'nothing-of-that-name',
    `${ID}x`,
    `${ID}/nobody`,
    `${ID}/a@b/yesterday`,
    'https://m.example/x',
    '/tmp',
    'jane@example.org',
  ])('%j is none', async (text) => {
    await expect(readReference(text, terminal)).rejects.toMatchObject({ code: 'usage' });
  });
});

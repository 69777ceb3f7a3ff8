import { createPrivateKey } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Input } from '../../src/cli/io.ts';
import { readPassphrase } from '../../src/cli/passphrase.ts';
import { type Marketplace, openMarketplace, type Person } from './open-marketplace.ts';
import { openTestIo, runCommand } from './run-command.ts';

/** A keyboard: types what it is told once somebody listens, and remembers whether it was in raw mode then. */
class Keyboard extends EventEmitter {
  readonly isTTY = true;
  isRaw = false;
  readonly rawWhileTyping: boolean[] = [];

  type(text: string): void {
    this.rawWhileTyping.push(this.isRaw);
    this.emit('data', Buffer.from(text));
  }

  setRawMode(isRaw: boolean): void {
    this.isRaw = isRaw;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {}
}

function ask(keys: readonly string[], signal?: AbortSignal) {
  const keyboard = new Keyboard();
  const { io, out, err } = openTestIo({
    stdin: keyboard as unknown as Input,
    ...(signal === undefined ? {} : { signal }),
  });
  const answer = readPassphrase(io, {}, 'my.key');
  for (const text of keys) keyboard.type(text);
  return { answer, keyboard, out, err };
}

describe('a passphrase', () => {
  test('is asked for on a terminal without echo', async () => {
    const { answer, keyboard, out, err } = ask(['geh', 'eim', '\r']);
    expect(await answer).toBe('geheim');
    expect(keyboard.rawWhileTyping).toEqual([true, true, true]);
    expect(keyboard.isRaw).toBe(false);
    expect(keyboard.listenerCount('data')).toBe(0);
    expect(out()).toBe('');
    expect(err()).toBe('Passphrase of my.key: \n');
  });

  test('can be corrected, a whole character at a time', async () => {
    expect(await ask(['aé\u007fb\u007f\u007fxyz\n']).answer).toBe('xyz');
  });

  test('that is not given ends the command and leaves raw mode', async () => {
    const { answer, keyboard } = ask(['ab\u0003']);
    await expect(answer).rejects.toMatchObject({ code: 'key' });
    expect(keyboard.isRaw).toBe(false);
    const stop = new AbortController();
    const stopped = ask(['ab'], stop.signal);
    stop.abort();
    await expect(stopped.answer).rejects.toMatchObject({ name: 'AbortError' });
    expect(stopped.keyboard.isRaw).toBe(false);
  });

  test('is never asked for where standard input is no terminal', async () => {
    const { io } = openTestIo();
    await expect(readPassphrase(io, {}, 'my.key')).rejects.toMatchObject({
      code: 'key',
      message: expect.stringContaining('--passphrase-file'),
    });
  });
});

describe('an encrypted key', () => {
  let place: Marketplace;
  let jane: Person;
  let draft = '';
  beforeAll(async () => {
    place = await openMarketplace();
    jane = await place.person('jane');
    const key = createPrivateKey(await readFile(jane.key));
    const pem = key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'geheim' });
    await writeFile(jane.key, pem);
    const image = join(place.path, 'image');
    await writeFile(image, 'bytes');
    draft = join(place.path, 'draft.xml');
    await runCommand(['describe', image, '--location', 'https://a.example/i', '-o', draft], jane);
  });
  afterAll(() => place[Symbol.asyncDispose]());

  test('signs with its passphrase from a file or the environment', async () => {
    const file = join(place.path, 'passphrase');
    await writeFile(file, 'geheim\n');
    const byFile = await runCommand(['sign', draft, '--passphrase-file', file], jane);
    expect(byFile, byFile.err).toMatchObject({ code: 0, out: expect.stringContaining('ds:SignatureValue') });
    const byVariable = await runCommand(['sign', draft], { env: { ...jane.env, VOUCH_PASSPHRASE: 'geheim' } });
    expect(byVariable.code, byVariable.err).toBe(0);
  });

  test('signs nothing without or with a wrong one', async () => {
    const without = await runCommand(['sign', draft], jane);
    expect(without).toMatchObject({ code: 65, out: '', err: expect.stringContaining('has a passphrase') });
    const wrong = await runCommand(['sign', draft], { env: { ...jane.env, VOUCH_PASSPHRASE: 'wrong' } });
    expect(wrong).toMatchObject({ code: 65, out: '', err: expect.stringContaining('wrong') });
  });
});

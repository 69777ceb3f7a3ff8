import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../src/log/memory-store.ts';
import type { Subscriptions } from '../../../src/policy/subscription.ts';
import { addNotice, type FollowedImage, type Notice } from '../../../src/site/subscription/followed-image.ts';
import { Ledger } from '../../../src/site/subscription/ledger.ts';
import { NoticeRunner } from '../../../src/site/subscription/notice-runner.ts';
import { runCommand } from '../../../src/site/subscription/run-command.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vouch-notices-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const notice = (event: Notice['event'], id: string, image = 'one'): Notice => ({
  id,
  event,
  image,
  at: '2026-11-30T12:00:00Z',
  subscriptions: ['tag'],
  file: '/images/one',
  entry: {
    origin: 'log.example.org',
    email: 'ada@example.org',
    created: '2026-11-30T12:00:00Z',
    documentSha256: id,
    sizeBytes: 3,
    checksums: [],
    locations: [],
    title: '$(touch /tmp/never)',
  },
  reasons: [],
});

const image = (name: string, notices: readonly Notice[]): FollowedImage => ({
  image: name,
  state: 'here',
  subscriptions: [],
  reasons: [],
  since: '2026-11-30T12:00:00Z',
  leaving: [],
  notices,
});

const commands = (list: Subscriptions['commands']): Subscriptions => ({
  list: [],
  recheckMs: 1,
  commands: list,
  timeoutMs: 10_000,
  digest: '',
});

const NONE = { env: {}, input: '', timeoutMs: 30_000, signal: new AbortController().signal } as const;
const shell = (script: string): [string, ...string[]] => ['/bin/sh', '-c', script];

describe('what programs are still to be told', () => {
  const events = (...list: readonly Notice['event'][]): string[] =>
    list
      .reduce<Notice[]>((before, event, at) => addNotice(before, notice(event, `${at}`)), [])
      .map(({ event, id }) => `${event} ${id}`);

  it('never says that an image is allowed after it was withdrawn', () => {
    expect(events('allowed', 'withdrawn')).toEqual(['withdrawn 1']);
    expect(events('allowed', 'changed', 'withdrawn')).toEqual(['withdrawn 2']);
  });

  it('says once that an image is allowed, by the newest statement', () => {
    expect(events('allowed', 'changed')).toEqual(['allowed 1']);
    expect(events('changed', 'changed')).toEqual(['changed 1']);
  });

  it('says a withdrawal before the image is allowed again, and grows no longer than that', () => {
    expect(events('withdrawn', 'allowed')).toEqual(['withdrawn 0', 'allowed 1']);
    expect(events('withdrawn', 'allowed', 'withdrawn', 'allowed')).toEqual(['withdrawn 2', 'allowed 3']);
  });
});

describe('a program of an event', () => {
  it('gets its words as they are, its own environment, and JSON on standard input', async () => {
    const out = join(folder, 'out');
    const ledger = await Ledger.over();
    await ledger.put(image('one', [notice('allowed', 'first')]));
    const script = 'printf "%s|" "$0" "$VOUCH_IMAGE" "$VOUCH_TRUST" "$OS_TOKEN" "$1" > "$2"; cat >> "$2"';
    const runner = new NoticeRunner(commands({ allowed: [...shell(script), 'sh', '$(id); *', out] }), {
      ledger,
      env: { PATH: process.env.PATH, OS_TOKEN: 'of the cloud', VOUCH_TRUST: 'of the daemon' },
      tell: () => undefined,
    });
    runner.wake();
    await expect.poll(() => ledger.get('one')?.notices, { timeout: 20_000 }).toEqual([]);
    const text = readFileSync(out, 'utf8');
    expect(text.slice(0, text.indexOf('{'))).toBe('sh|one||of the cloud|$(id); *|');
    expect(JSON.parse(text.slice(text.indexOf('{')))).toEqual(notice('allowed', 'first'));
    await runner[Symbol.asyncDispose]();
  });

  it('is run until it ends with 0, the next one about the same image after it, and others beside it', async () => {
    const [log, gate] = [join(folder, 'log'), join(folder, 'gate')];
    const store = new MemoryStore();
    const ledger = await Ledger.over(store);
    await ledger.put(image('one', [notice('withdrawn', 'w'), notice('allowed', 'a')]));
    await ledger.put(image('two', [notice('allowed', 'b', 'two')]));
    const script = `echo "$VOUCH_EVENT_ID" >> '${log}'; test "$VOUCH_EVENT_ID" != w || test -e '${gate}'`;
    const told: string[] = [];
    const list = commands({ allowed: shell(script), withdrawn: shell(script) });
    const runner = new NoticeRunner(list, {
      ledger,
      env: {},
      tell: (sentence) => told.push(sentence),
      pauseMs: () => 20,
    });
    runner.wake();
    const lines = (): string[] => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []);
    await expect.poll(() => lines().filter((line) => line === 'w').length, { timeout: 20_000 }).toBeGreaterThan(2);
    await expect.poll(() => ledger.get('two')?.notices, { timeout: 20_000 }).toEqual([]);
    expect(lines()).not.toContain('a');
    expect(runner.troubleOf('one')?.message).toContain('ended with exit code 1');
    writeFileSync(gate, '');
    await expect.poll(() => ledger.get('one')?.notices, { timeout: 20_000 }).toEqual([]);
    expect(lines().at(-1)).toBe('a');
    expect([told.length > 2, runner.troubleOf('one')]).toEqual([true, undefined]);
    await runner[Symbol.asyncDispose]();
    expect((await Ledger.over(new MemoryStore(store))).get('one')?.notices).toEqual([]);
  });

  it('is ended with all that it started when its time is over', async () => {
    const mark = join(folder, 'alive');
    const [program, ...words] = shell(`(while :; do : > '${mark}'; sleep 0.1; done) & wait`);
    const told = await runCommand({ ...NONE, program, words, timeoutMs: 500 });
    expect(told).toEqual({ outcome: 'failed', message: expect.stringContaining('did not end within 0.5 seconds') });
    rmSync(mark, { force: true });
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(existsSync(mark)).toBe(false);
  });

  it('is told of by what it said, and by what keeps it from starting', async () => {
    const [program, ...words] = shell('echo no room >&2; exit 3');
    expect(await runCommand({ ...NONE, program, words })).toEqual({
      outcome: 'failed',
      message: '/bin/sh ended with exit code 3. It said: no room',
    });
    const missing = await runCommand({ ...NONE, program: '/nonexistent/hook', words: [] });
    expect(missing).toMatchObject({ outcome: 'failed', message: expect.stringContaining('cannot be started') });
    const stop = AbortSignal.abort();
    expect(await runCommand({ ...NONE, program, words, signal: stop })).toEqual({ outcome: 'stopped' });
  });
});

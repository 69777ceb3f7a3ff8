import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { runCommand } from './run-command.ts';

const COMMANDS = [
  ...['describe', 'sign', 'verify', 'upload', 'deprecate', 'renew', 'second', 'search', 'show', 'history', 'endorsers'],
  ...['query', 'serve', 'import', 'reindex', 'trust', 'log', 'demo', 'completion'],
];

describe('help', () => {
  test('lists every command', async () => {
    const help = await runCommand(['--help']);
    expect(help.code).toBe(0);
    for (const command of COMMANDS) expect(help.out).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
  });

  test.each(COMMANDS.filter((command) => command !== 'log'))('of %s has an example', async (command) => {
    const help = await runCommand([command, '--help']);
    expect(help).toMatchObject({ code: 0, err: '' });
    expect(help.out).toMatch(new RegExp(`Examples?:\\n[\\s\\S]*vouch ${command}`));
  });

  test('comes with exit code 2 where no command is given', async () => {
    expect(await runCommand([])).toMatchObject({ code: 2, out: '' });
  });

  test('says the version of the package', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(await runCommand(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' });
  });
});

describe('a command line that is wrong', () => {
  test.each([
    [['serch'], 'Did you mean search?'],
    [['search', '--colour'], "unknown option '--colour'"],
    [['verify'], "missing required argument 'entry'"],
    [['deprecate', 'x'], "'--reason <text>' not specified"],
    [['search', '--status', 'good', '--url', 'http://x'], 'Allowed choices are'],
    [['search', '--limit', 'many', '--url', 'http://x'], '--limit must be'],
    [['search'], 'No registry is named'],
    [['search', '--url', 'ftp://x'], 'must begin with http'],
    [['verify', 'x.xml'], 'Whom to trust is not said'],
    [['verify', 'x.xml', '--trust', 'any', '--at', 'noon'], '--at is "noon"'],
    [['query', '--url', 'http://x'], 'Give the query itself'],
    [['describe', 'x', '--kind', 'car'], '--kind: "car" is neither'],
    [['describe', 'x', '--inbound-port', '70000'], '--inbound-port: "70000" is not a whole number'],
    [['describe', 'x', '--valid', 'long'], '--valid is "long"'],
    [['describe', 'x', '--title', ' '], '--title is empty'],
    [['demo', '--port', '0'], '--port must be'],
    [['serve', '--config', '/nonexistent/vouch.yaml'], '/nonexistent/vouch.yaml'],
  ])('%j says so and exits with 2', async (words, told) => {
    const result = await runCommand(words);
    expect(result).toMatchObject({ code: 2, out: '' });
    expect(result.err).toContain(told);
  });

  test('that names a file which is not there exits with 74', async () => {
    for (const words of [
      ['verify', '/nonexistent/x.xml', '--trust', 'any'],
      ['describe', '/nonexistent/x.img'],
      ['sign', '/nonexistent/x.xml'],
      ['upload', '/nonexistent/x.xml', '--to', 'http://127.0.0.1:9'],
    ]) {
      expect(await runCommand(words), words.join(' ')).toMatchObject({ code: 74, out: '' });
    }
  });

  test('that gives an image for an entry is told so before it is read', async () => {
    const path = join(tmpdir(), `vouch-large-${process.pid}`);
    await writeFile(path, '');
    await truncate(path, 2 ** 40);
    try {
      const result = await runCommand(['verify', path, '--trust', 'any']);
      expect(result).toMatchObject({ code: 65, err: expect.stringContaining('bytes') });
    } finally {
      await rm(path);
    }
  });

  test('that names no signer exits with 2', async () => {
    const result = await runCommand(['sign', '-'], { stdin: Readable.from([Buffer.from('<x/>')]) });
    expect(result).toMatchObject({ code: 2, err: expect.stringContaining('Who signs is not said') });
  });
});

describe('bash completion', () => {
  const complete = async (...words: string[]): Promise<string[]> => {
    const { out } = await runCommand(['completion', 'bash']);
    const script = `${out}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _vouch; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const run = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
    expect(run.stderr).toBe('');
    return run.stdout.split('\n').filter((line) => line !== '');
  };

  test('completes commands, options, choices, commands below commands, and files', async () => {
    expect(await complete('vouch', 'se')).toEqual(['second', 'search', 'serve']);
    expect(await complete('vouch', 'sign', '--c')).toEqual(['--cert']);
    expect(await complete('vouch', 'search', '--status', 'd')).toEqual(['deprecated']);
    expect(await complete('vouch', 'renew', '--p')).toEqual(['--p12', '--passphrase-file']);
    expect(await complete('vouch', 'sign', '--signer-input', '')).toEqual(['bytes', 'digest']);
    expect(await complete('vouch', 'log', 'c')).toEqual(['checkpoint', 'check']);
    expect(await complete('vouch', 'verify', 'package-l')).toEqual(['package-lock.json']);
  });
});

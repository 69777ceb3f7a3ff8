import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeAuthority } from '../endorser.ts';
import { findFreePort } from './open-marketplace.ts';

/** These run the compiled program as people do: as a process. */
const MAIN = new URL('../../dist/cli/main.js', import.meta.url).pathname;
const shell = promisify(execFile);

let folder = '';
const children: ChildProcess[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vouch program '));
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** Starts the program in the folder and resolves when it says the line. */
async function start(words: readonly string[], line: RegExp): Promise<{ child: ChildProcess; said: string[] }> {
  const child = spawn(process.execPath, [MAIN, ...words], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder },
  });
  children.push(child);
  const said: string[] = [];
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout!, child.stderr!]) {
      createInterface({ input: stream }).on('line', (text) => {
        said.push(text);
        if (line.test(text)) resolve();
      });
    }
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${said.join('\n')}`)));
  });
  return { child, said };
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const exited = once(child, 'exit');
  child.kill(signal);
  const [code] = await exited;
  return code;
}

/** Runs a line of shell in the folder; fails the test unless it exits with 0. */
async function run(line: string): Promise<string> {
  const { stdout } = await shell('sh', ['-c', line], { cwd: folder, env: { PATH: process.env.PATH, HOME: folder } });
  return stdout;
}

describe('vouch demo', () => {
  test('sets everything up, prints commands that work, and is used again the next time', async () => {
    const port = await findFreePort();
    const first = await start(['demo', '--port', String(port)], /Ctrl-C ends it/);
    const commands = first.said.filter((line) => /^ {2}(?:demo-data\/vouch|curl) /.test(line));
    expect(commands).toHaveLength(15);
    const replies: string[] = [];
    for (const command of commands) replies.push(await run(command));
    const [found, shown, history, asked, turtle, allowed, denied, fetched, seen] = replies;
    expect(found).toMatch(/Debian 12 base system.*\bvalid\b/);
    expect(found).toMatch(/CentOS 7 legacy node.*\bdeprecated\b/);
    expect(shown!.match(/^ {2}endorser/gm)).toHaveLength(2);
    expect(history).toMatch(/superseded[\s\S]*valid/);
    expect(asked!.trim().split('\n').toSorted()).toEqual(['alpine', 'centos', 'debian', 'os', 'ubuntu']);
    expect(turtle).toContain('dcterms:alternative "debian-stable"');
    expect(allowed).toMatch(/^allow: [\s\S]*kept by endorsers\.allow/);
    expect(denied).toMatch(/^deny: [\s\S]*to allow it: [\s\S]*denied: it must not run/);
    expect(fetched).toContain('launch.qcow2');
    expect(seen).toMatch(/10 records/);
    for (const [, address] of first.said.join('\n').matchAll(/^ {2}(http:\S+) {2}/gm)) {
      expect((await fetch(address!, { headers: { Accept: 'text/html' } })).status, address).toBe(200);
    }
    const taken = await shell(process.execPath, [
      MAIN,
      'demo',
      '--port',
      String(port),
      '--data',
      join(folder, 'other'),
    ]).catch((thrown) => thrown);
    expect(taken).toMatchObject({ code: 2, stderr: expect.stringContaining(`"--port ${port + 1}"`) });
    expect(await stop(first.child, 'SIGINT')).toBe(0);

    const second = await start(['demo', '--port', String(port)], /Ctrl-C ends it/);
    expect(second.said.join('\n')).toContain('again');
    expect(await run('demo-data/vouch search --status deprecated | wc -l')).toMatch(/^\s*3\s*$/);
    expect(await stop(second.child, 'SIGTERM')).toBe(0);
  }, 180_000);

  test('leaves a directory alone that is not its own, and makes an interrupted demo anew', async () => {
    const foreign = join(folder, 'foreign');
    await mkdir(foreign);
    await writeFile(join(foreign, 'thesis.txt'), 'years of work');
    const refused = await shell(process.execPath, [MAIN, 'demo', '--once', '--data', foreign]).catch(
      (thrown) => thrown,
    );
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("no demo's directory") });
    expect(await readFile(join(foreign, 'thesis.txt'), 'utf8')).toBe('years of work');

    const broken = join(folder, 'broken');
    await mkdir(broken);
    await writeFile(join(broken, 'vouch-demo.json'), '{"isComplete":false,"until":"2099-01-01T00:00:00Z"}');
    await writeFile(join(broken, 'half'), '');
    const port = String(await findFreePort());
    const anew = await shell(process.execPath, [MAIN, 'demo', '--once', '--port', port, '--data', broken]);
    expect(anew.stderr).toContain('made anew');
    expect(existsSync(join(broken, 'half'))).toBe(false);
    expect(existsSync(join(broken, 'vouch'))).toBe(true);
  }, 180_000);
});

describe('vouch serve', () => {
  const originals = new URL('../../../shared/data/stratuslab/', import.meta.url).pathname;
  const SIGNED = ['valid-full-signature.xml', 'valid-indate-signature.xml', 'valid-indate-newer-signature.xml'];

  test.skipIf(!existsSync(originals) && process.env.CI !== 'true')(
    'serves what vouch import brought in, and ends when told to (needs ../shared)',
    async () => {
      const old = join(folder, 'old');
      await mkdir(old);
      await mkdir(join(folder, 'trust'));
      await writeFile(join(folder, 'trust', 'ca.pem'), (await makeAuthority()).certificatePem);
      for (const name of SIGNED) await copyFile(join(originals, name), join(old, name));
      expect(readdirSync(old)).toHaveLength(3);
      const vkey = (
        await run(`'${process.execPath}' '${MAIN}' import old --manifest old.txt --sign-with import.key`)
      ).trim();
      const port = await findFreePort();
      const url = `http://127.0.0.1:${port}`;
      const settings = [
        `baseUrl: ${url}`,
        'dataDirectory: data',
        'trust: { directory: trust }',
        `listen: { port: ${port} }`,
        `imports: { keys: ["${vkey}"] }`,
      ];
      await writeFile(join(folder, 'vouch.yaml'), settings.join('\n'));
      const imported = await run(`'${process.execPath}' '${MAIN}' import old --manifest old.txt --json`);
      const outcomes = imported
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(outcomes.map(({ outcome }) => outcome)).toEqual(['accepted', 'accepted', 'accepted']);
      const again = await run(`'${process.execPath}' '${MAIN}' import old --manifest old.txt`);
      expect(again.match(/: known \//g)).toHaveLength(3);

      const { child } = await start(['serve'], /listening on/);
      const busy = await shell(process.execPath, [MAIN, 'import', 'old', '--manifest', 'old.txt'], {
        cwd: folder,
      }).catch((thrown) => thrown);
      expect(busy).toMatchObject({ code: 75 });
      const found = await run(`'${process.execPath}' '${MAIN}' search --status all --url ${url} --json`);
      expect(found.trim().split('\n')).toHaveLength(3);
      const { identifier, email, created } = JSON.parse(found.split('\n')[0]!);
      const shown = await run(
        `'${process.execPath}' '${MAIN}' show ${url}/metadata/${identifier}/${email}/${created} --format xml | sha256sum`,
      );
      const hashes = await run('sha256sum old/*');
      expect(hashes).toContain(shown.slice(0, 64));
      expect(await stop(child, 'SIGTERM')).toBe(0);
    },
    180_000,
  );

  test('says in one sentence which setting is missing', async () => {
    const bare = await mkdtemp(join(tmpdir(), 'vouch-bare-'));
    try {
      const failed = await shell(process.execPath, [MAIN, 'serve'], { cwd: bare, env: { HOME: bare } }).catch(
        (thrown) => thrown,
      );
      expect(failed).toMatchObject({ code: 2, stdout: '' });
      expect(failed.stderr).toMatch(/^vouch: The setting baseUrl is missing: [^\n]+\n$/);
    } finally {
      await rm(bare, { recursive: true });
    }
  });
});

test('a reader who has seen enough is no fault', async () => {
  const line = `'${process.execPath}' '${MAIN}' completion bash | head -n 1; echo "\${PIPESTATUS[0]}"`;
  const { stdout, stderr } = await shell('bash', ['-c', line]);
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^# bash completion of vouch[^\n]*\n0\n$/);
});

test.skipIf(!existsSync('/dev/full'))('a result that cannot be written is a fault of output', async () => {
  const line = `'${process.execPath}' '${MAIN}' completion bash > /dev/full`;
  const failed = await shell('sh', ['-c', line]).catch((thrown) => thrown);
  expect(failed).toMatchObject({ code: 74, stderr: expect.stringContaining('cannot be written') });
});

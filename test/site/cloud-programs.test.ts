import { execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isMissing } from '../program.ts';
import { openFakeGlance } from './fake-glance.ts';

const IMAGE = 'MMZu9WvwKIro-rtBQfDk4PsKO7_';
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vouch-cloud-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs one of the programs of docs/site. */
async function run(name: string, words: readonly string[], input: string | object, env: Record<string, string> = {}) {
  const child = spawn(resolve('docs/site', name), words, {
    env: { PATH: process.env.PATH ?? '', PYTHONDONTWRITEBYTECODE: '1', ...env },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(typeof input === 'string' ? input : `${JSON.stringify(input)}\n`);
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, said };
}

function tell(event: string, file: string, more: object = {}) {
  const bytes = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
  const checksums = ['SHA-256', 'SHA-512'].map((algorithm) => ({
    algorithm,
    value: createHash(algorithm.replace('-', '').toLowerCase()).update(bytes).digest('hex'),
  }));
  const entry = { email: 'ada@example.org', documentSha256: 'a'.repeat(64), checksums, format: 'qcow2', os: 'debian' };
  return { event, image: IMAGE, file, reasons: ['It has a hole.'], entry: { ...entry, title: 'T "$(id)"', ...more } };
}

/** A site daemon that lets one image run, on a Unix socket. */
async function openSite() {
  const path = join(folder, 'site.sock');
  const server = createServer((request, response) => {
    const image = decodeURIComponent((request.url ?? '').split('/').at(-1)!);
    const outcome = image === IMAGE ? 'allow' : 'deny';
    response.end(JSON.stringify({ outcome, image, remedies: ['somebody endorses it'] }));
  });
  server.listen(path);
  await once(server, 'listening');
  return { env: { VOUCH_SITE: `unix:${path}` }, close: () => server.close() };
}

describe.skipIf(isMissing('python3'))('what a launch asks', () => {
  it('lets run what the daemon allows, and nothing while nobody answers', async () => {
    const site = await openSite();
    expect((await run('vouch-allows', [IMAGE], '', site.env)).code).toBe(0);
    const denied = await run('vouch-allows', ['other'], '', site.env);
    expect([denied.code, denied.said]).toEqual([1, expect.stringContaining('To allow it: somebody endorses it.')]);
    site.close();
    expect((await run('vouch-allows', [IMAGE], '', { VOUCH_SITE: `unix:${folder}/none` })).code).toBe(1);
  });

  it('keeps OpenNebula from bringing a disk to a host that may not run, or is no known image', async () => {
    const site = await openSite();
    const image = (source: string, name: string) =>
      `<IMAGE><ID>1</ID><SOURCE>${source}</SOURCE><TEMPLATE>${name === '' ? '' : `<VOUCH_IMAGE><![CDATA[${name}]]></VOUCH_IMAGE>`}</TEMPLATE></IMAGE>`;
    const pool = [image('/ds/1/good', IMAGE), image('/ds/1/bad', 'B'.repeat(27)), image('/ds/1/own', '')].join('');
    const put = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      chmodSync(join(folder, name), 0o755);
    };
    put('oneimage', `#!/bin/sh\n[ "$*" = "list a --xml" ] && cat <<'EOF'\n<IMAGE_POOL>${pool}</IMAGE_POOL>\nEOF\n`);
    for (const [name, program] of [
      ['clone', 'opennebula-tm'],
      ['vouch-allows', 'vouch-allows'],
    ] as const)
      put(name, readFileSync(join('docs/site', program), 'utf8'));
    put('clone.asked', `#!/bin/sh\necho "$*" >> ${join(folder, 'log')}\nexit 7\n`);
    const env = { ...site.env, PATH: `${folder}:${process.env.PATH}` };
    const clone = (source: string, more: Record<string, string> = {}) =>
      run(join(folder, 'clone'), [`front:${source}`, 'host:/ds/0/9/disk.0', '9', '1'], '', { ...env, ...more });
    // What the driver itself says is what counts from then on.
    expect(await clone('/ds/1/good')).toEqual({ code: 7, said: '' });
    const refused = await clone('/ds/1/bad');
    expect([refused.code, refused.said]).toEqual([
      1,
      expect.stringMatching(/^ERROR MESSAGE --8<------\nB+ may not run here.\n.*\nERROR MESSAGE ------>8--\n$/s),
    ]);
    for (const source of ['/ds/1/own', '/ds/1/gone']) {
      expect(await clone(source)).toMatchObject({ code: 1, said: expect.stringContaining('VOUCH_IMAGE') });
      expect(await clone(source, { VOUCH_UNNAMED: 'allow' })).toMatchObject({ code: 7 });
    }
    put('oneimage', '#!/bin/sh\nexit 1\n');
    expect(await clone('/ds/1/good', { VOUCH_UNNAMED: 'allow' })).toMatchObject({ code: 1 });
    site.close();
    expect(readFileSync(join(folder, 'log'), 'utf8').split('\n')).toEqual([
      ...['good', 'own', 'gone'].map((name) => `front:/ds/1/${name} host:/ds/0/9/disk.0 9 1`),
      '',
    ]);
  });

  it('keeps libvirt from starting a machine of which an image may not run, or is not named', async () => {
    const site = await openSite();
    const describeDomain = (...images: readonly string[]) =>
      `<domain><name>m</name><metadata>${images.map((one) => `<v:image xmlns:v="urn:x-vouch:site">${one}</v:image>`).join('')}</metadata></domain>`;
    const start = async (xml: string, env: Record<string, string> = {}) =>
      (await run('libvirt-qemu', ['m', 'prepare', 'begin', '-'], xml, { ...site.env, ...env })).code;
    expect(await start(describeDomain(IMAGE))).toBe(0);
    expect(await start(describeDomain(IMAGE, 'other'))).toBe(1);
    expect(await start(describeDomain())).toBe(1);
    expect(await start(describeDomain(), { VOUCH_UNNAMED: 'allow' })).toBe(0);
    expect(await start(`<!DOCTYPE d [<!ENTITY a "b">]>${describeDomain(IMAGE)}`)).toBe(1);
    expect(await start('no description')).toBe(1);
    expect((await run('libvirt-qemu', ['m', 'release', 'end', '-'], '', site.env)).code).toBe(0);
    site.close();
  });
});

describe.skipIf(isMissing('python3'))('images in Glance', () => {
  const user = { OS_USERNAME: 'site', OS_PASSWORD: 'secret', OS_PROJECT_NAME: 'images', OS_REGION_NAME: 'one' };

  it('are made with their properties, found again, deactivated and hidden, and come back', async () => {
    using glance = await openFakeGlance();
    const env = { ...user, OS_AUTH_URL: `${glance.url}/v3`, TMPDIR: folder };
    const file = join(folder, 'disk');
    writeFileSync(file, randomBytes(50_000));
    const allowed = tell('allowed', file, { osArch: 'x86_64' });
    expect(await run('to-glance', [], allowed, env)).toEqual({ code: 0, said: '' });
    expect(glance.asked).toEqual([
      'POST /v3/auth/tokens application/json',
      'GET /v2/images',
      'GET /v2/images',
      'POST /v2/images application/json',
      'PUT /v2/images/id-1/file application/octet-stream',
      'GET /v2/images/id-1',
    ]);
    expect(glance.images).toMatchObject([
      {
        status: 'active',
        name: 'T "$(id)"',
        disk_format: 'qcow2',
        visibility: 'private',
        os_distro: 'debian',
        architecture: 'x86_64',
        vouch_image: IMAGE,
        vouch_endorser: 'ada@example.org',
      },
    ]);
    expect(glance.files.get('id-1')).toEqual(readFileSync(file));
    // Told once more after a crash: nothing changes.
    expect((await run('to-glance', [], allowed, env)).code).toBe(0);
    expect([glance.images.length, glance.asked.filter((line) => line.startsWith('PUT')).length]).toEqual([1, 1]);
    const changed = tell('changed', file, { documentSha256: 'b'.repeat(64) });
    expect((await run('to-glance', [], changed, env)).code).toBe(0);
    expect(glance.images).toMatchObject([{ vouch_statement: 'b'.repeat(64), status: 'active' }]);
    for (let times = 0; times < 2; times += 1) {
      expect(await run('to-glance', [], tell('withdrawn', file), env)).toEqual({ code: 0, said: '' });
      expect(glance.images).toMatchObject([
        { status: 'deactivated', os_hidden: true, vouch_withdrawn: 'It has a hole.' },
      ]);
    }
    expect(await run('to-glance', [], allowed, env)).toEqual({ code: 0, said: '' });
    expect(glance.images).toMatchObject([{ id: 'id-1', status: 'active', os_hidden: false }]);
  });

  it('are made anew after an upload that was cut off, and never kept where other bytes arrived', async () => {
    using glance = await openFakeGlance();
    const env = { ...user, OS_AUTH_URL: `${glance.url}/v3/`, TMPDIR: folder };
    const file = join(folder, 'disk');
    writeFileSync(file, randomBytes(5_000));
    glance.images.push({ id: 'left', status: 'saving', os_hidden: false, vouch_image: IMAGE });
    glance.spoil = true;
    const spoiled = await run('to-glance', [], tell('allowed', file), env);
    expect([spoiled.code, spoiled.said, glance.images]).toEqual([1, expect.stringContaining('another sha512'), []]);
    glance.spoil = false;
    expect((await run('to-glance', [], tell('allowed', file), env)).code).toBe(0);
    expect(glance.images).toHaveLength(1);
    writeFileSync(file, gzipSync('packed'));
    expect((await run('to-glance', [], tell('allowed', file), env)).said).toContain('is compressed');
    const wrong = await run('to-glance', [], tell('allowed', file), { ...env, OS_PASSWORD: 'other' });
    expect([wrong.code, wrong.said]).toEqual([1, expect.stringContaining('status 401')]);
    expect(wrong.said).not.toContain('other');
  });
});

it.skipIf(isMissing('python3'))('images in OpenNebula are made once, described, disabled and enabled', async () => {
  const [log, there] = [join(folder, 'log'), join(folder, 'there')];
  mkdirSync(join(folder, 'bin'));
  const fake = join(folder, 'bin', 'oneimage');
  writeFileSync(
    fake,
    `#!/bin/sh\n[ "$1" = show ] && { test -e '${there}'; exit; }\necho "$@" >> '${log}'\n[ "$1" = create ] && : > '${there}'\n[ "$1" = update ] && cat "$3" >> '${log}'\nexit 0\n`,
  );
  chmodSync(fake, 0o755);
  const env = { PATH: `${join(folder, 'bin')}:${process.env.PATH}` };
  for (const event of ['allowed', 'changed', 'withdrawn']) {
    expect(await run('to-opennebula', ['images'], tell(event, '/images/disk'), env)).toEqual({ code: 0, said: '' });
  }
  const lines = readFileSync(log, 'utf8').split('\n');
  const name = `vouch-${IMAGE}`;
  expect(lines[0]).toBe(`create --name ${name} --path /images/disk --type OS --format qcow2 --datastore images`);
  expect(lines[2]).toBe('VOUCH_TITLE = "T  $(id) "');
  expect(lines.filter((line) => /^(?:create|enable|disable) /.test(line)).slice(1)).toEqual([
    `enable ${name}`,
    `disable ${name}`,
  ]);
});

describe.skipIf(isMissing('python3') || isMissing('qemu-img'))('a directory of disks', () => {
  const facts = (path: string) =>
    JSON.parse(execFileSync('qemu-img', ['info', '--output=json', path]).toString()) as { format: string };

  it('has each image converted by the format that was stated, until it is withdrawn', async () => {
    const file = join(folder, 'sha-256-0');
    execFileSync('qemu-img', ['create', '-q', '-f', 'vmdk', file, '4M']);
    const words = [folder, 'qcow2'];
    expect(await run('to-directory', words, tell('allowed', file, { format: 'vmdk' }))).toEqual({ code: 0, said: '' });
    const disk = join(folder, `${IMAGE}.qcow2`);
    expect(facts(disk).format).toBe('qcow2');
    expect((await run('to-directory', words, tell('withdrawn', file))).code).toBe(0);
    expect([existsSync(disk), existsSync(`${disk}.json`)]).toEqual([false, false]);
  });

  it('takes no disk that names another file, and does not let qemu guess', async () => {
    const [base, file] = [join(folder, 'base'), join(folder, 'overlay')];
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', base, '1M']);
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', base, '-F', 'qcow2', file]);
    const backed = await run('to-directory', [folder, 'raw'], tell('allowed', file));
    expect([backed.code, backed.said]).toEqual([1, expect.stringContaining('it has the backing file')]);
    // Stated to be raw, its bytes are the disk, whatever they look like.
    expect((await run('to-directory', [folder, 'raw'], tell('allowed', file, { format: 'raw' }))).code).toBe(0);
    expect(
      readFileSync(join(folder, `${IMAGE}.raw`))
        .subarray(0, 3)
        .toString(),
    ).toBe('QFI');
    const none = await run(
      'to-directory',
      [folder, 'raw'],
      tell('allowed', file, { format: 'blkdebug', documentSha256: 'b' }),
    );
    expect([none.code, none.said]).toEqual([1, expect.stringContaining('is none that qemu-img is given')]);
  });
});

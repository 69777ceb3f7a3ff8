import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readLogKey } from '../../src/log/note-key.ts';
import { type Marketplace, openMarketplace, type Person } from './open-marketplace.ts';
import { runCommand } from './run-command.ts';

let place: Marketplace;
let jane: Person;
let tom: Person;
beforeAll(async () => {
  place = await openMarketplace();
  jane = await place.person('jane', 'rsa-2048');
  tom = await place.person('tom');
});
afterAll(() => place[Symbol.asyncDispose]());

const image = (name: string): string => join(place.path, `${name}.img`);

/** Describes, signs and uploads bytes as a person; gives the identifier. */
async function publish(who: Person, name: string, ...remarks: string[]): Promise<string> {
  const path = image(name);
  await writeFile(path, `image ${name}`);
  const at = (suffix: string): string => join(place.path, `${name}${suffix}`);
  const location = `https://images.example.org/${name}`;
  const described = await runCommand(['describe', path, '--location', location, ...remarks, '-o', at('.draft')], who);
  expect(described, described.err).toMatchObject({ code: 0, out: '' });
  const signed = await runCommand(['sign', at('.draft'), '-o', at('.xml')], who);
  expect(signed, signed.err).toMatchObject({ code: 0, out: '' });
  const uploaded = await runCommand(['upload', at('.xml')], who);
  expect(uploaded.code, uploaded.err).toBe(0);
  return new URL(uploaded.out.trim()).pathname.split('/')[2]!;
}

describe('an endorser', () => {
  test('describes, signs, verifies and uploads an image; anyone finds it', async () => {
    const id = await publish(
      jane,
      'debian',
      '--title',
      'Debian twelve',
      '--os',
      'debian',
      '--os-arch',
      'x86_64',
      '--tag',
      'stable',
    );
    const entry = join(place.path, 'debian.xml');
    const verified = await runCommand(['verify', entry], jane);
    expect(verified).toMatchObject({ code: 0, out: expect.stringContaining(`valid, ${id} by jane@example.org`) });

    const found = await runCommand(['search', 'twel', '--os', 'debian', '--json'], tom);
    expect(found.code).toBe(0);
    expect(JSON.parse(found.out)).toMatchObject({
      identifier: id,
      email: jane.email,
      status: 'valid',
      title: 'Debian twelve',
    });

    const shown = await runCommand(['show', `${jane.email}#stable`, '--format', 'xml'], tom);
    expect(shown.out).toBe(await readFile(entry, 'utf8'));
    const summary = await runCommand(['show', image('debian')], tom);
    expect(summary.out).toContain(id);
    expect(summary.out).toContain('Debian twelve');
    const turtle = await runCommand(['show', `${id}/${jane.email}`, '--format', 'ttl'], tom);
    expect(turtle.out).toContain('slterms:os "debian"');

    const asked = await runCommand(
      [
        'query',
        'PREFIX slterms: <http://mp.stratuslab.eu/slterms#> SELECT ?os WHERE { ?x slterms:os ?os }',
        '--format',
        'csv',
      ],
      tom,
    );
    expect(asked).toMatchObject({ code: 0, out: 'os\r\ndebian\r\n' });
    const endorsers = await runCommand(['endorsers', '--json'], tom);
    expect(JSON.parse(endorsers.out)).toMatchObject({ email: jane.email, entries: 1, subject: 'CN=jane,O=Test' });
  });

  test('uploads the same bytes again without effect', async () => {
    const again = await runCommand(['upload', join(place.path, 'debian.xml'), '--json'], jane);
    expect(again.code).toBe(0);
    expect(JSON.parse(again.out)).toMatchObject({ accepted: true, outcome: 'known', index: 1, findings: [] });
  });

  test('renews an entry: the same statement with a later end, the older one superseded', async () => {
    const id = await publish(
      jane,
      'renewed',
      '--title',
      'Renewed',
      '--valid',
      '30d',
      '--inbound-port',
      '22',
      '--inbound-port',
      '80',
    );
    const renewed = await runCommand(['renew', id, '--valid', '2y', '--json'], jane);
    expect(renewed.code, renewed.err).toBe(0);
    const history = (await runCommand(['history', id, '--json'], tom)).out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(history).toHaveLength(2);
    const [first, second] = history;
    expect(first).toMatchObject({ status: 'superseded', supersededBy: second.index });
    expect(second).toMatchObject({
      status: 'valid',
      title: 'Renewed',
      inboundPorts: [22, 80],
      draftedAt: first.draftedAt,
    });
    expect(Date.parse(second.validUntil)).toBeGreaterThan(Date.parse(first.validUntil));
    expect(Date.parse(second.created)).toBeGreaterThan(Date.parse(first.created));
  });

  test('deprecates an image with a reason, and cannot renew it afterwards', async () => {
    const id = await publish(jane, 'old', '--title', 'Old one');
    const deprecated = await runCommand(
      ['deprecate', `${place.url}/metadata/${id}`, '--reason', 'full of holes'],
      jane,
    );
    expect(deprecated.code, deprecated.err).toBe(0);
    const history = await runCommand(['history', id], tom);
    expect(history.out).toContain('deprecates: full of holes');
    const misspelt = await runCommand(['search', 'debain'], tom);
    expect(misspelt.code).toBe(1);
    expect(misspelt.err).toContain('Nothing found.\nDid you mean debian? (');
    const listed = await runCommand(['search', 'Old', 'one'], tom);
    expect(listed).toMatchObject({ code: 1, out: '', err: 'Nothing found.\n' });
    const renewed = await runCommand(['renew', id], jane);
    expect(renewed).toMatchObject({ code: 2, err: expect.stringContaining('full of holes') });
  });

  test('seconds what another described, only if the bytes are the same', async () => {
    const id = await publish(jane, 'shared', '--title', 'Shared');
    const wrong = await runCommand(['second', id, '--image', image('debian')], tom);
    expect(wrong).toMatchObject({ code: 65, err: expect.stringContaining('SHA-256 checksum differs') });
    const seconded = await runCommand(['second', id, '--image', image('shared')], tom);
    expect(seconded.code, seconded.err).toBe(0);
    const shown = (await runCommand(['show', id, '--json'], tom)).out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(shown.map(({ email, title }) => [email, title])).toEqual([
      [jane.email, 'Shared'],
      [tom.email, 'Shared'],
    ]);
    const format = await runCommand(['show', id, '--format', 'ttl'], tom);
    expect(format).toMatchObject({ code: 2, err: expect.stringContaining(`${id}/${tom.email}`) });
  });

  test('is told who endorses an image he has no entry about', async () => {
    const id = await publish(jane, 'hers');
    const renewed = await runCommand(['renew', id], tom);
    expect(renewed).toMatchObject({ code: 1, err: expect.stringContaining(jane.email) });
  });

  test('is told every finding of a refused upload, with exit code 1', async () => {
    const stranger = join(place.path, 'debian.xml');
    const text = (await readFile(stranger, 'utf8'))
      .replace('Debian twelve', 'Debian 666')
      .replace('debian</slterms:os>', 'x</slterms:os>');
    const forged = join(place.path, 'forged.xml');
    await writeFile(forged, text);
    const refused = await runCommand(['upload', forged, '--json'], jane);
    expect(refused.code).toBe(1);
    const told = JSON.parse(refused.out);
    expect(told).toMatchObject({ accepted: false, file: forged });
    expect(told.findings.map((finding: { code: string }) => finding.code)).toContain('digest');
    const inWords = await runCommand(['upload', forged], jane);
    expect(inWords).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/refused: \d+ findings?\n {2}error digest/),
    });
  });

  test('reads and writes through pipes with -', async () => {
    const drafted = await runCommand(['describe', '-', '--location', 'https://a.example/x'], {
      ...jane,
      stdin: Readable.from([Buffer.from('piped '), Buffer.from('image')]),
    });
    expect(drafted.out).toContain('<slreq:bytes>11</slreq:bytes>');
    const signed = await runCommand(['sign', '-'], { ...jane, stdin: Readable.from([Buffer.from(drafted.out)]) });
    expect(signed.code, signed.err).toBe(0);
    const verified = await runCommand(['verify', '-'], { ...jane, stdin: Readable.from([Buffer.from(signed.out)]) });
    expect(verified).toMatchObject({ code: 0, out: expect.stringContaining('-: valid') });
  });
});

describe('anyone', () => {
  test('gets exit code 1 for what is not there', async () => {
    const id = 'AAAAAAAAAAAAAAAAAAAAAAAAAAA';
    for (const words of [
      ['show', id],
      ['history', id],
      ['show', `${jane.email}#nothing`],
    ]) {
      const result = await runCommand(words, tom);
      expect(result, words.join(' ')).toMatchObject({ code: 1, out: '' });
      expect(result.err).toMatch(/^vouch: /);
    }
  });

  test('gets exit code 2 for a query that is none, and the answer of an ASK as exit code', async () => {
    expect(await runCommand(['query', 'SELEC'], tom)).toMatchObject({ code: 2, out: '' });
    expect(await runCommand(['query', 'ASK { ?s ?p ?o }'], tom)).toMatchObject({ code: 0, out: 'yes\n' });
    expect(await runCommand(['query', 'ASK { ?s ?p "nobody said this" }'], tom)).toMatchObject({
      code: 1,
      out: 'no\n',
    });
  });

  test('prints the checkpoint and checks it against the key of the log', async () => {
    const plain = await runCommand(['log', 'checkpoint'], tom);
    expect(plain.out).toMatch(/^127\.0\.0\.1:\d+\/log\n\d+\n[A-Za-z0-9+/=]{44}\n\n— /);
    const { verifier } = readLogKey((await readFile(join(place.path, 'registry', 'log.key'), 'utf8')).trim());
    const checked = await runCommand(['log', 'checkpoint', '--log-key', verifier.vkey], tom);
    expect(checked).toMatchObject({ code: 0, err: expect.stringContaining('signature holds') });
    const other = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
    const wrong = await runCommand(['log', 'checkpoint', place.url, '--log-key', other], {
      env: { HOME: '/nonexistent' },
    });
    expect(wrong).toMatchObject({ code: 65, out: '' });
  });

  test('hears that nobody listens with exit code 69', async () => {
    const gone = await runCommand(['search', '--url', 'http://127.0.0.1:9'], tom);
    expect(gone).toMatchObject({ code: 69, out: '', err: expect.stringContaining('cannot be reached') });
  });
});

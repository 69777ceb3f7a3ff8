import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cosign, makeCosigner } from '../log/witnesses.ts';
import { type Marketplace, openMarketplace, type Person } from './open-marketplace.ts';
import { type CommandResult, runCommand } from './run-command.ts';

interface Bundle {
  receipt: string;
  document: string;
  evidence: string;
  chain: string[];
}

let place: Marketplace;
let jane: Person;
let logKey: string;
const at = (name: string): string => join(place.path, name);

beforeAll(async () => {
  place = await openMarketplace();
  jane = await place.person('jane');
  logKey = place.running.registry.log.key.vkey;
  for (const name of ['one', 'two']) {
    await writeFile(at(name), `bytes of image ${name}`);
    await runCommand(['describe', at(name), '--location', 'https://a.example/i', '-o', at(`${name}.draft`)], jane);
    await runCommand(['sign', at(`${name}.draft`), '-o', at(`${name}.xml`)], jane);
    expect((await runCommand(['upload', at(`${name}.xml`)], jane)).code).toBe(0);
    const bundle = ['log', 'bundle', at(name), '-o', at(`${name}.bundle`), '--log-key', logKey];
    expect(await runCommand(bundle, jane)).toMatchObject({
      code: 0,
      err: expect.stringContaining('vouches for image'),
    });
  }
  // What follows has no registry to ask.
  await place.running[Symbol.asyncDispose]();
});
afterAll(() => rm(place.path, { recursive: true }));

function verify(file: string, ...more: string[]): Promise<CommandResult> {
  const words = ['verify', '--offline', file, '--log-key', logKey, '--trust', place.trust];
  return runCommand([...words, ...more]);
}

/** Judges the bundle of image one as changed by a hand on the way. */
async function verifyChanged(change: (bundle: Bundle) => Partial<Bundle>, ...more: string[]): Promise<CommandResult> {
  const bundle: Bundle = JSON.parse(await readFile(at('one.bundle'), 'utf8'));
  await writeFile(at('changed.bundle'), JSON.stringify({ ...bundle, ...change(bundle) }));
  return verify(at('changed.bundle'), ...more);
}

async function readBundle(name: string): Promise<Bundle> {
  return JSON.parse(await readFile(at(`${name}.bundle`), 'utf8'));
}

describe('vouch verify --offline', () => {
  test('judges an entry by its bundle, and says what that cannot prove', async () => {
    const { code, out } = await verify(at('one.bundle'));
    expect(code, out).toBe(0);
    const [first, ...more] = out.trim().split('\n');
    expect(first).toMatch(/one\.bundle: valid, \S+ by jane@example\.org$/);
    expect(more.join('\n')).toMatch(/Record 1 of .* vouches for image/);
    expect(more.at(-1)).toMatch(/^ {2}completeness: not proven: a newer statement/);
    const json = JSON.parse((await verify(at('one.bundle'), '--json')).out);
    expect(json).toMatchObject({
      valid: true,
      completeness: 'not proven',
      log: { origin: place.running.registry.log.origin, index: 1, size: 2 },
      witnesses: [],
      entry: { email: 'jane@example.org' },
    });
    expect(json.existedAt).toBeUndefined();
  });

  test('asks whom to believe', async () => {
    const bundle = at('one.bundle');
    expect((await runCommand(['verify', '--offline', bundle, '--trust', place.trust])).err).toContain('--log-key');
    expect((await runCommand(['verify', '--offline', bundle, '--log-key', logKey])).err).toContain('--trust');
    expect((await verify(bundle, '--draft')).code).toBe(2);
  });

  test('refuses a bundle that is cut off anywhere', async () => {
    const whole = await readFile(at('one.bundle'));
    for (const part of [0, 0.01, 0.2, 0.5, 0.9, 0.999]) {
      await writeFile(at('cut.bundle'), whole.subarray(0, Math.floor(whole.length * part)));
      const { code, err } = await verify(at('cut.bundle'));
      expect(code).toBe(65);
      expect(err).toMatch(/^vouch: This is not the bundle of an entry: it is cut off or no JSON/);
    }
  });

  test.each<[string, string | RegExp, (bundle: Bundle) => Partial<Bundle> & Record<string, unknown>]>([
    ['without a receipt', /its receipt is missing/, () => ({ receipt: undefined as unknown as string })],
    ['of another version', /version is not 1/, () => ({ v: 2 })],
    ['with more in it', /a field "more"/, () => ({ more: true })],
    ['with junk for a document', /document is not base64/, ({ document }) => ({ document: `${document}!` })],
    ['with a chain that is none', /chain is no list/, () => ({ chain: 'x' as unknown as string[] })],
    ['with a document changed', /Bad receipt: it is that of another document/, () => ({ document: 'YWJj' })],
    ['with another evidence', /Swapped blob: the evidence/, () => ({ evidence: 'e30=' })],
    ['with a certificate missing', /Swapped blob: the certificates/, ({ chain }) => ({ chain: chain.slice(1) })],
    ['with a certificate twice', /Swapped blob: the certificates/, ({ chain }) => ({ chain: [...chain, chain[0]!] })],
    ['with another number', /Bad receipt: /, ({ receipt }) => ({ receipt: receipt.replace('index 1', 'index 0') })],
    [
      'with another size',
      /Bad receipt: .*signature/,
      ({ receipt }) => ({ receipt: receipt.replace('\n2\n', '\n3\n') }),
    ],
  ])('refuses a bundle %s', async (_, words, change) => {
    const { code, err } = await verifyChanged(change);
    expect(err).toMatch(words);
    expect(code).toBe(65);
  });

  test('TL replay: refuses the old receipt of another entry', async () => {
    const { receipt } = await readBundle('two');
    const { code, err } = await verifyChanged(() => ({ receipt }));
    expect([code, err]).toEqual([65, expect.stringContaining('Bad receipt: it is that of another document')]);
  });

  test('refuses the receipt of a log whose key is another', async () => {
    const other = 'marketplace.example.org/log+89eebc94+AWTmw1A8cRaZkSEtOgtcxcxL1pQ65O5zJTYA4tZM4K4S';
    const words = ['verify', '--offline', at('one.bundle'), '--trust', 'any', '--log-key'];
    expect((await runCommand([...words, other])).code).toBe(65);
  });

  test('takes the word of a quorum of witnesses for when the signature existed, the later one of two', async () => {
    const [one, two] = [makeCosigner('one.example/w'), makeCosigner('two.example/w')];
    const policy = at('witnesses');
    await writeFile(
      policy,
      `witness one ${one.verifier.vkey}\nwitness two ${two.verifier.vkey}\ngroup both all one two\nquorum both\n`,
    );
    const early = new Date(Math.floor(Date.now() / 1000) * 1000 - 7_200_000);
    const late = new Date(early.getTime() + 3_600_000);
    const seenBy = (...lines: ((text: string) => string)[]) => {
      return ({ receipt }: Bundle): Partial<Bundle> => {
        const note = receipt.slice(receipt.indexOf('\n\n') + 2);
        const text = note.slice(0, note.indexOf('\n\n') + 1);
        return { receipt: receipt + lines.map((line) => line(text)).join('') };
      };
    };
    const byOne = (text: string): string => cosign(one, text, late);
    const byTwo = (text: string): string => cosign(two, text, early);
    const met = await verifyChanged(seenBy(byOne, byTwo), '--witnesses', policy);
    expect(met.code, met.err).toBe(0);
    expect(met.out).toContain(`existed at ${late.toISOString()}: the witnesses of its receipt prove its signature`);
    const unmet = await verifyChanged(seenBy(byOne), '--witnesses', policy);
    expect(unmet).toMatchObject({ code: 65, err: expect.stringContaining('No quorum for the receipt') });
    // The same witness twice, or one that nobody asked, is no second one.
    expect((await verifyChanged(seenBy(byOne, byOne), '--witnesses', policy)).code).toBe(65);
    const stranger = (text: string): string => cosign(makeCosigner('three.example/w'), text, late);
    expect((await verifyChanged(seenBy(byOne, stranger), '--witnesses', policy)).code).toBe(65);
    const soon = (text: string): string => cosign(two, text, new Date(Date.now() + 3_600_000));
    const future = await verifyChanged(seenBy(byOne, soon), '--witnesses', policy);
    expect(future).toMatchObject({ code: 65, err: expect.stringContaining('Wrong time in the receipt') });
  });
});

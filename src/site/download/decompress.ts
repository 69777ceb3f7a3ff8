import { spawn } from 'node:child_process';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { toMessage, VouchError } from '../../errors.ts';

/** Compressions, and for those Node does not know the program that undoes them. */
const PROGRAMS: Readonly<Record<string, readonly string[] | undefined>> = {
  gz: [],
  // A stream says itself how much memory undoing it takes.
  xz: ['xz', '-dc', '--memlimit-decompress=1GiB'],
  bz2: ['bzip2', '-dc'],
  zst: ['zstd', '-dc', '-q'],
};

/** The name of a compression as the program knows it, or undefined for what it does not. */
export function toCompression(name: string): 'gz' | 'xz' | 'bz2' | 'zst' | undefined {
  const short = name.toLowerCase().replace(/^(?:application\/(?:x-)?|\.)/, '');
  const known = { gz: 'gz', gzip: 'gz', xz: 'xz', bz2: 'bz2', bzip2: 'bz2', zst: 'zst', zstd: 'zst' } as const;
  return known[short as keyof typeof known];
}

/** What compressed bytes hold, as they come; a chunk of them need stay as it is only until the next one is asked for. Throws `malformed` for what is not compressed so, `config` where the program is missing. */
export async function* decompress(
  compression: 'gz' | 'xz' | 'bz2' | 'zst',
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const source = Readable.from(kept(bytes), { objectMode: false });
  const [program, ...words] = PROGRAMS[compression] ?? [];
  if (program === undefined) {
    const gunzip = source.pipe(createGunzip());
    source.once('error', (fault) => gunzip.destroy(fault));
    try {
      yield* gunzip as AsyncIterable<Uint8Array>;
    } catch (cause) {
      if (cause instanceof VouchError) throw cause;
      throw new VouchError('malformed', `What came is not ${compression}: ${toMessage(cause)}.`, { cause });
    } finally {
      source.destroy();
    }
    return;
  }
  const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = new Promise<void>((resolve, reject) => {
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(0, 500);
    });
    child.once('error', (cause) => {
      const message = `${program} cannot be started, which undoes ${compression}: ${toMessage(cause)}. Install it.`;
      reject(new VouchError('config', message, { cause }));
    });
    child.once('close', (code) => {
      if (code === 0) resolve();
      else
        reject(new VouchError('malformed', `What came is not ${compression}: ${said.trim() || `${program} failed`}.`));
    });
  });
  ended.catch(() => undefined);
  // That the program takes no more is told by its end.
  child.stdin.on('error', () => undefined);
  let broken: unknown;
  source.once('error', (fault) => {
    broken = fault;
    child.kill();
  });
  source.pipe(child.stdin);
  try {
    yield* child.stdout as AsyncIterable<Uint8Array>;
    await ended.catch((fault: unknown) => {
      throw broken ?? fault;
    });
  } finally {
    source.destroy();
    child.kill();
  }
}

/** The same chunks, each in memory of its own: the stream asks for the next one before it is done with this one. */
async function* kept(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) yield Uint8Array.from(chunk);
}

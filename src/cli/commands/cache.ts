import type { Command } from 'commander';
import { VouchError } from '../../errors.ts';
import { readDuration } from '../../policy/duration.ts';
import { readSize } from '../../policy/size.ts';
import type { CachedImage, ImageCache } from '../../site/download/image-cache.ts';
import { addJsonOption, type Bind, type Call } from '../call.ts';
import { EXIT } from '../exit-code.ts';
import { addCacheOption, toCacheDirectory } from '../fetching-option.ts';
import { toSizeText } from '../size-text.ts';

interface CacheOptions {
  readonly cache?: string;
  readonly json?: boolean;
}

interface PruneOptions extends CacheOptions {
  readonly most?: string;
  readonly unused?: string;
}

/** `vouch cache …`: the images that were downloaded. */
export function addCache(program: Command, bind: Bind): void {
  const cache = program
    .command('cache')
    .summary('look after downloaded images')
    .description('Looks after downloaded images.');
  const add = (name: string, summary: string, description: string): Command =>
    addJsonOption(addCacheOption(cache.command(name).summary(summary).description(description)));
  bind<CacheOptions>(add('list', 'list them', 'Lists the images in the cache, what was used last first.'), list);
  bind<CacheOptions>(
    add('verify', 'read all of them again', 'Reads every image again and removes those that are not what they were.'),
    verify,
  );
  const prune = add('prune', 'remove what is not needed', 'Removes images that were not used lately, or more than fit.')
    .option('--most <size>', 'keep at most so much, such as 20G')
    .option('--unused <time>', 'remove what was not used for so long, such as 30d')
    .addHelpText('after', '\nExample:\n  vouch cache prune --most 100G --unused 90d');
  bind<PruneOptions>(prune, pruneCache);
}

/** The cache a command line names. */
export async function openCache({ terminal, options }: Call<CacheOptions>): Promise<ImageCache> {
  const { ImageCache } = await import('../../site/download/image-cache.ts');
  return await new ImageCache(toCacheDirectory(options.cache, terminal.io.env)).open();
}

async function list(call: Call<CacheOptions>): Promise<number> {
  tell(call, await (await openCache(call)).list(), 'The cache is empty.');
  return EXIT.yes;
}

async function verify(call: Call<CacheOptions>): Promise<number> {
  const { terminal } = call;
  const cache = await openCache(call);
  const images = await cache.list();
  using progress = terminal.progress('Images', 'count');
  const broken = await cache.verify(images, { signal: terminal.io.signal, onProgress: progress.update });
  for (const image of broken) await cache.remove(image);
  tell(call, broken, `All ${images.length} images are what they were.`);
  return broken.length === 0 ? EXIT.yes : EXIT.malformed;
}

async function pruneCache(call: Call<PruneOptions>): Promise<number> {
  const { most, unused } = call.options;
  if (most === undefined && unused === undefined) {
    throw new VouchError('usage', 'What to remove is not said: give --most SIZE, --unused TIME, or both.');
  }
  const unusedMs = unused === undefined ? undefined : readDuration(unused);
  if (unused !== undefined && unusedMs === undefined) {
    throw new VouchError('usage', `--unused is ${JSON.stringify(unused)}; it must be a duration such as 30d.`);
  }
  const removed = await (await openCache(call)).prune({
    ...(most === undefined ? {} : { mostBytes: needSize(most) }),
    ...(unusedMs === undefined ? {} : { unusedSince: new Date(Date.now() - unusedMs) }),
  });
  tell(call, removed, 'Nothing had to be removed.');
  return EXIT.yes;
}

function tell({ terminal, options }: Call<CacheOptions>, images: readonly CachedImage[], none: string): void {
  if (options.json === true) {
    for (const image of images) terminal.printJson(image);
    return;
  }
  if (images.length === 0) {
    terminal.say(none);
    return;
  }
  terminal.printTable(
    [{ heading: 'IMAGE' }, { heading: 'SIZE', align: 'right' }, { heading: 'USED' }, { heading: 'FILE' }],
    images.map(({ image, sizeBytes, usedAt, path }) => [image, toSizeText(sizeBytes), usedAt.toISOString(), path]),
  );
}

function needSize(text: string): number {
  const bytes = readSize(text);
  if (bytes !== undefined) return bytes;
  throw new VouchError('usage', `--most is ${JSON.stringify(text)}; it must be a size such as 500M or 20G.`);
}

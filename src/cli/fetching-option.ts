import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { VouchError } from '../errors.ts';
import { readObjectStores } from '../site/download/object-store.ts';
import type { LocationOptions } from '../site/download/open-location.ts';

/** From where a command fetches images, and where they are kept. */
export interface FetchingOptions extends ReachOptions {
  readonly cache?: string;
}

/** Which locations a command may ask. */
export interface ReachOptions {
  readonly allowPrivate?: boolean;
  readonly allowFiles?: readonly string[];
  readonly idle: string;
}

/** Adds the options of a command that fetches images. */
export function addFetchingOptions(command: Command): Command {
  return addReachOptions(addCacheOption(command));
}

/** Adds the options that say which locations may be asked. */
export function addReachOptions(command: Command): Command {
  return command
    .option('--allow-private', 'fetch from addresses in private networks too')
    .option('--allow-files <dir...>', 'read file: locations below these directories')
    .option('--idle <seconds>', 'give a location up that gives nothing, or next to nothing, for so long', '60');
}

/** Adds the option that names the cache of images. */
export function addCacheOption(command: Command): Command {
  return command.option(
    '--cache <dir>',
    'where images are kept (default: vouch/images in $XDG_CACHE_HOME or ~/.cache)',
  );
}

/** Which locations the options let a command ask. Throws `usage`. */
export function readReach(
  options: ReachOptions,
  env: Readonly<Record<string, string | undefined>>,
): Omit<LocationOptions, 'signal'> {
  return {
    allowsPrivate: options.allowPrivate === true,
    fileRoots: (options.allowFiles ?? []).map((directory) => resolve(directory)),
    idleSeconds: readIdle(options.idle),
    stores: readObjectStores(env),
  };
}

/** Where images lie unless `--cache` says otherwise. */
export function toCacheDirectory(cache: string | undefined, env: Readonly<Record<string, string | undefined>>): string {
  return cache ?? join(env.XDG_CACHE_HOME || join(env.HOME ?? '.', '.cache'), 'vouch', 'images');
}

function readIdle(text: string): number {
  const seconds = /^\d{1,5}(?:\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (seconds > 0) return seconds;
  throw new VouchError('usage', `--idle is ${JSON.stringify(text)}; it must be a number of seconds.`);
}

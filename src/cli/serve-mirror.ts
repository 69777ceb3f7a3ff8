import type { Following } from '../registry/follow-log.ts';
import type { MirrorOptions, OpenMirror } from '../registry/open-mirror.ts';
import { EXIT } from './exit-code.ts';
import type { RunSettings } from './run-settings.ts';
import type { Terminal } from './terminal.ts';

/** Serves a mirror, pulling again and again, until it is stopped. */
export async function serveMirror(
  terminal: Terminal,
  options: MirrorOptions,
  listen: { readonly host: string; readonly port: number },
  more: RunSettings = {},
): Promise<number> {
  const { runMirror, untilStopped } = await import('./run-registry.ts');
  const say = more.onNews ?? ((sentence: string) => terminal.say(sentence));
  await using running = await runMirror({ ...options, onNews: (news) => tellNews(say, news) }, listen, more);
  const { registry, server } = running;
  say(`${registry.title} at ${registry.baseUrl}, listening on ${server.url}`);
  sayKey(say, registry);
  using progress = terminal.progress('mirror', 'count');
  registry.follower.onProgress((stored, size) => {
    if (stored < size) progress.update(stored, size);
  });
  registry.follower.start();
  await untilStopped(terminal.io.signal);
  say('Stopping: requests under way are finished first.');
  return EXIT.yes;
}

/** Says which copy this is, and by which key others know its cosignature. */
export function sayKey(say: (sentence: string) => void, { log, key }: OpenMirror): void {
  say(`Mirror of ${log.origin}: ${log.size()} records, cosigned as ${key.vkey}`);
}

/** Says how the copy stands to its log, in a sentence, where that changed. */
export function tellNews(say: (sentence: string) => void, { state, origin, size, problem, evidence }: Following): void {
  if (problem === undefined) say(`In step with ${origin}: ${size} records.`);
  else if (state === 'forked') say(`${problem.message} The proof is in ${evidence ?? 'no file'}.`);
  else if (state === 'stopped') say(`${problem.message} Nothing more is copied; start the mirror again.`);
  else say(`${problem.message} It is tried again.`);
}

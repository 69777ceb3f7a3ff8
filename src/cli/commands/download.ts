import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Command } from 'commander';
import { toMessage, VouchError } from '../../errors.ts';
import { toDecisionJson, writeDecision } from '../../policy/write-decision.ts';
import { addJsonOption, type Bind, type Call } from '../call.ts';
import { addDecisionOptions, type DecisionOptions, decideHere } from '../decide-here.ts';
import { EXIT } from '../exit-code.ts';
import { addFetchingOptions, type FetchingOptions, readReach } from '../fetching-option.ts';
import { reportOnce } from '../report-use.ts';

interface DownloadOptions extends DecisionOptions, FetchingOptions {
  readonly output?: string;
  readonly json?: boolean;
}

/** `vouch download IMAGE`: decides, then fetches and verifies the bytes. */
export function addDownload(program: Command, bind: Bind): void {
  const command = program
    .command('download')
    .summary('fetch an image that may run, and verify every byte')
    .description(
      'Decides by the policy as `vouch policy check` does, then fetches the image from the first of its locations that gives exactly\n' +
        'the bytes of the statement: size and all checksums, in one pass. A download that was cut off goes on where it ended. Disks\n' +
        'that name other files are refused.',
    );
  addFetchingOptions(
    addDecisionOptions(command).option(
      '-o, --output <file>',
      'where to put the image (else its path in the cache is printed)',
    ),
  );
  addJsonOption(command).addHelpText(
    'after',
    '\nExample:\n  vouch download MMZu9WvwKIro-rtBQfDk4PsKO7_ --policy site.yaml --trust /etc/grid-security/certificates -o disk.img',
  );
  bind<DownloadOptions>(command, download);
}

async function download(call: Call<DownloadOptions>): Promise<number> {
  const { terminal, options } = call;
  const { decision, address } = await decideHere(call);
  if (decision.entry === undefined) {
    if (options.json === true) terminal.printJson(toDecisionJson(decision));
    else for (const line of writeDecision(decision, options.explain === true)) terminal.print(line);
    return EXIT.no;
  }
  const { downloadImage, findFileFault } = await import('../../site/download/download-image.ts');
  const { openCache } = await import('./cache.ts');
  const cache = await openCache(call);
  const { entry, image } = decision;
  let known = await cache.find(entry.checksums, new Date());
  // It was verified for another statement perhaps, and somebody may have started it since.
  const fault = known && (await findFileFault(entry, known.path, terminal.io.signal));
  if (known !== undefined && fault !== undefined) {
    terminal.say(`What lies in the cache is not what this statement says: ${fault}. It is fetched anew.`);
    await cache.remove(known);
    known = undefined;
  }
  const path = cache.pathOf(entry.checksums);
  if (known === undefined) {
    using progress = terminal.progress(image, 'bytes');
    const done = await downloadImage(entry, path, {
      ...readReach(options, terminal.io.env),
      signal: terminal.io.signal,
      onProgress: progress.update,
      tell: (sentence) => terminal.say(sentence),
    });
    if (options.at === undefined) await reportOnce(call, address, (tally) => tally.count(image, 'downloaded'));
    await cache.add({ image, checksums: entry.checksums, sizeBytes: entry.sizeBytes }, new Date());
    const resumed = done.resumedBytes === 0 ? '' : `, of which ${done.resumedBytes} were here already`;
    terminal.say(
      `${entry.sizeBytes} bytes from ${done.location}${resumed}: size and all ${entry.checksums.length} checksums hold.`,
    );
  } else terminal.say(`It is in the cache since ${known.fetchedAt.toISOString()}.`);
  const output = options.output ?? path;
  if (options.output !== undefined) await copyOut(path, options.output);
  if (options.json === true) terminal.printJson({ ...toDecisionJson(decision), file: output });
  else terminal.print(output);
  return EXIT.yes;
}

async function copyOut(path: string, output: string): Promise<void> {
  // A name nobody can foresee, for a file that must not be there: no link planted beside the target is written through.
  const draft = join(dirname(output), `.${basename(output).slice(0, 200)}.${randomBytes(6).toString('hex')}.part`);
  try {
    await copyFile(path, draft, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
    await rename(draft, output);
  } catch (cause) {
    await rm(draft, { force: true });
    throw new VouchError('input-output', `The image cannot be put at ${output}: ${toMessage(cause)}.`, { cause });
  }
}

import type { Command } from 'commander';
import { describeImage } from '../../endorse/describe-image.ts';
import { writeDraft } from '../../entry/write-entry.ts';
import type { Bind, Call } from '../call.ts';
import { addDescriptionOptions, readDescriptionOptions } from '../description-option.ts';
import { EXIT } from '../exit-code.ts';
import { toSizeText } from '../size-text.ts';

interface DescribeOptions extends Record<string, unknown> {
  readonly output: string;
}

/** `vouch describe IMAGE`: checksums an image in one pass and writes a draft. */
export function addDescribe(program: Command, bind: Bind): void {
  const command = program
    .command('describe')
    .summary('checksum an image and write a draft')
    .description('Reads an image once, computes its size and checksums, and writes a draft entry to be signed.')
    .argument('<image>', 'image file, or - for standard input')
    .option('-o, --output <draft>', 'where to write the draft', '-');
  addDescriptionOptions(command).addHelpText(
    'after',
    '\nExample:\n  vouch describe debian.qcow2 --os debian --os-arch x86_64 \\\n    --location https://images.example.org/debian.qcow2 -o draft.xml',
  );
  bind<DescribeOptions>(command, describe);
}

async function describe({ terminal, options, words }: Call<DescribeOptions>): Promise<number> {
  const [image = '-'] = words;
  const at = new Date();
  const remarks = { draftedAt: at, ...readDescriptionOptions(options, at) };
  const { signal, stdin } = terminal.io;
  const source = image === '-' ? toBytes(stdin) : image;
  const startedMs = performance.now();
  const description = await (async () => {
    using progress = terminal.progress(image === '-' ? 'standard input' : image, 'bytes');
    return await describeImage(source, remarks, { onProgress: progress.update, signal });
  })();
  const seconds = (performance.now() - startedMs) / 1000;
  await terminal.write(options.output, writeDraft(description));
  const speed = `${toSizeText(description.sizeBytes / seconds)}/s`;
  terminal.say(`${description.identifier}  ${toSizeText(description.sizeBytes)} in ${seconds.toFixed(1)} s (${speed})`);
  if (description.locations.length === 0) {
    terminal.say('No --location is stated: an entry must say where the image can be fetched before it is accepted.');
  }
  return EXIT.yes;
}

async function* toBytes(stream: AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}

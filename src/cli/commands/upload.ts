import type { Command } from 'commander';
import { VouchError } from '../../errors.ts';
import { sha256Hex } from '../../log/sha256.ts';
import { readRecord } from '../../proof/record.ts';
import { readTlogProof } from '../../proof/tlog-proof.ts';
import { awaitEntry } from '../await-entry.ts';
import { addJsonOption, addRegistryOption, type Bind, type Call, openClient } from '../call.ts';
import type { Uploading } from '../client.ts';
import { EXIT } from '../exit-code.ts';
import { tellUpload, toWaiting } from '../tell-upload.ts';

interface UploadOptions {
  readonly to?: string;
  readonly json?: boolean;
  readonly receipt?: string;
  readonly wait?: boolean;
}

/** `vouch upload ENTRY…`: submits signed entries; prints where each is. */
export function addUpload(program: Command, bind: Bind): void {
  const command = program
    .command('upload')
    .summary('submit signed entries to a registry')
    .description(
      'Submits signed entries and prints the address of each. Uploading the same bytes again changes nothing.',
    )
    .argument('<entry...>', 'signed entries, or - for standard input')
    .option('--receipt <file>', 'keep the proof that the entry is in the log (one entry at a time)')
    .option('--wait', 'wait until its endorser confirmed each entry, and the witnesses of the log have seen it')
    .option('--to <url>', 'base URL of the registry; the same as --url');
  addJsonOption(addRegistryOption(command)).addHelpText(
    'after',
    '\nExample:\n  vouch upload entry.xml --to https://marketplace.example.org --receipt entry.tlog-proof',
  );
  bind<UploadOptions>(command, upload);
}

async function upload(call: Call<UploadOptions>): Promise<number> {
  const { terminal, options, words } = call;
  const client = openClient(call, options.to);
  if (options.receipt !== undefined && words.length > 1) {
    throw new VouchError('usage', '--receipt takes one entry at a time: each has a receipt of its own.');
  }
  let areAllIn = true;
  for (const file of words) {
    const bytes = await terminal.read(file);
    let uploading = await client.upload(bytes);
    const awaited = toAwaited(uploading);
    if (options.wait === true && awaited !== undefined) {
      terminal.say(`${file}: ${awaited.what}`);
      uploading = await awaitEntry(client, bytes, terminal);
    }
    const told = tellUpload(terminal, uploading, { json: options.json === true, file, canWait: true });
    const event = toAwaited(uploading)?.event;
    if (event !== undefined && options.receipt !== undefined) {
      throw new VouchError('busy', `There is no receipt before ${event} the entry: use --wait.`);
    }
    if (uploading.ok && uploading.outcome !== 'unconfirmed' && options.receipt !== undefined) {
      await terminal.write(options.receipt, Buffer.from(needReceipt(uploading.receipt, sha256Hex(bytes))));
      terminal.say(`The receipt is in ${options.receipt}; "vouch log check" checks it.`);
    }
    areAllIn &&= told === EXIT.yes;
  }
  return areAllIn ? EXIT.yes : EXIT.no;
}

/** What an upload waits for; undefined for one that waits for nothing. */
function toAwaited(uploading: Uploading): { readonly what: string; readonly event: string } | undefined {
  if (!uploading.ok) return undefined;
  if (uploading.outcome === 'unconfirmed') {
    return { what: toWaiting(uploading.expiresAt), event: 'its endorser confirmed' };
  }
  if (uploading.outcome !== 'pending') return undefined;
  const what = `number ${uploading.index} of the log, waiting for its witnesses`;
  return { what, event: 'the witnesses of the log have seen' };
}

/** The receipt, if it is of these bytes: one of another entry would be found out when it is needed, which is too late. */
function needReceipt(receipt: string | undefined, sha256: string): string {
  if (receipt === undefined) throw new VouchError('remote', 'The registry accepted the entry but gave no receipt.');
  if (readDocument(receipt) === sha256) return receipt;
  throw new VouchError('remote', 'The registry accepted the entry but gave what is no receipt of it.');
}

/** SHA-256 of the document that a receipt is of, whether or not it proves anything. */
function readDocument(receipt: string): string | undefined {
  try {
    const { extra } = readTlogProof(receipt);
    return extra === undefined ? undefined : readRecord(extra).doc;
  } catch {
    return undefined;
  }
}

import { VouchError } from '../errors.ts';
import { type ProvenRecord, readRecordProof } from '../log/record-proof.ts';
import { readTreeSize } from '../proof/tree-size.ts';
import { type Call, openClient } from './call.ts';
import type { RegistryClient } from './client.ts';
import { findEntries } from './find-entries.ts';
import { readLogKeyOption } from './log-address.ts';
import { readReference } from './reference.ts';
import { sayProof } from './say-proof.ts';

/** A receipt that was checked. */
export interface FetchedReceipt {
  readonly client: RegistryClient;
  /** As the registry gave it. */
  readonly receipt: string;
  readonly proven: ProvenRecord;
}

/**
 * The receipt of the one record that the first word names: by its log number, or as the only entry of a reference. It is checked, with
 * `--log-key` or else the key that the registry names, and what it proves is said. Throws `usage`, `not-found`, `malformed`.
 */
export async function fetchReceipt(call: Call<{ readonly logKey?: string }>): Promise<FetchedReceipt> {
  const { terminal, options } = call;
  const { client, index } = await findRecord(call);
  const receipt = await client.receipt(index);
  const proven = readRecordProof(receipt, readLogKeyOption(options.logKey ?? (await client.logKey())));
  if (proven.index !== index) {
    throw new VouchError('malformed', `The registry proves record ${proven.index}, not ${index} as asked.`);
  }
  for (const line of sayProof(proven)) terminal.say(line);
  if (options.logKey === undefined) terminal.say('The key is the one that the registry names; --log-key takes yours.');
  return { client, receipt, proven };
}

async function findRecord(call: Call<unknown>): Promise<{ client: RegistryClient; index: number }> {
  const [word = ''] = call.words;
  const number = readTreeSize(word);
  if (number !== undefined) return { client: openClient(call), index: number };
  const reference = await readReference(word, call.terminal);
  const client = openClient(call, reference.kind === 'image' ? reference.baseUrl : undefined);
  const [entry, ...others] = await findEntries(client, reference);
  if (others.length > 0) {
    const who = [entry!, ...others].map(({ index, email }) => `${index} of ${email}`).join(', ');
    throw new VouchError('usage', `There are several entries; choose one by its number: ${who}.`);
  }
  return { client, index: entry!.index };
}

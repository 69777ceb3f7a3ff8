import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { askGraph } from '../catalog/sparql/ask-graph.ts';
import { toMessage, VouchError } from '../errors.ts';
import { readSubscriptionsSchema } from '../platform/subscriptions-schema.ts';
import { readYamlBytes } from '../platform/yaml-document.ts';
import {
  openSubscriptionsReader,
  type SubscriptionsDocument,
  type SubscriptionsReading,
} from '../policy/read-subscriptions.ts';
import type { Subscriptions } from '../policy/subscription.ts';

const BYTES_LIMIT = 1024 * 1024;

let reader: ((document: SubscriptionsDocument) => SubscriptionsReading) | undefined;

/** Reads subscriptions from the bytes of their document. What is wrong is in the reading; nothing is thrown for any bytes. */
export function readSubscriptionsBytes(bytes: Uint8Array): SubscriptionsReading {
  const yaml = readYamlBytes(bytes, BYTES_LIMIT);
  if (!yaml.ok) {
    const { ok, ...problem } = yaml;
    return { ok, problems: [{ severity: 'error', path: '', ...problem }] };
  }
  reader ??= openSubscriptionsReader(readSubscriptionsSchema(), findAskFault);
  return reader({ ...yaml.document, digest: createHash('sha256').update(bytes).digest('hex') });
}

/** Reads a file of subscriptions. Throws `config` with the first thing that is wrong, and its line. */
export function openSubscriptions(file: string): Subscriptions {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw new VouchError('config', `The subscriptions ${file} cannot be read: ${toMessage(cause)}.`, { cause });
  }
  const reading = readSubscriptionsBytes(bytes);
  if (reading.ok) return reading.subscriptions;
  const [first] = reading.problems;
  const where = first?.line === undefined ? file : `${file}, line ${first.line}`;
  const more = reading.problems.length > 1 ? ` (and ${reading.problems.length - 1} more)` : '';
  throw new VouchError('config', `${where}: ${first?.path ? `${first.path}: ` : ''}${first?.message}${more}.`);
}

function findAskFault(query: string): string | undefined {
  try {
    askGraph(query, []);
    return undefined;
  } catch (thrown) {
    return toMessage(thrown);
  }
}

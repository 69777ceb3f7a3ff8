import type { LogRecord } from '../log/log.ts';
import type { ProvenRecord } from '../log/record-proof.ts';
import { toVisibleText } from '../server/visible-text.ts';

/** What a proof that holds establishes, in words. */
export function sayProof({ index, record, checkpoint, cosignatures }: ProvenRecord): string[] {
  const { doc } = record;
  const witnesses = cosignatures.map(({ key }) => key.name).join(', ');
  return [
    `Record ${index} of ${toVisibleText(checkpoint.origin)} ${tellWhat(record)}.`,
    record.t === 'index' ? `The root of that index is ${doc}.` : `Its document has the SHA-256 ${doc}.`,
    `It is one of the ${checkpoint.size} records of a checkpoint that the log signed${witnesses === '' ? '' : `, and that ${toVisibleText(witnesses)} saw`}.`,
  ];
}

function tellWhat({ t, id, act, created, at, len }: LogRecord): string {
  if (t === 'trust') return `of ${at} says which authorities were trusted`;
  if (t === 'index') return `of ${at} states the index of the ${len} records before it`;
  return `${act === 'deprecated' ? 'deprecates' : 'vouches for'} image ${id}, signed ${created}, accepted ${at}`;
}

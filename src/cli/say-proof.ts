import type { ProvenRecord } from '../log/record-proof.ts';
import { toVisibleText } from '../server/visible-text.ts';

/** What a proof that holds establishes, in words. */
export function sayProof({ index, record, checkpoint, cosignatures }: ProvenRecord): string[] {
  const { t, id, doc, act, created, at } = record;
  const about =
    t === 'trust'
      ? `of ${at} says which authorities were trusted`
      : `${act === 'deprecated' ? 'deprecates' : 'vouches for'} image ${id}, signed ${created}, accepted ${at}`;
  const witnesses = cosignatures.map(({ key }) => key.name).join(', ');
  return [
    `Record ${index} of ${toVisibleText(checkpoint.origin)} ${about}.`,
    `Its document has the SHA-256 ${doc}.`,
    `It is one of the ${checkpoint.size} records of a checkpoint that the log signed${witnesses === '' ? '' : `, and that ${toVisibleText(witnesses)} saw`}.`,
  ];
}

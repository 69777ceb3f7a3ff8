import { expect, it } from 'vitest';
import { readVerifierKey } from '../../src/log/note-key.ts';
import { readLogHead } from '../../src/peer/log-head.ts';
import { readPages } from '../../src/peer/verified-page.ts';
import { HAS_VECTORS, readVectors } from '../log/vectors.ts';
import { MadeLog, plainLeaves } from './made-log.ts';

it.skipIf(!HAS_VECTORS)('takes over a log whose checkpoint another program signed and a witness saw', async () => {
  const { keys, checkpoint } = readVectors();
  const [log, witness] = [readVerifierKey(keys.log.vkey), readVerifierKey(keys.witness.vkey)];
  const head = readLogHead(Buffer.from(checkpoint), { log, witnesses: [witness] });
  expect([head.size, head.cosignatures.length]).toEqual([600, 1]);
  const leaves = plainLeaves(600);
  const found: string[] = [];
  for await (const page of readPages(await MadeLog.of(leaves), head)) found.push(...page.leaves.map(String));
  expect(found).toEqual(leaves.map(String));
});

// Appends to the log in argv[2] without end, from 64 callers, and tells each acknowledgement; meanwhile 8 readers take one checkpoint
// after the other, prove records under it and verify the proofs.

import { readSignedCheckpoint } from '../../dist/log/checkpoint.js';
import { openLevelLog } from '../../dist/log/level-log.js';
import { isConsistent } from '../../dist/log/merkle.js';
import { readRecordProof } from '../../dist/log/record-proof.js';
import { KEY, makeStatement, tell } from './compiled-log.mjs';

const log = await openLevelLog({ directory: process.argv[2], origin: KEY.name, key: KEY });
let count = log.size();
let seen = readSignedCheckpoint(Buffer.from(log.checkpointNote()), KEY.verifier).checkpoint;

async function write() {
  while (true) {
    const number = count++;
    const { index, record } = await log.append(makeStatement(number, number % 7));
    tell({ index, record, note: log.checkpointNote() });
  }
}

async function read() {
  while (true) {
    const { checkpoint } = readSignedCheckpoint(Buffer.from(log.checkpointNote()), KEY.verifier);
    const { size, root } = checkpoint;
    if (size === 0) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      continue;
    }
    const before = seen;
    if (size < before.size) throw new Error(`a reader saw ${before.size} records, and then ${size}`);
    const proof = await log.consistencyProof(before.size, size);
    if (!isConsistent(before.size, before.root, size, root, proof)) throw new Error(`${size} records do not go on`);
    // All readers against one and the same checkpoint, until it is old.
    if (size > seen.size) seen = checkpoint;
    const index = Math.floor(Math.random() * size);
    readRecordProof(await log.proof(index, size), KEY.verifier);
    tell({ proven: index });
  }
}

await Promise.all([...Array.from({ length: 64 }, write), ...Array.from({ length: 8 }, read)]);

// Plain JavaScript over the compiled log, so that a test can run and kill it: appends to the log in argv[2], from 64 callers,
// and prints each acknowledgement.
import { createHash } from 'node:crypto';
import { toIdentifier } from '../../dist/entry/identifier.js';
import { openLevelLog } from '../../dist/log/level-log.js';
import { toLogKey } from '../../dist/log/note-key.js';

const sha = (algorithm, text) => createHash(algorithm).update(text).digest('hex');
const key = toLogKey('log.example.org/test', new Uint8Array(32).fill(7));
const log = await openLevelLog({ directory: process.argv[2], origin: key.name, key });
let count = 0;

async function write() {
  while (true) {
    const number = count++;
    const verified = {
      entry: {
        identifier: toIdentifier(sha('sha1', `image ${number % 7}`)),
        endorsement: { createdAt: new Date('2026-11-20T10:00:00Z') },
      },
      bytes: Buffer.from(`document ${number}`),
      documentSha256: sha('sha256', `document ${number}`),
      canonicalSha256: sha('sha256', `canonical ${number}`),
      signatureAlgorithm: 'rsa-sha256',
      signerSha256: sha('sha256', 'signer'),
    };
    const evidence = Buffer.from(`evidence of ${number}`);
    const statement = { verified, t: 'endorse', evidence, attachments: [], at: new Date('2026-11-20T10:00:05Z') };
    const { index, record } = await log.append(statement);
    console.log(JSON.stringify({ index, record, note: log.checkpointNote() }));
  }
}

await Promise.all(Array.from({ length: 64 }, write));

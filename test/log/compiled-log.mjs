// Plain JavaScript over the compiled log, so that tests can run writers in processes of their own and kill them.
import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { toIdentifier } from '../../dist/entry/identifier.js';
import { toLogKey } from '../../dist/log/note-key.js';

export const KEY = toLogKey('log.example.org/test', new Uint8Array(32).fill(7));

const sha = (algorithm, text) => createHash(algorithm).update(text).digest('hex');

/** The statement that `makeStatement` of statement.ts makes, as far as the log tells two of them apart. */
export function makeStatement(number, image = number) {
  const text = `document ${number} `;
  const verified = {
    entry: {
      identifier: toIdentifier(sha('sha1', `image ${image}`)),
      endorsement: { createdAt: new Date('2026-11-20T10:00:00Z') },
    },
    bytes: Buffer.from(text),
    documentSha256: sha('sha256', text),
    canonicalSha256: sha('sha256', `canonical ${text}`),
    signatureAlgorithm: 'rsa-sha256',
    signerSha256: sha('sha256', 'signer'),
  };
  const evidence = Buffer.from(`evidence of ${number}`);
  return { verified, t: 'endorse', evidence, attachments: [], at: new Date('2026-11-20T10:00:05Z') };
}

/** Tells the test, at once: what is told here was told, whatever happens to this process next. */
export function tell(value) {
  writeSync(1, `${JSON.stringify(value)}\n`);
}

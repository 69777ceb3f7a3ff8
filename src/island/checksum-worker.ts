/*
 * Checksums a file of the page. It reaches nothing: the file comes in the message.
 */
import { checksumBlob } from '../browser/checksum-blob.ts';
import type { ChecksumAlgorithm } from '../entry/entry.ts';
import { toMessage } from '../errors.ts';
import type { ImageFacts } from '../sign/to-description.ts';
import type { WorkerWord } from './page/worker-line.ts';

/** What the page asks. */
export interface ChecksumRequest {
  readonly image: Blob;
  readonly algorithms: readonly ChecksumAlgorithm[];
}

addEventListener('message', async ({ data }: MessageEvent<ChecksumRequest>) => {
  const say = (word: WorkerWord<ImageFacts, number>): void => postMessage(word);
  await checksumBlob(data.image, data.algorithms, (progress) => say({ progress })).then(
    (answer) => say({ answer }),
    (thrown) => say({ fault: toMessage(thrown) }),
  );
});

postMessage('ready');

/*
 * Verifies documents beside a page, one answer for each request and in their order. It reaches nothing: all it knows comes in the
 * message, and the schemas are within this script.
 */
import { type DocumentReport, type DocumentRequest, verifyDocument } from '../browser/verify-document.ts';
import { toMessage } from '../errors.ts';
import { entryWorld } from './page/entry-world.ts';
import type { WorkerWord } from './page/worker-line.ts';

addEventListener('message', async ({ data }: MessageEvent<DocumentRequest>) => {
  const word: WorkerWord<DocumentReport> = await verifyDocument(data, entryWorld).then(
    (answer) => ({ answer }),
    (thrown) => ({ fault: toMessage(thrown) }),
  );
  postMessage(word);
});

// Messages that come while the schemas compile would be lost.
postMessage('ready');

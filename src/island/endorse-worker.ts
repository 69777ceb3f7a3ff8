/*
 * Holds the endorser's key and signs with it, beside a page. The header this script comes with lets it reach nothing, not even the registry,
 * so that what it holds goes nowhere; the page ends it to forget the key.
 */
import { Endorsing, type EndorsingAnswer, type EndorsingRequest } from '../browser/endorsing.ts';
import { toMessage } from '../errors.ts';
import { entryWorld } from './page/entry-world.ts';
import type { WorkerWord } from './page/worker-line.ts';

const endorsing = new Endorsing(entryWorld);

addEventListener('message', async ({ data }: MessageEvent<EndorsingRequest>) => {
  const word: WorkerWord<EndorsingAnswer> = await endorsing.answer(data).then(
    (answer) => ({ answer }),
    (thrown) => ({ fault: toMessage(thrown) }),
  );
  postMessage(word);
});

postMessage('ready');

import type { ChecksumAlgorithm } from '../../entry/entry.ts';
import type { ImageFacts } from '../../sign/to-description.ts';
import type { ChecksumRequest } from '../checksum-worker.ts';
import { add, addNote, toSizeText } from './element.ts';
import { WorkerLine } from './worker-line.ts';

/** The step that checksums the image the endorser chose. */
export interface ImageStep {
  /** What was found; undefined as long as there is nothing. */
  readonly facts: ImageFacts | undefined;
}

/**
 * Wires the step: a chosen file is read by a worker with all of these checksums at once, which can be stopped. `describe` says what it means,
 * in the place given.
 */
export function openImageStep(
  step: HTMLElement,
  worker: string,
  algorithms: () => readonly ChecksumAlgorithm[],
  describe: (place: Element, facts: ImageFacts) => void,
): ImageStep {
  const input = step.querySelector<HTMLInputElement>('[data-field=image]');
  const bar = step.querySelector<HTMLElement>('[data-say=progress]');
  const said = step.querySelector<HTMLElement>('[data-say=image]');
  const progress = bar?.querySelector('progress');
  const words = bar?.querySelector('span');
  const state: { facts: ImageFacts | undefined } = { facts: undefined };
  if (!input || !bar || !said || !progress || !words) return state;
  const line = new WorkerLine<ChecksumRequest, ImageFacts, number>(worker);
  bar.querySelector('button')?.addEventListener('click', () => line.end('Stopped: choose the file again to go on.'));
  input.addEventListener('change', async () => {
    line.end('Another file was chosen.');
    state.facts = undefined;
    said.replaceChildren();
    const image = input.files?.[0];
    if (image === undefined) return;
    bar.hidden = false;
    progress.value = 0;
    const startedMs = performance.now();
    try {
      const facts = await line.ask({ image, algorithms: algorithms() }, (done) => {
        progress.value = done / image.size;
        words.textContent = `${toSizeText(done)} of ${toSizeText(image.size)}, ${toSizeText((done * 1000) / (performance.now() - startedMs))}/s`;
      });
      if (input.files?.[0] !== image) return;
      state.facts = facts;
      said.replaceChildren();
      describe(said, facts);
    } catch (thrown) {
      if (input.files?.[0] !== image) return;
      addNote(said, 'bad', thrown instanceof Error ? thrown.message : 'The file could not be read.');
    }
    bar.hidden = true;
    line.end();
  });
  return state;
}

/** Size and checksums, as they will stand in the entry. */
export function addImageFacts(place: Element, identifier: string, { sizeBytes, checksums }: ImageFacts): void {
  const list = add(place, 'dl');
  list.className = 'facts';
  const say = (name: string, value: string): void => {
    const row = add(list, 'div');
    add(row, 'dt', name);
    add(add(row, 'dd'), 'code', value);
  };
  say('Identifier', identifier);
  say('Size', `${sizeBytes} bytes`);
  for (const { algorithm, value } of checksums) say(algorithm, value);
}

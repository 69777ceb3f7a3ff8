/*
 * "Verify in this browser" on the page of an entry. Nothing of the verification is loaded before the visitor asks for it.
 */
import type { DocumentReport, DocumentRequest } from '../browser/verify-document.ts';
import { addChoices } from './page/choice.ts';
import { add, addNote } from './page/element.ts';
import { loadBytes, MOST_BYTES } from './page/load-bytes.ts';
import { type AskedWith, showAnswer } from './page/verify-answer.ts';
import { WorkerLine } from './page/worker-line.ts';

const MOST_RECEIPT_BYTES = 2_097_152;
const LONGEST_MS = 30_000;

const place = document.querySelector<HTMLElement>('[data-verify]');
if (place !== null) offer(place);

/** The button, what the visitor believes, and where the answer is said. */
function offer(place: HTMLElement): void {
  const { dataset } = place;
  const details = add(place, 'details');
  add(details, 'summary', 'Whom do you believe?');
  const file = toInput('file');
  file.accept = '.pem,.crt,.cer,.der';
  const key = toInput('text');
  key.placeholder = 'name+id+base64';
  key.autocomplete = 'off';
  const { anchor, anchorSha256, logKey = '' } = dataset;
  const anchors = addChoices<AskedWith['anchors']>(details, 'Who may vouch for the signer', [
    { value: 'none', label: 'Nobody yet: look at form and signature alone' },
    { value: 'own', label: 'Certificates of authorities you believe (PEM)', more: file },
    ...(anchor === undefined
      ? []
      : [
          {
            value: 'offered' as const,
            label: 'The authority offered by this server',
            note: `SHA-256 ${anchorSha256}. Compare it with what the authority itself publishes.`,
          },
        ]),
  ]);
  const logChoices = [
    {
      value: 'offered',
      label: 'The log key offered by this server',
      note: `${logKey}. Compare it with one from elsewhere.`,
    },
    { value: 'own', label: 'A log key from somebody you trust', more: key },
    { value: 'none', label: 'Do not look at the receipt' },
  ] as const;
  // Without a receipt there is nothing to choose.
  const log: () => AskedWith['logKey'] =
    dataset.receipt === undefined ? () => 'none' : addChoices(details, 'Whose log it stands in', logChoices);
  const button = add(place, 'button', 'Verify in this browser');
  button.type = 'button';
  const answer = add(place, 'div');
  answer.setAttribute('role', 'status');
  button.addEventListener('click', async () => {
    button.disabled = true;
    answer.replaceChildren();
    add(answer, 'p', 'Verifying …');
    try {
      // Who chooses a file or writes a key means it.
      const asked: AskedWith = { anchors: anchors(), logKey: log(), page: dataset };
      const chosen = await readAnchors(asked, file.files?.[0]);
      const receipt = await readReceipt(asked, key.value);
      const request: DocumentRequest = {
        bytes: await loadBytes(dataset.verify ?? '', MOST_BYTES, 'document'),
        profile: dataset.profile === 'legacy' ? 'legacy' : 'current',
        at: new Date(),
        ...(chosen === undefined ? {} : { anchors: chosen }),
        ...(receipt === undefined ? {} : { receipt }),
      };
      showAnswer(answer, await verify(request, dataset.worker ?? ''), asked);
    } catch (thrown) {
      answer.replaceChildren();
      addNote(answer, 'bad', `Nothing could be verified: ${thrown instanceof Error ? thrown.message : 'unknown'}`);
    } finally {
      button.disabled = false;
    }
  });
}

function toInput(type: string): HTMLInputElement {
  const input = document.createElement('input');
  input.type = type;
  return input;
}

async function readAnchors({ anchors, page }: AskedWith, file: File | undefined): Promise<Uint8Array | undefined> {
  if (anchors === 'none') return undefined;
  if (anchors === 'offered') return loadBytes(page.anchor ?? '', MOST_BYTES, 'certificate');
  if (file === undefined) throw new Error('choose the file of certificates first.');
  if (file.size > MOST_BYTES) throw new Error('the file of certificates is too large.');
  return new Uint8Array(await file.arrayBuffer());
}

async function readReceipt({ logKey, page }: AskedWith, own: string): Promise<DocumentRequest['receipt']> {
  if (logKey === 'none') return undefined;
  if (logKey === 'own' && own.trim() === '') throw new Error('write the key of the log first.');
  const bytes = await loadBytes(page.receipt ?? '', MOST_RECEIPT_BYTES, 'receipt');
  return { text: new TextDecoder().decode(bytes), vkey: logKey === 'own' ? own : (page.logKey ?? '') };
}

/** Asks a worker of its own, which ends with the answer, or when it takes too long. */
async function verify(request: DocumentRequest, worker: string): Promise<DocumentReport> {
  const line = new WorkerLine<DocumentRequest, DocumentReport>(worker);
  const timer = setTimeout(() => line.end('it took longer than half a minute and was stopped.'), LONGEST_MS);
  try {
    return await line.ask(request);
  } finally {
    clearTimeout(timer);
    line.end();
  }
}

/*
 * The upload page: every file is judged in a worker as soon as it is chosen or dropped, with what the registry would find at the
 * lines it would find it, and only then sent. What becomes of it is followed on the page.
 */
import type { DocumentReport, DocumentRequest } from '../browser/verify-document.ts';
import { hasError } from '../errors.ts';
import { add, addNote, toSizeText } from './page/element.ts';
import { addFindings } from './page/finding-list.ts';
import { addStanding } from './page/standing.ts';
import { type RegistryPlace, readPlace, submitDocument } from './page/submission.ts';
import { WorkerLine } from './page/worker-line.ts';

/** As many as one form may send. */
const MOST_FILES = 16;

/** A chosen file on the page. */
interface Sheet {
  readonly name: string;
  readonly element: HTMLElement;
  /** Absent as long as it is not read, or cannot be sent. */
  bytes?: Uint8Array<ArrayBuffer>;
  choice?: HTMLInputElement;
  state: 'open' | 'sending' | 'sent';
}

const form = document.querySelector<HTMLFormElement>('form[data-upload]');
const input = form?.querySelector<HTMLInputElement>('input[type=file]');
const button = form?.querySelector('button');
if (form && input && button) start(form, input, button);

function start(form: HTMLFormElement, input: HTMLInputElement, button: HTMLButtonElement): void {
  const place = readPlace(form);
  const mostBytes = Number(form.dataset.limit);
  const line = new WorkerLine<DocumentRequest, DocumentReport>(form.dataset.worker ?? '');
  const zone = add(form, 'p', 'Or drop files here. They are checked on this page before anything is sent.');
  zone.className = 'drop';
  const list = document.createElement('div');
  form.after(list);
  let sheets: Sheet[] = [];
  let choosing = 0;

  input.addEventListener('change', () => void take([...(input.files ?? [])]));
  for (const name of ['dragenter', 'dragover', 'dragleave', 'drop'] as const) {
    form.addEventListener(name, (event) => {
      event.preventDefault();
      form.classList.toggle('over', name === 'dragenter' || name === 'dragover');
      const { files } = event.dataTransfer ?? {};
      if (name !== 'drop' || files === undefined || files.length === 0) return;
      input.files = files;
      void take([...files]);
    });
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    for (const sheet of sheets) if (isChosen(sheet)) void send(sheet);
    refresh();
  });
  // What the browser kept over a reload is judged as if chosen now.
  if ((input.files?.length ?? 0) > 0) void take([...(input.files ?? [])]);

  async function take(files: readonly File[]): Promise<void> {
    choosing += 1;
    const mine = choosing;
    line.end('Other files were chosen.');
    list.replaceChildren();
    sheets = [];
    if (files.length > MOST_FILES) {
      addNote(list, 'bad', `These are ${files.length} files; at most ${MOST_FILES} are taken at once.`);
      return refresh();
    }
    sheets = files.map(({ name, size }) => openSheet(list, name, size));
    refresh();
    for (const [at, file] of files.entries()) {
      const sheet = sheets[at];
      if (sheet === undefined || choosing !== mine) return;
      await judge(sheet, file, mine);
    }
  }

  async function judge(sheet: Sheet, file: File, mine: number): Promise<void> {
    const said = add(sheet.element, 'p', 'Checking …');
    try {
      if (file.size > mostBytes) throw new Error(`an entry may have ${toSizeText(mostBytes)} here.`);
      const bytes = new Uint8Array(await file.arrayBuffer());
      const report = await line.ask({ bytes, profile: 'current', at: new Date() });
      if (choosing !== mine) return;
      said.remove();
      show(sheet, bytes, report, place);
      sheet.choice?.addEventListener('change', refresh);
    } catch (thrown) {
      if (choosing !== mine) return;
      said.remove();
      const why = thrown instanceof Error ? thrown.message : 'unknown.';
      addNote(sheet.element, 'bad', `It cannot be sent: ${why}`);
    }
    refresh();
  }

  async function send(sheet: Sheet): Promise<void> {
    const { bytes, choice } = sheet;
    if (bytes === undefined) return;
    sheet.state = 'sending';
    choice?.closest('label')?.remove();
    const said = add(sheet.element, 'p', 'Sending …');
    await submitDocument(bytes, place, (standing) => {
      said.remove();
      sheet.state = 'sent';
      addStanding(sheet.element, bytes, standing, place);
      refresh();
    });
  }

  /** The button says what it would do now. */
  function refresh(): void {
    const count = sheets.filter(isChosen).length;
    const isBusy = sheets.some(({ state }) => state === 'sending');
    button.disabled = (sheets.length > 0 && count === 0) || isBusy;
    button.textContent = count === 0 ? 'Upload' : `Upload ${count} ${count === 1 ? 'file' : 'files'}`;
  }
}

function isChosen({ state, choice }: Sheet): boolean {
  return state === 'open' && choice?.checked === true;
}

function openSheet(list: Element, name: string, size: number): Sheet {
  const element = add(list, 'section');
  element.className = 'sheet';
  const title = add(element, 'h2');
  add(title, 'bdi', name);
  const about = add(title, 'span', ` ${toSizeText(size)}`);
  about.className = 'quiet small';
  element.setAttribute('role', 'status');
  return { name, element, state: 'open' };
}

/** The verdict, what it means, every finding at its line, and whether to send the file. */
function show(sheet: Sheet, bytes: Uint8Array<ArrayBuffer>, report: DocumentReport, place: RegistryPlace): void {
  const { words } = report;
  // Whom to believe is not judged here at all, which is said in words below.
  const findings = report.findings.filter(({ code }) => code !== 'untrusted');
  const isRefused = !report.isValid;
  const count = findings.filter(({ severity }) => severity === 'error').length;
  const note = isRefused
    ? addNote(sheet.element, 'bad', `The registry would refuse it: ${count} ${count === 1 ? 'fault' : 'faults'}.`)
    : addNote(sheet.element, 'good', 'Form, signature and times hold.');
  if (words !== null) {
    const line = add(note, 'p', 'It says: ');
    add(line, 'bdi', words.email);
    line.append(` on ${words.createdAt.toISOString().replace('.000', '')} about image `);
    add(line, 'code', words.identifier);
  }
  if (!isRefused) {
    add(note, 'p', 'Whether it believes the signer, and whether there is a newer entry, only the registry knows.');
  }
  if (findings.length > 0) addFindings(note, bytes, findings, `${place.root}/docs/findings`);
  sheet.bytes = bytes;
  const label = add(sheet.element, 'label');
  label.className = 'choice';
  sheet.choice = add(label, 'input');
  sheet.choice.type = 'checkbox';
  sheet.choice.checked = !hasError(findings);
  label.append(isRefused ? 'Send it all the same' : 'Send it');
}

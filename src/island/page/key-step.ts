import type { EndorsingAnswer, EndorsingRequest, Holder } from '../../browser/endorsing.ts';
import { add, addNote } from './element.ts';
import type { WorkerLine } from './worker-line.ts';

/** More than any file of keys and certificates has. */
const MOST_BYTES = 4_194_304;

/** The step that loads the key. */
export interface KeyStep {
  /** Whose key is loaded; undefined where none is. */
  readonly holder: Holder | undefined;
  /** The address to endorse with; undefined for the certificate's own. */
  readonly email: string | undefined;
}

/** Wires the step. Files and passphrase are taken out of the page as soon as the worker has the key; forgetting ends the worker. */
export function openKeyStep(step: HTMLElement, line: WorkerLine<EndorsingRequest, EndorsingAnswer>): KeyStep {
  const find = <T extends HTMLElement>(what: string): T => step.querySelector<T>(what) as T;
  const files = find<HTMLInputElement>('[data-field=key]');
  const passphrase = find<HTMLInputElement>('[data-field=passphrase]');
  const alias = find<HTMLInputElement>('[data-field=alias]');
  const email = find<HTMLInputElement>('[data-field=email]');
  const emailLabel = find('[data-field-of=email]');
  const load = find<HTMLButtonElement>('[data-press=load]');
  const forget = find<HTMLButtonElement>('[data-press=forget]');
  const said = find('[data-say=key]');
  let holder: Holder | undefined;

  load.addEventListener('click', () => void open());
  passphrase.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    void open();
  });
  forget.addEventListener('click', () => {
    line.end('The key was forgotten.');
    clear();
    addNote(said, 'good', 'The key is forgotten: the memory that held it is gone.');
  });

  async function open(): Promise<void> {
    const chosen = [...(files.files ?? [])];
    holder = undefined;
    said.replaceChildren();
    if (chosen.length === 0) return void addNote(said, 'bad', 'Choose a file with your key first.');
    if (chosen.some(({ size }) => size > MOST_BYTES))
      return void addNote(said, 'bad', 'A file is too large for a key.');
    load.disabled = true;
    add(said, 'p', 'Reading the key …');
    try {
      const answer = await line.ask({
        act: 'load',
        files: await Promise.all(chosen.map(async (file) => new Uint8Array(await file.arrayBuffer()))),
        ...(passphrase.value === '' ? {} : { passphrase: passphrase.value }),
        ...(alias.value.trim() === '' ? {} : { alias: alias.value.trim() }),
      });
      said.replaceChildren();
      if (answer.kind === 'passphrase') {
        addNote(said, 'care', 'The key is protected: type its passphrase, and load it again.');
        passphrase.focus();
      } else if (answer.kind === 'key') {
        clear();
        holder = answer.holder;
        show(answer.holder);
      }
    } catch (thrown) {
      said.replaceChildren();
      const why = thrown instanceof Error ? thrown.message : 'The key could not be read.';
      // The sentence is the command line's, which has a flag where this page has a field.
      if (why.includes('--alias')) find('[data-field-of=alias]').hidden = false;
      addNote(said, 'bad', why.replace('choose one with --alias and its name or number', 'choose one above'));
    }
    load.disabled = false;
  }

  function clear(): void {
    holder = undefined;
    files.value = '';
    passphrase.value = '';
    said.replaceChildren();
    forget.hidden = true;
    emailLabel.hidden = true;
  }

  function show({ subject, issuer, emails, notAfter, algorithm, chain }: Holder): void {
    forget.hidden = false;
    const note = addNote(said, 'good', 'The key is loaded.');
    const list = add(note, 'dl');
    list.className = 'facts';
    const say = (name: string, value: string): void => {
      const row = add(list, 'div');
      add(row, 'dt', name);
      add(add(row, 'dd'), 'bdi', value);
    };
    say('You', subject);
    say('Issuer', issuer);
    say('Certificate until', notAfter.toISOString().slice(0, 10));
    say('Key', algorithm);
    if (chain.length > 0) say('Goes with it', chain.join(' ← '));
    emailLabel.hidden = emails.length === 1;
    email.value = emails[0] ?? '';
    const addresses = step.querySelector('datalist');
    addresses?.replaceChildren();
    for (const one of emails) if (addresses) add(addresses, 'option').value = one;
  }

  return {
    get holder() {
      return holder;
    },
    get email() {
      return emailLabel.hidden || email.value.trim() === '' ? undefined : email.value.trim();
    },
  };
}

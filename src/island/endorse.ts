/*
 * The page on which an endorser signs: it checksums the image, reads the form, has a worker hold the key and sign, shows what was signed,
 * and sends it when he says so.
 */
import type { EndorsingAnswer, EndorsingRequest, Original } from '../browser/endorsing.ts';
import type { Description } from '../entry/entry.ts';
import { toIdentifier } from '../entry/identifier.ts';
import type { Amendment } from '../entry/write-entry.ts';
import { compareImage, ORIGINAL_ALGORITHMS, toDescription } from '../sign/to-description.ts';
import { add, addLink, addNote } from './page/element.ts';
import { addFindings } from './page/finding-list.ts';
import { addImageFacts, type ImageStep, openImageStep } from './page/image-step.ts';
import { type KeyStep, openKeyStep } from './page/key-step.ts';
import { loadBytes, MOST_BYTES } from './page/load-bytes.ts';
import { clearProblems, readRemarkForm, showProblems } from './page/remark-form.ts';
import { addStanding } from './page/standing.ts';
import { readPlace, submitDocument } from './page/submission.ts';
import { WorkerLine } from './page/worker-line.ts';

type Signed = Extract<EndorsingAnswer, { kind: 'signed' }>;
type Subject = Extract<EndorsingRequest, { act: 'sign' }>['subject'];

/** What is signed, and what is changed in it. */
interface Work {
  readonly subject: Subject;
  readonly changes: Amendment;
}

const form = document.querySelector<HTMLFormElement>('form[data-endorse]');
if (form !== null) start(form);

function start(form: HTMLFormElement): void {
  const act = form.dataset.endorse;
  const line = new WorkerLine<EndorsingRequest, EndorsingAnswer>(form.dataset.worker ?? '');
  const find = (what: string): HTMLElement => form.querySelector<HTMLElement>(what) as HTMLElement;
  const said = find('[data-say=sign]');
  const button = find('[data-step=sign] button') as HTMLButtonElement;
  const key = openKeyStep(find('[data-step=key]'), line);
  const original = act === 'new' ? undefined : readOriginal(form, line);
  const image = form.querySelector('[data-step=image]') === null ? undefined : openImage();
  form.hidden = false;
  original?.catch((thrown) => addNote(said, 'bad', toSentence(thrown)));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    clearProblems(form);
    said.replaceChildren();
    button.disabled = true;
    try {
      await sign();
    } catch (thrown) {
      addNote(said, 'bad', toSentence(thrown));
    }
    button.disabled = false;
  });

  function openImage(): ImageStep {
    const start = original === undefined ? undefined : { description: undefined as Description | undefined };
    void original?.then(({ description }) => {
      if (start !== undefined) start.description = description;
    });
    return openImageStep(
      find('[data-step=image]'),
      form.dataset.checksumWorker ?? '',
      () => start?.description?.checksums.map(({ algorithm }) => algorithm) ?? ORIGINAL_ALGORITHMS,
      (place, facts) => {
        const sha1 = facts.checksums.find(({ algorithm }) => algorithm === 'SHA-1')?.value ?? '';
        const differs = start?.description === undefined ? [] : compareImage(facts, start.description);
        if (differs.length > 0) addNote(place, 'bad', `This is not the image of the entry: ${differs.join(', ')}.`);
        else if (start !== undefined)
          addNote(place, 'good', 'This is the image of the entry: size and every checksum agree.');
        addImageFacts(place, sha1 === '' ? 'not known without SHA-1' : toIdentifier(sha1), facts);
      },
    );
  }

  async function sign(): Promise<void> {
    const at = new Date();
    const work = act === 'new' ? describe(at) : await amend(at);
    if (work === undefined) return;
    if (key.holder === undefined) throw new Error('No key is loaded: choose your key above, and load it.');
    const { email } = key;
    if (email === undefined && key.holder.emails.length === 0) {
      throw new Error('Type the address to endorse with: your certificate names none.');
    }
    add(said, 'p', 'Signing and verifying …');
    const answer = await line.ask({ act: 'sign', ...work, ...(email === undefined ? {} : { email }), at });
    said.replaceChildren();
    if (answer.kind === 'refused') {
      const note = addNote(said, 'bad', 'Nothing was signed: it would be refused.');
      addFindings(note, new Uint8Array(0), answer.findings, `${readPlace(form).root}/docs/findings`);
    } else if (answer.kind === 'signed') show(answer);
  }

  function describe(at: Date): Work | undefined {
    if (image?.facts === undefined) throw new Error('Choose the image first: its checksums are what you vouch for.');
    const remarks = readRemarkForm(form);
    const validUntil = readValidity(form, at);
    if (remarks === undefined || validUntil === null) return undefined;
    if ((remarks.locations ?? []).length === 0) {
      const message = 'An entry must say where the image can be fetched.';
      return void showProblems(form, [{ name: 'location', message }]);
    }
    const description = toDescription(image.facts, { draftedAt: at, ...remarks });
    return { subject: { description }, changes: validUntil === undefined ? {} : { validUntil } };
  }

  async function amend(at: Date): Promise<Work | undefined> {
    if (original === undefined) return undefined;
    const { source, description } = await original;
    const answer = await line.ask({ act: 'read', original: source });
    const isOwn = answer.kind === 'original' && answer.isOwn;
    const subject = { original: source };
    if (act === 'deprecate') {
      const reason = (new FormData(form).get('reason') as string).trim();
      if (reason === '') {
        const message = 'The reason is empty: people who run the image need to know why.';
        return void showProblems(form, [{ name: 'reason', message }]);
      }
      refuseForeign(isOwn, key);
      const isOver = description.validUntil !== undefined && description.validUntil <= at;
      // A validity that is already past would be refused; a withdrawal has no end, so it gets a fresh one.
      return { subject, changes: { deprecated: reason, ...(isOver ? { validUntil: toDefaultEnd(key, at) } : {}) } };
    }
    const validUntil = readValidity(form, at);
    if (validUntil === null) return undefined;
    const changes = { validUntil: validUntil ?? toDefaultEnd(key, at) };
    if (act === 'renew') {
      refuseForeign(isOwn, key);
      if (description.deprecated !== undefined)
        throw new Error('You withdrew this image: describe it anew to endorse it again.');
      return { subject, changes };
    }
    if (key.holder !== undefined && isOwn) throw new Error('This entry is your own: renew it instead.');
    if (image?.facts === undefined)
      throw new Error('Choose your copy of the image first: it is held against every checksum.');
    const differs = compareImage(image.facts, description);
    if (differs.length > 0) throw new Error(`Your file is not the image of the entry: ${differs.join(', ')}.`);
    return { subject, changes: { ...changes, draftedAt: at } };
  }

  function show({ bytes, findings, identifier, email, createdAt, validity }: Signed): void {
    const place = readPlace(form);
    const note = addNote(said, 'good', 'Signed, and verified: form, signature and times hold.');
    const about = add(note, 'p', `Image ${identifier}, signed as `);
    add(about, 'bdi', email);
    about.append(` on ${toText(createdAt)}.`);
    if (validity !== undefined) add(note, 'p', `It holds until ${toText(validity.until)} (${validity.reason}).`);
    if (findings.length > 0) addFindings(note, bytes, findings, `${place.root}/docs/findings`);
    const details = add(note, 'details');
    add(details, 'summary', 'What was signed');
    const source = add(details, 'pre', new TextDecoder().decode(bytes));
    source.tabIndex = 0;
    source.setAttribute('aria-label', 'Signed entry');
    const row = add(said, 'p');
    row.className = 'row';
    const submit = add(row, 'button', 'Submit to this registry');
    submit.type = 'button';
    const href = URL.createObjectURL(new Blob([bytes], { type: 'application/rdf+xml' }));
    addLink(row, href, 'Download it').download = `${identifier}.xml`;
    submit.addEventListener('click', async () => {
      submit.disabled = true;
      const standing = await submitDocument(bytes, place, (now) => addStanding(said, bytes, now, place));
      submit.disabled = standing.tone !== 'bad';
    });
  }
}

/** The entry to start from, fetched and held against its own signature. */
async function readOriginal(
  form: HTMLFormElement,
  line: WorkerLine<EndorsingRequest, EndorsingAnswer>,
): Promise<{ source: Original; description: Description }> {
  const source: Original = {
    bytes: await loadBytes(form.dataset.original ?? '', MOST_BYTES, 'document'),
    profile: form.dataset.profile === 'legacy' ? 'legacy' : 'current',
    createdAt: new Date(form.dataset.created ?? ''),
  };
  const answer = await line.ask({ act: 'read', original: source });
  if (answer.kind !== 'original') throw new Error('The entry could not be read.');
  return { source, description: answer.description };
}

function refuseForeign(isOwn: boolean, { holder }: KeyStep): void {
  if (holder === undefined || isOwn) return;
  throw new Error('This entry is somebody else’s: your key can second it, but not speak for its endorser.');
}

/** The end of the chosen day; undefined where none was chosen, null where it is past, which is then said. */
function readValidity(form: HTMLFormElement, at: Date): Date | undefined | null {
  const day = new FormData(form).get('valid');
  if (typeof day !== 'string' || day === '') return undefined;
  const until = new Date(`${day}T23:59:59Z`);
  if (until > at) return until;
  showProblems(form, [{ name: 'valid', message: 'This day is past: nobody could use the image.' }]);
  return null;
}

/** One year, or the end of the certificate where that comes first. */
function toDefaultEnd({ holder }: KeyStep, at: Date): Date {
  const year = new Date(Math.floor(at.getTime() / 1000) * 1000);
  year.setUTCFullYear(year.getUTCFullYear() + 1);
  return holder !== undefined && holder.notAfter < year ? holder.notAfter : year;
}

function toText(at: Date): string {
  return at.toISOString().replace('.000', '');
}

function toSentence(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : 'It did not work.';
}

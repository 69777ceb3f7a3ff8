import { html } from 'hono/html';
import type { CatalogEntry } from '../../catalog/catalog.ts';
import { elementOf, REMARK_FIELDS, type RemarkField } from '../../sign/remark-field.ts';
import type { Face } from '../face.ts';
import { findIsland } from '../island.ts';
import { endorserLink, entryHref, imageHref, moment, toEntryName } from './entry-words.ts';
import { layout } from './layout.ts';
import { facts, type Markup, written } from './markup.ts';
import { TOOL_STYLE_ASSET } from './tool-style.ts';
import { readOnlyNote } from './upload-page.ts';

/** What an endorser can do in the browser: a new statement, or one that starts from an entry. */
export const ENDORSING_ACTS = ['new', 'renew', 'deprecate', 'second'] as const;
export type EndorsingAct = (typeof ENDORSING_ACTS)[number];

const WORDS: Readonly<Record<EndorsingAct, { readonly title: string; readonly lead: string }>> = {
  new: {
    title: 'Endorse an image',
    lead: 'Say what an image is, and sign that with your own key: in this page, without anything to install.',
  },
  renew: { title: 'Renew an endorsement', lead: 'State the same again, with a new end of validity.' },
  deprecate: { title: 'Withdraw an image', lead: 'Say in your own entry why the image should no longer be used.' },
  second: {
    title: 'Second an endorsement',
    lead: 'State the same as somebody else, after checking your copy of the image against every checksum.',
  },
};

/** The page on which an endorser signs. `original` is the entry he starts from; only a new statement can do without. */
export function endorsePage(face: Face, act: EndorsingAct, original: CatalogEntry | undefined): Markup {
  const { title, lead } = WORDS[act];
  const { registry } = face;
  return layout(
    face,
    {
      ...{ title, section: '/endorse' },
      ...(registry.isReadOnly ? {} : { islands: ['endorse'], styles: [TOOL_STYLE_ASSET] }),
    },
    html`<h1>${title}</h1>
${
  registry.isReadOnly
    ? readOnlyNote(face)
    : html`<p class="lead">${lead}</p>
<noscript><div class="note care"><p><strong>Signing here needs scripts</strong>, since your key must not leave your machine. The
command line does the same: <code>vouch describe</code>, <code>vouch sign</code>, and <a href="${face.href('/upload')}">upload</a>.</p></div></noscript>
${original === undefined ? '' : originalFacts(face, original)}
${form(face, act, original)}`
}`,
  );
}

function originalFacts(face: Face, entry: CatalogEntry): Markup {
  return facts([
    ['Starting from', html`<a href="${entryHref(face, entry)}"><bdi>${toEntryName(entry)}</bdi></a>`],
    ['Image', html`<a href="${imageHref(face, entry.identifier)}"><code>${entry.identifier}</code></a>`],
    ['Endorser', endorserLink(face, entry.email)],
    ['Signed', moment(entry.createdAt)],
    ['Valid until', entry.validUntil === undefined ? undefined : moment(entry.validUntil)],
    ['Deprecated', entry.deprecated === undefined ? undefined : written(entry.deprecated)],
  ]);
}

/** Hidden until the script is there that it needs. The key's fields have no name, so that nothing could send them. */
function form(face: Face, act: EndorsingAct, original: CatalogEntry | undefined): Markup {
  const { registry } = face;
  const needsImage = act === 'new' || act === 'second';
  const marks =
    original === undefined || act === 'new'
      ? ''
      : html` data-original="${face.href(`/log/blob/${original.documentSha256}`)}" data-profile="${original.isImported ? 'legacy' : 'current'}"
data-created="${original.createdAt.toISOString()}"`;
  return html`<form class="steps" data-endorse="${act}" data-worker="${face.href(findIsland('endorse-worker').path)}"
data-checksum-worker="${face.href(findIsland('checksum-worker').path)}" data-base="${registry.baseUrl}" data-root="${face.href('')}"${marks} novalidate hidden>
${needsImage ? imageStep(act) : ''}
${act === 'new' ? remarkStep(original) : ''}
${act === 'deprecate' ? reasonStep() : validityStep()}
<fieldset data-step="key"><legend>Your key</legend>
<div class="note care"><p><strong>Your key stays in this page.</strong> It is read and used in memory, by a script whose policy lets it reach nothing, not even this
registry; it is never sent or stored, and gone when you forget it or leave the page. The scripts come from this registry, though: sign with <code>vouch sign</code> where you do not trust it that far.</p></div>
<label>PKCS #12 file (.p12, .pfx), or certificate (PEM or DER) and key (PEM): choose both<input type="file" data-field="key" accept=".p12,.pfx,.pem,.crt,.cer,.der,.key" multiple></label>
<label>Passphrase, if it has one<input type="password" data-field="passphrase" autocomplete="off"></label>
<label data-field-of="alias" hidden>Which key: its name or number<input data-field="alias" autocomplete="off"></label>
<p class="row"><button type="button" data-press="load">Load the key</button><button type="button" class="plain" data-press="forget" hidden>Forget the key</button></p>
<div data-say="key" role="status"></div>
<label data-field-of="email" hidden>Address to endorse with<input type="email" data-field="email" list="addresses" autocomplete="off"></label><datalist id="addresses"></datalist>
</fieldset>
<fieldset data-step="sign"><legend>Sign</legend>
<p class="row"><button>Sign and verify</button></p>
<div data-say="sign" role="status"></div>
</fieldset>
</form>`;
}

function imageStep(act: EndorsingAct): Markup {
  return html`<fieldset data-step="image"><legend>The image</legend>
<label>${act === 'new' ? 'Image file' : 'Your copy of the image'}: it is read on your machine and not uploaded<input type="file" data-field="image"></label>
<p class="row" data-say="progress" hidden><progress max="1" value="0" aria-label="Checksums"></progress><span role="status"></span><button type="button" class="plain" data-press="stop">Stop</button></p>
<div data-say="image" role="status"></div>
</fieldset>`;
}

function remarkStep(original: CatalogEntry | undefined): Markup {
  const fields = (isUsual: boolean) =>
    REMARK_FIELDS.filter((field) => field.isUsual === isUsual).map((field) => remarkInput(field, original));
  return html`<fieldset data-step="remarks"><legend>What you say about it</legend>
<div class="grid">${fields(true)}</div>
<details><summary>More: format, hypervisor, ports, lineage …</summary><div class="grid">${fields(false)}</div></details>
</fieldset>`;
}

function remarkInput({ name, field, label, help }: RemarkField, original: CatalogEntry | undefined): Markup {
  const { kind, isRepeatable } = elementOf(field);
  const given = original?.[field];
  const values = given === undefined ? [] : [given].flat().map(String);
  const marks = html`name="${name}" aria-describedby="help-${name}" autocomplete="off"`;
  const head = html`<label for="field-${name}">${label}</label><span class="quiet small" id="help-${name}">${help.replace('; may be repeated', '; one a line')}</span>`;
  const control = isRepeatable
    ? html`<textarea id="field-${name}" ${marks} rows="2" data-lines>${values.join('\n')}</textarea>`
    : name === 'description'
      ? html`<textarea id="field-${name}" ${marks} rows="3">${values[0] ?? ''}</textarea>`
      : kind === 'kind'
        ? html`<select id="field-${name}" ${marks}>${['', 'machine', 'disk'].map((option) => html`<option${option === values[0] ? html` selected` : ''}>${option}</option>`)}</select>`
        : html`<input id="field-${name}" ${marks} value="${values[0] ?? ''}"${kind === 'count' ? html` inputmode="numeric"` : ''}>`;
  return html`<div class="field${isRepeatable || name === 'description' || name === 'title' ? ' whole' : ''}">${head}${control}</div>`;
}

function reasonStep(): Markup {
  return html`<fieldset data-step="reason"><legend>Why</legend>
<label for="field-reason">Why the image should no longer be used: people who run it need to know</label>
<textarea id="field-reason" name="reason" rows="3" required></textarea>
</fieldset>`;
}

function validityStep(): Markup {
  return html`<fieldset data-step="validity"><legend>Until when</legend>
<label for="field-valid">Last day on which it holds (UTC); one year if left open, or as long as your certificate</label>
<input type="date" id="field-valid" name="valid">
</fieldset>`;
}

import { toAsset } from '../asset.ts';
import { BROWSE_STYLE } from './browse-style.ts';
import { GROUNDS } from './palette.ts';
import { STATUS_STYLE } from './status-style.ts';

const { light: LIGHT, dark: DARK } = GROUNDS;

// One file of rules for every page. It is text in a module, not a file beside it, because the compiled program carries no other files.
/** The style sheet of all pages. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: ${LIGHT.page}; --panel: ${LIGHT.panel}; --ink: #1d2328; --quiet: #57606a; --line: #d9d5cb; --link: #0b5c8a; --accent: #0b5c8a;
  --on-accent: #ffffff; --valid: #14683a; --valid-wash: #e2f3e7; --expired: #7a5200; --expired-wash: #fbefcf;
  --deprecated: #a1221c; --deprecated-wash: #fbe5e2; --superseded: #4f5965; --superseded-wash: #e9ebee; --mark: ${LIGHT.mark};
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: ${DARK.page}; --panel: ${DARK.panel}; --ink: #e4e7ea; --quiet: #a3adb7; --line: #343c45; --link: #7cc0ee; --accent: #7cc0ee;
    --on-accent: #10161b; --valid: #86d7a2; --valid-wash: #143322; --expired: #eac36b; --expired-wash: #372a0c;
    --deprecated: #f59d95; --deprecated-wash: #411a17; --superseded: #b3bcc6; --superseded-wash: #2a313a; --mark: ${DARK.mark};
  }
}
*, *::before, *::after { box-sizing: border-box; }
html { font: 100%/1.55 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--ink); overflow-wrap: anywhere; }
a { color: var(--link); text-underline-offset: .2em; }
a:has(> code) { text-underline-offset: .35em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 2px; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: .5rem; background: var(--panel); padding: .4rem .8rem; z-index: 1; }
.wide { max-width: 76rem; margin-inline: auto; padding-inline: 1.25rem; }
.top { background: var(--panel); border-bottom: 1px solid var(--line); }
.top .wide { display: flex; flex-wrap: wrap; gap: .3rem 1.6rem; align-items: baseline; padding-block: .8rem; }
.top .name { font-weight: 700; font-size: 1.1rem; color: inherit; text-decoration: none; }
.top .name img { height: 2rem; width: auto; vertical-align: middle; }
.top ul { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; margin: 0; padding: 0; list-style: none; }
.top a[aria-current] { color: var(--ink); text-decoration-thickness: .15em; }
main { padding-block: 1.5rem 3rem; }
footer { border-top: 1px solid var(--line); color: var(--quiet); font-size: .9rem; padding-block: 1rem 2rem; }
h1 { font-size: 1.75rem; line-height: 1.25; margin: 0 0 .5rem; text-wrap: balance; }
h2 { font-size: 1.25rem; line-height: 1.3; margin: 2.2rem 0 .6rem; }
h3 { font: 600 1rem/1.4 ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace; margin: 1.5rem 0 0; }
h3:target, tr:target { background: var(--mark); outline: .4rem solid var(--mark); }
h3 + p { margin-top: .2rem; }
p { max-width: 46rem; margin: .6rem 0; }
.lead { font-size: 1.1rem; color: var(--quiet); }
.quiet { color: var(--quiet); }
.small { font-size: .9rem; }
code, pre, .mono, textarea.mono { font-family: ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: .9em; }
pre { background: var(--mark); border: 1px solid var(--line); border-radius: 6px; padding: .8rem 1rem; overflow-x: auto; overflow-wrap: normal; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 6px; background: var(--panel); margin: .8rem 0; }
table { border-collapse: collapse; width: 100%; font-size: .95rem; }
caption { text-align: left; padding: .6rem .8rem; color: var(--quiet); font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .55rem .8rem; border-top: 1px solid var(--line); }
thead th { font-size: .85rem; color: var(--quiet); font-weight: 600; white-space: nowrap; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
table.cards td { overflow-wrap: break-word; }
table.cards td:first-child { overflow-wrap: anywhere; min-width: 11rem; }
table.entries td[data-label=Endorsers] { overflow-wrap: anywhere; min-width: 9rem; }
table:not(.cards) td { min-width: 8rem; }
time { white-space: nowrap; }
td.time { white-space: nowrap; font-variant-numeric: tabular-nums; }
dl.facts { display: grid; grid-template-columns: minmax(9rem, 14rem) 1fr; margin: .8rem 0; background: var(--panel); border: 1px solid var(--line); border-radius: 6px; }
dl.facts > div { display: grid; grid-template-columns: subgrid; grid-column: 1 / -1; padding: .45rem .8rem; border-top: 1px solid var(--line); }
dl.facts > div:first-child { border-top: 0; }
dl.facts dt { color: var(--quiet); padding-right: 1rem; }
dl.facts dd { margin: 0; }
dd ul, td ul { margin: 0; padding: 0; list-style: none; }
.status { display: inline-block; border-radius: 999px; padding: .05rem .6rem; font-size: .85rem; font-weight: 600; white-space: nowrap; }
.valid { color: var(--valid); background: var(--valid-wash); }
.expired { color: var(--expired); background: var(--expired-wash); }
.deprecated { color: var(--deprecated); background: var(--deprecated-wash); }
.superseded { color: var(--superseded); background: var(--superseded-wash); }
.note { border: 1px solid var(--line); border-left: .35rem solid var(--accent); border-radius: 6px; background: var(--panel); padding: .7rem 1rem; margin: 1rem 0; }
.note > :first-child { margin-top: 0; } .note > :last-child { margin-bottom: 0; }
.note pre { white-space: pre-wrap; overflow-wrap: anywhere; }
.note.bad { border-left-color: var(--deprecated); } .note.good { border-left-color: var(--valid); } .note.care { border-left-color: var(--expired); }
form.search { display: flex; flex-wrap: wrap; gap: .6rem .8rem; align-items: end; margin: 1rem 0; }
label { display: grid; gap: .2rem; font-size: .9rem; color: var(--quiet); }
label.grow { flex: 1 1 16rem; }
input, select, textarea, button, .button { font: inherit; color: var(--ink); background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: .45rem .7rem; min-height: 2.75rem; }
input, select { width: 100%; }
form.search label:not(.grow) { flex: 0 1 9.5rem; }
input[type=file] { padding: .3rem; }
input[type=file]::file-selector-button { font: inherit; color: var(--ink); background: var(--mark); border: 1px solid var(--line); border-radius: 4px; padding: .3rem .7rem; margin-right: .7rem; cursor: pointer; }
textarea { width: 100%; resize: vertical; line-height: 1.45; }
input, select, textarea { border-color: color-mix(in srgb, var(--quiet) 65%, var(--line)); }
button, .button { background: var(--accent); border-color: var(--accent); color: var(--on-accent); font-weight: 600; cursor: pointer; display: inline-block; text-decoration: none; }
details > summary { cursor: pointer; color: var(--link); min-height: 2rem; }
form.search details { flex: 1 0 100%; }
.filters { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: .6rem .8rem; margin-top: .4rem; }
.row { display: flex; flex-wrap: wrap; gap: .5rem 1.2rem; align-items: center; margin: .8rem 0; }
.bare { padding: 0; list-style: none; }
.figures { display: flex; flex-wrap: wrap; gap: .4rem 2.4rem; margin: 1.2rem 0; padding: 0; list-style: none; }
.nowrap { white-space: nowrap; }
.figures strong { display: block; color: var(--ink); font-size: 1.5rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.figures li, .figures a { color: var(--quiet); }
.plain { padding-left: 1.2rem; }
@media (max-width: 42rem) {
  .wide { padding-inline: .9rem; }
  h1 { font-size: 1.4rem; }
  dl.facts { display: block; }
  dl.facts > div { display: block; }
  table.cards, table.cards tbody, table.cards tr, table.cards td, table.cards caption { display: block; }
  table.cards thead { position: absolute; left: -99rem; }
  table.cards tr { border-top: 1px solid var(--line); padding: .5rem .8rem; }
  table.cards td { border: 0; padding: .1rem 0; text-align: left; white-space: normal; }
  table.cards td:empty { display: none; }
  table.cards td { overflow-wrap: anywhere; }
  table.cards td[data-label]::before { content: attr(data-label) ": "; color: var(--quiet); }
}
@media print { .top ul, form, .skip { display: none; } body { background: #fff; color: #000; } }
`.trimStart();

/** The mark shown in browser tabs: a tick on a document. */
export const MARK = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="#0b5c8a" d="M6 2h14l6 6v22H6z"/><path fill="none" stroke="#fff" stroke-width="3.4" stroke-linecap="round" stroke-linejoin="round" d="m11 18 4 4 7-9"/></svg>\n`;

/** The style sheet as pages link it. */
export const STYLE_ASSET = toAsset('style', 'css', STYLE + BROWSE_STYLE + STATUS_STYLE);

/** The mark as pages link it. */
export const MARK_ASSET = toAsset('mark', 'svg', MARK);

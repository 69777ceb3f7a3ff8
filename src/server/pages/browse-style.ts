/** Rules of the pages that list entries: the search field, what narrows the list, rows and cards. */
export const BROWSE_STYLE = `
.hero { padding-block: 1.2rem .4rem; }
.hero h1 { font-size: clamp(1.6rem, 1.2rem + 2vw, 2.3rem); }
form.search[data-browse] { display: block; position: relative; }
.field { display: flex; gap: .5rem; align-items: end; }
form.search .field label { flex: 1; gap: .3rem; min-width: 0; }
.field input { font-size: 1.1rem; padding-inline: .9rem; }
@media (pointer: coarse) { .hint:not(.failed) { display: none; } }
.hint.failed { color: var(--deprecated); font-weight: 600; }
.hint { margin: .3rem 0 0; font-size: .85rem; color: var(--quiet); }
.browse { margin-top: 1.4rem; transition: opacity .15s; }
.browse[aria-busy=true] { opacity: .55; }
.bar { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: center; justify-content: space-between; }
.bar h2 { margin: 0; }
.controls { display: flex; flex-wrap: wrap; gap: .5rem .8rem; align-items: center; }
.controls label { display: flex; gap: .5rem; align-items: center; }
.controls select { width: auto; }
@media (scripting: enabled) { .apply { display: none; } }
.toggle { display: flex; margin: 0; padding: 0; list-style: none; border: 1px solid color-mix(in srgb, var(--quiet) 65%, var(--line)); border-radius: 6px; overflow: hidden; }
.toggle a { display: block; padding: .5rem .8rem; min-height: 2.6rem; text-decoration: none; background: var(--panel); }
.toggle a[aria-current] { background: var(--mark); color: var(--ink); font-weight: 600; text-decoration: underline; }
@media (min-width: 42.01rem) { .toggle.by-width li:first-child a { background: var(--mark); } }
@media (max-width: 42rem) { .toggle.by-width li:last-child a { background: var(--mark); } }
.chips { display: flex; flex-wrap: wrap; gap: .4rem; margin: .7rem 0 0; padding: 0; list-style: none; font-size: .9rem; }
.chips a { display: inline-block; padding: .25rem .7rem; border: 1px solid var(--line); border-radius: 999px; background: var(--mark); color: var(--ink); text-decoration: none; }
.chips a:hover { text-decoration: line-through; }
.narrow > summary { padding-block: .5rem; font-weight: 600; }
.narrow section { margin-bottom: 1.1rem; }
.narrow h3 { font: 600 .85rem/1.4 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; color: var(--quiet); margin: 0 0 .2rem; }
.narrow ul { margin: 0; padding: 0; list-style: none; font-size: .95rem; }
.narrow li a { display: flex; justify-content: space-between; gap: .6rem; padding: .25rem .5rem; margin-inline: -.5rem; border-radius: 4px; text-decoration: none; }
.narrow li a:hover { background: var(--mark); text-decoration: underline; }
.narrow li a.chosen { background: var(--mark); color: var(--ink); font-weight: 600; }
.narrow li a.chosen .tally::after { content: " ×"; }
.tally { color: var(--quiet); font-variant-numeric: tabular-nums; white-space: nowrap; font-weight: 400; }
.narrow section details { font-size: .9rem; }
.narrow section summary { padding-top: .2rem; }
.found { min-width: 0; }
table.entries thead a { color: inherit; text-decoration: none; }
table.entries thead a:hover, table.entries th[aria-sort] a { color: var(--ink); text-decoration: underline; }
table.entries caption { position: absolute; width: 1px; height: 1px; padding: 0; overflow: hidden; clip-path: inset(50%); }
table.entries thead th { border-top: 0; }
table.entries td:first-child { min-width: 16.8rem; }
table.entries td:first-child code { white-space: nowrap; font-size: .84em; }
table.entries td { min-width: 0; }
table.entries th, table.entries td { padding-inline: .65rem; }
table.entries td[data-label="System"] { min-width: 6.6rem; }
table.entries tbody tr:hover { background: color-mix(in srgb, var(--mark) 45%, transparent); }
table.entries td:first-child a[data-hit], .deck h3 a { font-weight: 600; }
table.entries td.time .small { display: block; }
.deck { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(18rem, 100%), 1fr)); gap: .8rem; margin: .8rem 0; padding: 0; list-style: none; }
.deck article { height: 100%; background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: .8rem 1rem; }
.deck h3 { font: inherit; line-height: 1.35; margin: 0 0 .4rem; }
.deck p { margin: .4rem 0; }
.facts-line { display: flex; flex-wrap: wrap; gap: .3rem .9rem; align-items: baseline; }
.pages { justify-content: center; }
.button.plainly { background: var(--panel); color: var(--link); border-color: var(--line); }
@media (min-width: 60rem) {
  .browse:has(> .narrow) { display: grid; grid-template-columns: 12rem minmax(0, 1fr); gap: 0 1.6rem; align-items: start; }
  @supports selector(::details-content) {
    .narrow > summary { display: none; }
    .narrow::details-content { content-visibility: visible; display: block; }
  }
}
@media (max-width: 42rem) {
  .narrow { border: 1px solid var(--line); border-radius: 6px; background: var(--panel); padding: 0 .8rem; margin-bottom: 1rem; }
  .narrow li a { padding-block: .45rem; }
  .controls { width: 100%; justify-content: space-between; }
  .controls { flex-wrap: nowrap; }
  .controls label { flex: 1; min-width: 0; } .controls select { flex: 1; min-width: 0; }
  .controls label span { position: absolute; left: -99rem; }
  table.entries:not(.cards) { min-width: 46rem; }
  .scroll:has(table.cards) { border: 0; background: none; overflow: visible; }
  table.entries.cards td:first-child { min-width: 0; }
  table.entries.cards tr { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: .7rem .9rem; margin-bottom: .7rem; }
  table.entries.cards td.time .small { display: inline; }
  table.entries.cards td[data-label="Endorsers"] .small { display: inline; }
}
`;

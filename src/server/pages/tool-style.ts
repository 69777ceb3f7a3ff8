import { toAsset } from '../asset.ts';

/** Rules for pages one works on: upload, endorse, query. Colours come from the style sheet of all pages. */
const TOOL_STYLE = `
form.over { outline: 3px dashed var(--accent); outline-offset: .5rem; border-radius: 6px; }
.drop { flex: 1 0 100%; max-width: none; margin: 0; color: var(--quiet); font-size: .9rem; }
.sheet { border-top: 1px solid var(--line); padding-top: .2rem; margin-top: 1.2rem; }
.sheet h2 { margin-top: .8rem; }
.choice { display: flex; gap: .5rem; align-items: center; min-height: 2.75rem; color: var(--ink); }
.choice input { width: 1.2rem; min-height: 1.2rem; margin: 0; accent-color: var(--accent); }
button:disabled { background: var(--mark); border-color: var(--line); color: var(--quiet); cursor: default; }
ul.findings { padding-left: 1.2rem; margin: .6rem 0; }
ul.findings li { margin: .3rem 0; }
ol.source { margin: .8rem 0; padding: .4rem 0 .4rem 4rem; border: 1px solid var(--line); border-radius: 6px; background: var(--page); overflow-x: auto;
  font: .85rem/1.5 ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace; }
ol.source li { padding: 0 .8rem 0 .4rem; border-left: .25rem solid transparent; }
ol.source li::marker { color: var(--quiet); font-variant-numeric: tabular-nums; }
ol.source li.gap { border-top: 1px dashed var(--line); margin-top: .5rem; padding-top: .5rem; }
ol.source code { font-size: inherit; white-space: pre-wrap; overflow-wrap: anywhere; }
ol.source li.wrong { border-left-color: var(--deprecated); background: var(--deprecated-wash); }
ol.source p { margin: .1rem 0 .4rem; max-width: 46rem; color: var(--deprecated); font: .9rem/1.45 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
form.steps { display: grid; gap: 1.2rem; margin: 1.2rem 0; padding: 0; }
form.steps[hidden] { display: none; }
fieldset { border: 1px solid var(--line); border-radius: 6px; background: var(--panel); padding: .6rem 1.1rem 1.1rem; margin: 0; min-width: 0; display: grid; gap: .8rem; }
legend { font-weight: 600; font-size: 1.1rem; padding-inline: .4rem; margin-left: -.4rem; }
fieldset .note { background: var(--page); margin: 0; }
fieldset .row { margin: 0; }
fieldset [data-say]:empty { display: none; }
fieldset [hidden] { display: none; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .8rem 1.1rem; }
details .grid { margin-top: .6rem; }
.field { display: grid; gap: .2rem; align-content: start; }
.field.whole { grid-column: 1 / -1; }
.field label { color: var(--ink); font-weight: 600; }
.field .wrong { color: var(--deprecated); font-size: .9rem; margin: 0; }
[aria-invalid=true] { border-color: var(--deprecated); border-width: 2px; }
button.plain { background: var(--panel); color: var(--ink); border-color: color-mix(in srgb, var(--quiet) 65%, var(--line)); padding-left: .7rem; }
progress { flex: 1 1 12rem; height: .9rem; accent-color: var(--accent); }
form[data-query] .row label { display: flex; gap: .5rem; align-items: center; }
form[data-query] [hidden], .note ol[hidden], [data-answer] [hidden] { display: none; }
.editor { margin: .4rem 0; }
.views { gap: 0; }
.views button { border-radius: 0; margin-left: -1px; }
.views button:first-child { border-radius: 6px 0 0 6px; margin-left: 0; } .views button:last-child { border-radius: 0 6px 6px 0; }
.views button[aria-pressed=true] { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
.chart { padding: .6rem; }
.chart svg { display: block; max-width: none; }
.chart text { fill: var(--ink); font: 14px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
.chart rect { fill: var(--accent); }
.kept li { display: flex; gap: .5rem; margin: .3rem 0; }
@media (max-width: 42rem) { ol.source { padding-left: 2.4rem; } ol.source li { padding-right: .3rem; } }
`.trimStart();

/** The style sheet as those pages link it. */
export const TOOL_STYLE_ASSET = toAsset('tool', 'css', TOOL_STYLE);

import { toAsset } from '../asset.ts';

/** Rules for pages about images, entries and endorsers: pictures, commands, checks. Colours come from the style sheet of all pages. */
const ENTRY_STYLE = `
figure { margin: .8rem 0; }
figure svg { display: block; overflow: hidden; background: var(--panel); border: 1px solid var(--line); border-radius: 6px; }
figcaption { margin: .4rem 0; max-width: 46rem; }
svg text { fill: var(--ink); font-size: 13px; }
svg .axis line { stroke: var(--line); } svg .axis text { fill: var(--quiet); font-size: 12px; }
svg .line { stroke: var(--line); stroke-dasharray: 2 3; }
svg .bar { stroke-width: 1; rx: 3px; }
svg .bar.endorsed { fill: var(--valid-wash); stroke: var(--valid); }
svg .bar.deprecated { fill: var(--deprecated-wash); stroke: var(--deprecated); }
.mark { fill: none; stroke-width: 3; stroke-linecap: round; }
.mark.endorsed { stroke: var(--valid); stroke-width: 11; } .mark.deprecated { stroke: var(--deprecated); }
.key::before { content: ""; display: inline-block; width: 1.4em; height: .7em; margin-right: .4em; border: 1px solid; border-radius: 3px; }
.key, .key.deprecated { white-space: nowrap; margin-right: .8em; color: inherit; background: none; } .key.endorsed::before { color: var(--valid); background: var(--valid-wash); }
.key.deprecated::before { color: var(--deprecated); background: var(--deprecated-wash); }
.command { position: relative; margin: .4rem 0 1rem; }
.command pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; padding-right: 6.5rem; min-height: 3.4rem; }
.command .copy { position: absolute; top: .35rem; right: .35rem; min-height: 2.5rem; min-width: 5.4rem; padding: .2rem .7rem; font-size: .9rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.path { list-style: none; margin: .8rem 0; padding: 0; }
.path > li { position: relative; background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: .6rem .9rem; max-width: 46rem; }
.path > li + li { margin-top: 1.9rem; }
.path > li + li::before { content: ""; position: absolute; left: 1.4rem; top: -1.9rem; height: 1.9rem; border-left: 2px solid var(--quiet); }
.path > li + li::after { content: attr(data-by); position: absolute; left: 2.1rem; top: -1.65rem; color: var(--quiet); font-size: .85rem; }
.path .role { color: var(--quiet); font-size: .85rem; display: block; } .path p { margin: .2rem 0 0; }
.path > li.end { border-color: var(--accent); border-width: 2px; }
h3.plain-heading { font: inherit; font-weight: 600; font-size: 1.05rem; }
.holds::before { content: "✓ "; color: var(--valid); font-weight: 700; } .holds { white-space: nowrap; }
.open::before { content: "○ "; color: var(--expired); font-weight: 700; } .open { white-space: nowrap; }
[data-verify] { margin: 1.4rem 0; } [data-verify] fieldset { border: 1px solid var(--line); border-radius: 6px; margin: .6rem 0; max-width: 46rem; }
[data-verify] legend { font-weight: 600; padding-inline: .4rem; } [data-verify] fieldset p { margin: 0 0 .4rem 1.9rem; }
[data-verify] fieldset > input { margin: 0 0 .5rem 1.9rem; width: calc(100% - 1.9rem); }
.choice { display: flex; gap: .7rem; align-items: center; min-height: 2.4rem; color: var(--ink); }
.choice input { width: 1.2rem; min-height: 1.2rem; margin: 0; flex: none; accent-color: var(--accent); }
.checks { list-style: none; padding: 0; } .checks li { white-space: normal; margin: .3rem 0; }
.refused::before { content: "✗ "; color: var(--deprecated); font-weight: 700; }
del { color: var(--deprecated); } ins { color: var(--valid); text-decoration: none; }
.steps { padding-left: 1.3rem; } .steps > li { margin: .6rem 0; }
@media (max-width: 42rem) {
  .command pre { padding-right: 1rem; min-height: 0; }
  .command .copy { position: static; margin-top: .3rem; }
}
`.trimStart();

/** The style sheet as those pages link it. */
export const ENTRY_STYLE_ASSET = toAsset('entry', 'css', ENTRY_STYLE);

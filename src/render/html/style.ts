/** The page's one style sheet. Every pair of text and ground has a contrast of at least 4.5 to 1, light and dark. */

const LIGHT = `
  --ground: #fff; --raised: #f5f6f8; --line: #d5d9e0; --shade: #1b1f2747; --text: #1b1f27; --muted: #565e6b; --link: #0b57b0;
  --good: #11692f; --warn: #8a4b00; --bad: #b3141f;
  --good-ground: #e9f6ec; --warn-ground: #fdf3e1; --bad-ground: #fdecec;
  --c0: #0b63c5; --c1: #b3530f; --c2: #187445; --c3: #8a3fa0; --c4: #b51f58; --c5: #6b6100;`;
const DARK = `
  --ground: #14171c; --raised: #1d2128; --line: #39404b; --shade: #000c; --text: #e7eaf0; --muted: #a5aebc; --link: #86b9ff;
  --good: #6fd693; --warn: #f1b765; --bad: #ff9a97;
  --good-ground: #16281c; --warn-ground: #2c2212; --bad-ground: #331a1b;
  --c0: #6cb0ff; --c1: #f0a35e; --c2: #5bd19a; --c3: #d29bea; --c4: #f58cb4; --c5: #d6c04a;`;

export const PAGE_STYLE = `
:root { color-scheme: light dark;${LIGHT} }
@media screen and (prefers-color-scheme: dark) { :root {${DARK} } }
*, ::before, ::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-behavior: smooth; }
body {
  margin: 0 auto; padding: 1.5rem clamp(1rem, 4vw, 3rem) 3rem; max-width: 120rem;
  background: var(--ground); color: var(--text);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
h1, h2, h3 { line-height: 1.25; text-wrap: balance; overflow-wrap: anywhere; margin: 0; }
h1 { font-size: 1.9rem; letter-spacing: -0.01em; }
h2 { font-size: 1.25rem; }
h2.id { font-size: 1.02rem; }
p, dl, ul, figure, pre { margin: 0; }
p, li { max-width: 46rem; }
a { color: var(--link); text-underline-offset: 0.15em; }
code, pre, .id { font-family: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.id { font-size: 0.875em; overflow-wrap: anywhere; }
td, th, dd, dt, li, figcaption { unicode-bidi: isolate; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 3px; }
.hidden {
  position: absolute; width: 1px; height: 1px; margin: -1px; padding: 0; border: 0;
  overflow: hidden; clip-path: inset(50%); white-space: nowrap;
}
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: 0.5rem; padding: 0.5rem 1rem; background: var(--ground); z-index: 2; }
header { margin-bottom: 1.75rem; }
header p { color: var(--muted); margin-top: 0.3rem; overflow-wrap: anywhere; }
main, main section { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.25rem; }
main { gap: 2.25rem; }
main:focus { outline: none; }
footer { margin-top: 3rem; padding-top: 1.25rem; border-top: 1px solid var(--line); color: var(--muted); font-size: 0.875rem; }
nav { margin: 0 0 1.75rem; font-size: 0.925rem; }
nav summary, .data summary { cursor: pointer; color: var(--muted); width: fit-content; }
nav ul { list-style: none; padding: 0; margin-top: 0.4rem; display: flex; flex-wrap: wrap; gap: 0.3rem 1.25rem; }
nav li { overflow-wrap: anywhere; }

.good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); }
.good-mark { color: var(--good); } .warn-mark { color: var(--warn); } .bad-mark { color: var(--bad); } .muted-mark, .strong-mark { color: var(--muted); }
.muted { color: var(--muted); } .strong { font-weight: 650; }
td.good::before, tbody th.good::before, span.good::before { content: "\\2713\\00a0"; content: "\\2713\\00a0" / ""; }
td.warn::before, tbody th.warn::before, span.warn::before { content: "!\\00a0"; content: "!\\00a0" / "attention: "; }
td.bad::before, tbody th.bad::before, span.bad::before { content: "\\2717\\00a0"; content: "\\2717\\00a0" / "bad: "; }
td.warn::before, span.warn::before { font-weight: 700; }

.pairs { display: grid; grid-template-columns: minmax(8rem, max-content) minmax(0, 1fr); gap: 0.3rem 1.5rem; }
.pairs > div { display: grid; grid-template-columns: subgrid; grid-column: 1 / -1; }
.pairs dt { color: var(--muted); overflow-wrap: anywhere; }
.pairs dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.remark { color: var(--muted); margin-left: 0.6rem; }

.scroll { overflow: auto; max-height: min(85vh, 60rem); border: 1px solid var(--line); border-radius: 6px; }
table { border-collapse: separate; border-spacing: 0; width: 100%; font-size: 0.925rem; font-variant-numeric: tabular-nums; }
.scroll { width: fit-content; min-width: min(24rem, 100%); max-width: 100%; }
/* A shade at the edge behind which there is more: it stays, and the ground that covers it moves with the table. */
.scroll, .chart {
  background:
    linear-gradient(to right, var(--ground) 50%, transparent) 0 0 / 2.5rem 100% no-repeat local,
    linear-gradient(to left, var(--ground) 50%, transparent) 100% 0 / 2.5rem 100% no-repeat local,
    linear-gradient(to right, var(--shade), transparent) 0 0 / 0.9rem 100% no-repeat scroll,
    linear-gradient(to left, var(--shade), transparent) 100% 0 / 0.9rem 100% no-repeat scroll;
}
th, td { padding: 0.4rem 0.8rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
thead th, thead td { position: sticky; top: 0; z-index: 1; background: var(--raised); vertical-align: bottom; font-weight: 600; white-space: nowrap; }
tbody th { font-weight: inherit; }
tbody tr:last-child > * { border-bottom: 0; }
tbody tr:hover > * { background: var(--raised); }
tfoot th, tfoot td { border-top: 2px solid var(--line); border-bottom: 0; font-weight: 650; }
.right { text-align: right; white-space: nowrap; }
td .id, td.id, th.id { overflow-wrap: normal; white-space: nowrap; }
.wide table { font-size: 0.85rem; }
.wide th, .wide td { padding: 0.35rem 0.5rem; }
.wide thead th, .wide thead button { white-space: normal; }
.wide td.id, .wide th.id { white-space: normal; overflow-wrap: anywhere; min-width: 16ch; }
.wide .spark { width: 5rem; margin-right: 0.25rem; }
th button {
  font: inherit; color: inherit; background: none; border: 0; padding: 0; margin: 0; cursor: pointer;
  text-align: inherit; white-space: nowrap;
}
th button:hover { text-decoration: underline; text-underline-offset: 0.2em; }
th button::after { content: "\\2195"; content: "\\2195" / ""; display: inline-block; width: 1.1em; text-align: right; color: var(--muted); }
[aria-sort=ascending] button::after { content: "\\25b2"; content: "\\25b2" / ""; color: inherit; }
[aria-sort=descending] button::after { content: "\\25bc"; content: "\\25bc" / ""; color: inherit; }
.filter { display: flex; flex-wrap: wrap; gap: 0.4rem 1rem; align-items: baseline; margin-bottom: 0.5rem; font-size: 0.925rem; }
.filter output { color: var(--muted); }
input, textarea, select, main button {
  font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--muted); border-radius: 5px; padding: 0.3rem 0.6rem;
}
textarea { width: 100%; }
main button { background: var(--raised); cursor: pointer; }
th button, th button:hover { background: none; border: 0; padding: 0; }

.checks { list-style: none; padding: 0; display: grid; gap: 0.45rem; }
.checks li, .note { display: grid; grid-template-columns: 1.3rem minmax(0, 1fr); gap: 0 0.3rem; max-width: 60rem; overflow-wrap: anywhere; }
.checks .mark, .note .mark { font-weight: 700; }
.checks .remedy { grid-column: 2; color: var(--warn); }
.note { padding: 0.6rem 0.9rem; border-left: 4px solid var(--line); background: var(--raised); border-radius: 0 5px 5px 0; }
.note.good { border-color: var(--good); background: var(--good-ground); }
.note.warn { border-color: var(--warn); background: var(--warn-ground); }
.note.bad { border-color: var(--bad); background: var(--bad-ground); }
.note.good, .note.warn, .note.bad { color: var(--text); }
.tree, .tree ul { list-style: none; padding: 0; margin: 0; }
.tree ul { margin-left: 0.45rem; border-left: 1px solid var(--line); }
.tree ul li { padding-left: 1rem; position: relative; }
.tree ul li::before { content: ""; position: absolute; left: 0; top: 0.8em; width: 0.7rem; border-top: 1px solid var(--line); }
.tree li { max-width: none; overflow-wrap: anywhere; }
.list { padding-left: 1.3rem; overflow-wrap: anywhere; }
pre { padding: 0.8rem 1rem; overflow: auto; background: var(--raised); border: 1px solid var(--line); border-radius: 6px; font-size: 0.875rem; line-height: 1.5; }

figcaption { font-weight: 600; margin-bottom: 0.3rem; }
figcaption .muted { font-weight: 400; }
.chart { overflow-x: auto; }
.chart svg { display: block; width: 100%; min-width: 34rem; max-width: 56rem; height: auto; }
.chart text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; fill: var(--muted); font-variant-numeric: tabular-nums; }
.chart .name { fill: var(--text); }
.chart .name.id { font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 11px; }
.grid { stroke: var(--line); } .axis { stroke: var(--muted); }
.line, .spark path { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.c0 { color: var(--c0); } .c1 { color: var(--c1); } .c2 { color: var(--c2); }
.c3 { color: var(--c3); } .c4 { color: var(--c4); } .c5 { color: var(--c5); }
.line, .spark path { stroke: currentColor; } .dot, .bar { fill: currentColor; }
.d1 { stroke-dasharray: 7 4; } .d2 { stroke-dasharray: 2 4; } .d3 { stroke-dasharray: 9 3 2 3; } .d4 { stroke-dasharray: 14 5; } .d5 { stroke-dasharray: 4 2; }
.legend { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 0.2rem 1.25rem; font-size: 0.875rem; margin-bottom: 0.3rem; }
.legend svg { width: 2rem; height: 0.75rem; margin-right: 0.4rem; vertical-align: baseline; }
.spark { width: 6.5rem; height: 1.2rem; vertical-align: text-bottom; margin-right: 0.5rem; overflow: visible; }
.spark path { stroke-width: 1.5; }
.data { margin-top: 0.5rem; font-size: 0.925rem; }
.data .scroll { margin-top: 0.5rem; max-height: 24rem; width: fit-content; max-width: 100%; }
.data .filter { margin-top: 0.5rem; }
.source { display: grid; gap: 0.15rem; margin-bottom: 0.6rem; overflow-wrap: anywhere; }

@media (max-width: 40rem) {
  .pairs, .pairs > div { display: block; }
  .pairs > div { margin-bottom: 0.5rem; }
  .pairs dd { margin-bottom: 0.4rem; }
  tbody th, td.id { white-space: normal; overflow-wrap: anywhere; min-width: 9rem; }
  h1 { font-size: 1.5rem; }
}
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
@media (forced-colors: active) { .bar, .dot { forced-color-adjust: none; } }
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; }
  .skip, nav, .filter, .data summary, main button { display: none; }
  th button { display: inline; }
  .scroll, .data .scroll, .chart, pre { overflow: visible; max-height: none; }
  .scroll { border: 0; }
  .scroll, .chart { background: none; }
  details::details-content { content-visibility: visible; block-size: auto; }
  thead th, thead td { position: static; }
  th button::after { content: none; }
  tfoot { display: table-row-group; }
  tr, .checks li, .note, figure > .chart { break-inside: avoid; }
  h2, figcaption { break-after: avoid; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; }
}
`;

// The stylesheet of all pages. Colours come from palettes.ts; the rest is the same for every theme, except sizes in `accessibility`.

import { contrastDark, contrastLight, dark, light, type Palette, red } from './palettes.ts';

const colours = (palette: Palette): string =>
  Object.entries(palette).map(([name, colour]) => `  --${name}: ${colour as string};`).join('\n');

const themed = `
:root, :root[data-theme="light"] {
  color-scheme: light;
${colours(light)}
}
:root[data-theme="dark"] {
  color-scheme: dark;
${colours(dark)}
}
:root[data-theme="red"] {
  color-scheme: light;
${colours(red)}
}
:root[data-theme="accessibility"] {
  color-scheme: light;
${colours(contrastLight)}
}
@media (prefers-color-scheme: dark) {
:root[data-theme="auto"] {
  color-scheme: dark;
${colours(dark)}
}
:root[data-theme="accessibility"] {
  color-scheme: dark;
${colours(contrastDark)}
}
}
@media (prefers-contrast: more) {
:root[data-theme="auto"] {
${colours(contrastLight)}
}
}
@media (prefers-contrast: more) and (prefers-color-scheme: dark) {
:root[data-theme="auto"] {
${colours(contrastDark)}
}
}`;

const sizes = `
:root {
  --edge: 1px;
  --ring: 3px;
  --round: 6px;
}
:root[data-theme="accessibility"] {
  --edge: 2px;
  --ring: 5px;
  --round: 4px;
  font-size: 112.5%;
}
@media (min-width: 30rem) {
  :root[data-theme="accessibility"] { font-size: 125%; }
}
:root[data-theme="accessibility"] .strip { display: none; }
:root[data-theme="accessibility"] .badge { border-color: currentcolor; }
:root[data-theme="accessibility"] body { font-weight: 500; }
:root[data-theme="accessibility"] .sheet { border: 3px solid var(--line); box-shadow: none; }
:root[data-theme="accessibility"] :is(a, .notice) { text-underline-offset: .2em; text-decoration-thickness: 2px; }`;

const layout = `
*, *::before, *::after { box-sizing: border-box; }
html {
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif;
  line-height: 1.5;
  -webkit-text-size-adjust: 100%;
  text-size-adjust: 100%;
}
body {
  display: flex;
  flex-direction: column;
  min-height: 100vh;
  min-height: 100svh;
  margin: 0;
  padding: clamp(.75rem, 5vw, 3rem) .75rem 1rem;
  background: var(--desk);
  color: var(--text);
  overflow-wrap: anywhere;
}
.sheet {
  position: relative;
  width: 100%;
  max-width: 26rem;
  margin: auto;
  padding: clamp(1.25rem, 6vw, 2.5rem);
  border-radius: var(--round);
  background: var(--sheet);
  box-shadow: 0 1px 2px rgb(0 0 0 / .12), 0 12px 32px rgb(0 0 0 / .1);
}
.site {
  display: flex;
  align-items: center;
  justify-content: space-between;
  gap: 1rem;
  margin-bottom: 1.5rem;
  color: var(--quiet);
  font-size: .875rem;
}
.site p { margin: 0; font-weight: 600; }
.strip { flex: none; width: 3.25rem; height: .625rem; }
.strip .cyan { fill: #00a0d8; }
.strip .magenta { fill: #e0218a; }
.strip .yellow { fill: #f5c400; }
.strip .key { fill: var(--key); }
h1 { margin: 0; font-size: 1.75rem; font-weight: 650; line-height: 1.2; letter-spacing: -.015em; text-wrap: balance; overflow-wrap: break-word; hyphens: auto; }
h2 { margin: 0; font-size: 1rem; font-weight: 600; }
p { margin: .5rem 0 0; text-wrap: pretty; }
.lead { color: var(--quiet); }
.lead strong { color: var(--text); font-weight: 600; }
a { color: var(--link); text-underline-offset: .15em; }
footer { margin-top: 1.25rem; color: var(--desk-text); font-size: .875rem; }
footer ul { display: flex; flex-wrap: wrap; justify-content: center; margin: 0; padding: 0; list-style: none; }
footer a { display: block; padding: .625rem .75rem; border-radius: var(--round); color: var(--desk-text); text-decoration: none; }
footer a:hover { text-decoration: underline; }
footer a[aria-current] { font-weight: 650; text-decoration: underline; text-decoration-thickness: 2px; text-underline-offset: .35em; }`;

const cropMarks = `
@media (min-width: 36rem) and (min-height: 34rem) {
  .sheet::before {
    --mark: linear-gradient(var(--desk-text), var(--desk-text)) no-repeat;
    content: "";
    position: absolute;
    inset: -1.5rem;
    opacity: .45;
    pointer-events: none;
    background:
      var(--mark) 1.5rem 0 / 1px 1rem, var(--mark) 0 1.5rem / 1rem 1px,
      var(--mark) calc(100% - 1.5rem) 0 / 1px 1rem, var(--mark) 100% 1.5rem / 1rem 1px,
      var(--mark) 1.5rem 100% / 1px 1rem, var(--mark) 0 calc(100% - 1.5rem) / 1rem 1px,
      var(--mark) calc(100% - 1.5rem) 100% / 1px 1rem, var(--mark) 100% calc(100% - 1.5rem) / 1rem 1px;
  }
  :root[data-theme="accessibility"] .sheet::before { content: none; }
}`;

const controls = `
form { margin: 0; }
.field { margin-top: 1.125rem; }
label { display: block; margin-bottom: .375rem; font-weight: 600; }
input {
  display: block;
  width: 100%;
  min-height: 2.875rem;
  padding: .5rem .75rem;
  border: var(--edge) solid var(--line);
  border-radius: var(--round);
  background: var(--field);
  color: var(--text);
  font: inherit;
}
input[aria-invalid] { border-color: var(--error-text); box-shadow: inset 0 0 0 1px var(--error-text); }
input[type="password"] { font-family: ui-monospace, monospace; }
.hint { margin-top: .375rem; color: var(--quiet); font-size: .875rem; }
button, .button {
  display: flex;
  align-items: center;
  justify-content: center;
  gap: .625rem;
  width: 100%;
  min-height: 2.875rem;
  padding: .5rem .75rem;
  border: var(--edge) solid var(--line);
  border-radius: var(--round);
  background: var(--sheet);
  color: var(--text);
  font: inherit;
  font-weight: 600;
  text-align: center;
  text-decoration: none;
  cursor: pointer;
}
:is(button, .button):hover { border-color: var(--text); box-shadow: inset 0 0 0 1px var(--text); }
.primary { border-color: var(--accent); background: var(--accent); color: var(--accent-text); }
.primary:hover { border-color: var(--accent-over); background: var(--accent-over); box-shadow: none; }
.submit { margin-top: 1.5rem; }
.button svg { flex: none; width: 1.25rem; height: 1.25rem; }
.row { display: flex; flex-wrap: wrap; gap: .5rem; }
.row input { flex: 999 1 9rem; width: auto; min-width: 0; }
.row button { flex: 1 1 auto; width: auto; }
.or { display: flex; align-items: center; gap: .75rem; margin: 1.5rem 0 0; color: var(--quiet); font-size: .875rem; }
.or::before, .or::after { content: ""; flex: 1; border-top: var(--edge) solid var(--hair); }
.others { display: grid; gap: .75rem; margin-top: 1.125rem; }
.others .hint { margin-top: .375rem; text-align: center; }
.others .hint a { display: inline-block; min-height: 1.75rem; color: inherit; }
.actions { display: grid; gap: .75rem; margin-top: 1.75rem; }
:focus-visible { outline: var(--ring) solid var(--focus); outline-offset: 2px; }
footer :focus-visible { outline-color: var(--desk-text); outline-offset: 0; }
.notice:focus-visible { outline-offset: 3px; }`;

const wide = `
@media (min-width: 56rem) {
  .wide { max-width: 52rem; }
  .wide .ways { display: grid; grid-template-columns: minmax(0, 1fr) auto minmax(0, 1fr); gap: 0 2.5rem; margin-top: 1.5rem; }
  .wide .ways > .or { flex-direction: column; gap: 0; margin: 0; }
  .wide .ways > .or span { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  .wide .ways > .or::before, .wide .ways > .or::after { border-top: 0; border-left: var(--edge) solid var(--hair); }
  .wide .ways > * > :first-child > .field:first-of-type, .wide .ways > form > .field:first-of-type { margin-top: 0; }
}`;

const messages = `
.notice {
  display: flex;
  gap: .625rem;
  margin-top: 1.25rem;
  padding: .75rem .875rem;
  border: var(--edge) solid currentcolor;
  border-left-width: 4px;
  border-radius: var(--round);
  font-size: .9375rem;
}
.notice svg { flex: none; width: 1.25rem; height: 1.25rem; margin-top: .125rem; }
.notice p { margin: 0; }
.error { background: var(--error-sheet); color: var(--error-text); }
.info { background: var(--info-sheet); color: var(--info-text); }
.badge { display: grid; place-items: center; width: 3rem; height: 3rem; margin-bottom: 1rem; border: var(--edge) solid transparent; border-radius: 50%; }
.badge svg { width: 2.25rem; height: 2.25rem; }
.message p { margin-top: .75rem; }
.technical { display: grid; gap: .125rem; margin: 1.75rem 0 0; padding-top: 1rem; border-top: var(--edge) solid var(--hair); color: var(--quiet); font-size: .8125rem; }
.technical div { display: flex; flex-wrap: wrap; gap: 0 .5rem; }
.technical dd { margin: 0; font-family: ui-monospace, "Cascadia Mono", Consolas, Menlo, monospace; user-select: all; }`;

const circumstances = `
@media (prefers-reduced-motion: no-preference) {
  button, .button, input { transition: background-color .15s, border-color .15s, box-shadow .15s; }
}
@media (forced-colors: active) {
  .sheet { border: 1px solid CanvasText; }
  .sheet::before { content: none; }
  .primary { border-width: 3px; }
  .strip .key { fill: CanvasText; }
  :focus-visible { outline-color: Highlight; }
}
@media print {
  body { background: none; }
  .sheet { box-shadow: none; }
}
`;

/** The whole text. */
export const css: string = [themed, sizes, layout, cropMarks, controls, wide, messages, circumstances].join('\n').trimStart();

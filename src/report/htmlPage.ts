/**
 * The page around a report: HTML text, its style, and the scripts that draw its plots, all inlined.
 * A content security policy admits these scripts by their hashes and no request at all, so that
 * even a mistake in escaping runs nothing.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as E from 'fp-ts/Either';
import type * as TE from 'fp-ts/TaskEither';
import { absent, attempt, error, isAbsent, type ProxpropError, refusal } from '../core';
import { HTML } from './packages';
import { printable } from './printable';

const ENTITIES: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Text as HTML shows it, inside an element or a quoted attribute. What no HTML file may hold
 * becomes U+FFFD.
 *
 * @example escapedHtml('a < b') // 'a &lt; b'
 */
export const escapedHtml = (text: string): string =>
  printable(text.replace(/\r\n?/g, '\n')).replace(
    /[&<>"']/g,
    (character) => ENTITIES[character] ?? character,
  );

/**
 * JSON text for an HTML file. Characters that JSON may hold and HTML may not, control characters
 * and noncharacters, are written by their numbers.
 */
export const jsonText = (value: unknown, indent = 0): string =>
  JSON.stringify(value, null, indent).replace(
    /[\x7f-\x9f\p{NChar}]/gu,
    // Those beyond U+FFFF are two units.
    (character) =>
      character
        .split('')
        .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
        .join(''),
  );

/** JSON inside a script element: nothing in it can end the element. */
export const scriptJson = (value: unknown): string => jsonText(value).replace(/</g, '\\u003c');

/**
 * JavaScript inside a script element: in its strings and regular expressions, where alone these can
 * stand, \x3c is the same as <.
 */
const inScript = (code: string): string =>
  code.replace(/\r\n?/g, '\n').replace(/<(?=\/script|!--)/gi, '\\x3c');

const { resolve } = createRequire(__filename);

/** Where the minified builds lie: beside what `require` finds of the packages. */
const BUILDS: readonly (readonly [name: string, file: string])[] = [
  ['vega', 'vega.min.js'],
  ['vega-lite', 'vega-lite.min.js'],
  ['vega-embed', 'vega-embed.min.js'],
];

/**
 * Points and cells answer to the mouse; lines and areas do not, as they would tell of their first
 * point alone.
 */
const EMBED_OPTIONS = {
  mode: 'vega-lite',
  renderer: 'svg',
  // Vega's interpreter in place of compiled functions, which the policy forbids.
  ast: true,
  // The editor is on the network.
  actions: { export: true, source: false, compiled: false, editor: false },
  config: Object.fromEntries(
    ['point', 'circle', 'square', 'bar', 'rect', 'arc'].map((mark) => [mark, { tooltip: true }]),
  ),
};

/** Draws each plot beside its still picture, and takes the picture away once that is done. */
const START = `
for (const figure of document.querySelectorAll('figure.plot')) {
  const live = figure.querySelector('.live');
  const spec = JSON.parse(figure.querySelector('script').textContent);
  vegaEmbed(live, spec, ${scriptJson(EMBED_OPTIONS)}).then(
    () => {
      figure.querySelector('.still').remove();
      live.hidden = false;
    },
    (failure) => console.error(failure),
  );
}
`;

/**
 * The scripts of a page with plots: vega, vega-lite, vega-embed, and the one that draws. It fails
 * with `file`.
 */
export const plotScripts: TE.TaskEither<ProxpropError, readonly string[]> = async () => {
  const scripts: string[] = [];
  for (const [name, file] of BUILDS) {
    try {
      scripts.push(inScript(await readFile(join(dirname(resolve(name)), file), 'utf8')));
    } catch (thrown) {
      if (isAbsent(thrown)) return attempt(() => absent('file', `${file} of ${name}`, HTML, thrown));
      return E.left(error('file', `${file} of ${name}`, 'a file that can be read', refusal(thrown)));
    }
  }
  return E.right([...scripts, START]);
};

const STYLE = `
:root {
  color-scheme: light dark;
  --text: #1f2328; --faint: #59636e; --page: #ffffff; --line: #d1d9e0; --shade: #f6f8fa; --link: #0b5cad;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e6e8eb; --faint: #9aa4af; --page: #15181c; --line: #3a424b; --shade: #1e2328; --link: #6cb2f5;
  }
}
body {
  max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem 4rem;
  font: 1rem/1.55 system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif;
  color: var(--text); background: var(--page);
}
h1 { font-size: 1.75rem; line-height: 1.25; margin: 0 0 1.5rem; }
h2 { font-size: 1.3rem; line-height: 1.3; margin: 2.5rem 0 .75rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line); }
p { margin: .75rem 0; max-width: 45rem; overflow-wrap: anywhere; white-space: pre-line; }
h1, h2, li, figcaption, summary { overflow-wrap: anywhere; }
a { color: var(--link); }
nav { background: var(--shade); border: 1px solid var(--line); border-radius: 6px; padding: .75rem 1rem; }
nav p { margin: 0; font-weight: 600; }
nav ol { margin: .25rem 0 0; padding-left: 1.5rem; }
.wide { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-size: .93rem; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .8rem; text-align: left; border-bottom: 1px solid var(--line); vertical-align: top; }
th { border-bottom: 2px solid var(--line); font-weight: 600; }
tbody tr:hover { background: var(--shade); }
.number { text-align: right; }
td.number, td.whole { white-space: nowrap; }
figure { margin: 1.5rem 0; }
figure .paper { overflow-x: auto; background: #ffffff; color-scheme: light; border: 1px solid var(--line); border-radius: 6px; }
figure .still { display: block; max-width: 100%; height: auto; margin: 0 auto; }
figure .live { display: block; margin: 0 auto; width: fit-content; color: #1f2328; }
figure .live[hidden] { display: none; }
figcaption { color: var(--faint); font-size: .93rem; margin-top: .4rem; }
details.data { margin: 1rem 0; border: 1px solid var(--line); border-radius: 6px; }
details.data summary { cursor: pointer; padding: .4rem .8rem; }
pre { margin: 0; padding: .8rem; overflow: auto; max-height: 30rem; font-size: .85rem; border-top: 1px solid var(--line); background: var(--shade); }
@media print { details.data { display: none; } body { max-width: none; } }
`;

const hashOf = (script: string): string =>
  `'sha256-${createHash('sha256').update(script, 'utf8').digest('base64')}'`;

/** The whole file. `body` is HTML; the scripts run after it. */
export const pageOf = (title: string, body: string, scripts: readonly string[]): string => {
  const policy = [
    `default-src 'none'`,
    // Pictures are inlined, and saved from memory.
    `img-src data: blob:`,
    // Vega writes style attributes.
    `style-src 'unsafe-inline'`,
    ...(scripts.length === 0 ? [] : [`script-src ${scripts.map(hashOf).join(' ')}`]),
    `base-uri 'none'`,
    `form-action 'none'`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapedHtml(title)}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
${body}
${scripts.map((script) => `<script>${script}</script>`).join('\n')}
</body>
</html>
`;
};

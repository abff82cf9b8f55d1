/**
 * Reports as one HTML file that needs nothing beside it: no network, no other file, no script to be
 * read.
 */
import type { Json } from 'fp-ts/Json';
import type * as TE from 'fp-ts/TaskEither';
import { attemptTask, fail, orThrow, type ProxpropError } from '../core';
import { svgOf } from './draw';
import { escapedHtml, jsonText, pageOf, plotScripts, scriptJson } from './htmlPage';
import { type PlotSpec } from './spec';
import { alignments, isNumber } from './table';

/** A report: a title and sections. */
export interface HtmlReport {
  /** The title of the page. */
  readonly title: string;
  /** The sections; from four on there is a table of contents. */
  readonly sections: readonly Section[];
}

/** A section of a report: its heading, and texts, tables and plots. */
export interface Section {
  /** The heading. */
  readonly heading: string;
  /** Its texts, tables, plots, data and links, in their order. */
  readonly parts: readonly PagePart[];
}

/** One thing that a section shows. Its texts are plain text, not HTML. */
export type PagePart =
  | { readonly tag: 'paragraph'; readonly text: string }
  | {
      /** Columns of numbers are aligned to the right, as in `table`. */
      readonly tag: 'table';
      readonly header: readonly string[];
      readonly rows: readonly (readonly string[])[];
    }
  | {
      /**
       * A still picture until its script has drawn it; then it answers to the mouse. Its data must
       * be values.
       */
      readonly tag: 'plot';
      readonly spec: PlotSpec;
      readonly caption: string;
    }
  | {
      /** Folded up; for other programs, or for the curious. */
      readonly tag: 'data';
      readonly title: string;
      readonly value: Json;
    }
  | {
      readonly tag: 'links';
      readonly links: readonly { readonly label: string; readonly href: string }[];
    };

type Plot = Extract<PagePart, { readonly tag: 'plot' }>;

const tableOf = (path: string, header: readonly string[], rows: readonly (readonly string[])[]): string => {
  const align = alignments(header, rows);
  const cells = (tag: 'th' | 'td', row: readonly string[]): string =>
    row
      .map((cell, i) => {
        const scope = tag === 'th' ? ' scope="col"' : '';
        const own = align[i] === 'r' ? ' class="number"' : isNumber(cell) ? ' class="whole"' : '';
        return `<${tag}${scope}${own}>${escapedHtml(cell)}</${tag}>`;
      })
      .join('');
  const body = rows.map((row, i) =>
    row.length === header.length
      ? `<tr>${cells('td', row)}</tr>`
      : fail('data', `${path}.rows.${i}`, `${header.length} cells, as the header has`, `${row.length}`),
  );
  const head = `<thead><tr>${cells('th', header)}</tr></thead>`;
  return `<div class="wide"><table>${head}\n<tbody>${body.join('\n')}</tbody></table></div>`;
};

/** A record or a list, whose entries are looked at. */
const hasEntries = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === 'object' && value !== null;

/**
 * Refuses data by address: they would be read while the report is made, and requested again when it
 * is shown.
 */
const refuseAddresses = (path: string, spec: unknown): void => {
  if (!hasEntries(spec)) return;
  for (const [key, value] of Object.entries(spec)) {
    if (key === 'values' || key === 'datasets') continue;
    if (key === 'data' && hasEntries(value) && 'url' in value)
      fail('data', `${path}.data`, 'values', `the address ${JSON.stringify(value['url'])}`);
    refuseAddresses(`${path}.${key}`, value);
  }
};

const plotOf = async (path: string, { spec, caption }: Plot): Promise<string> => {
  refuseAddresses(`${path}.spec`, spec);
  const svg = orThrow(await svgOf(caption, spec)());
  // As an image it is a world of its own: the identifiers in two pictures cannot meet.
  const source = `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
  return [
    '<figure class="plot"><div class="paper">',
    `<img class="still" alt="${escapedHtml(caption)}" src="${source}">`,
    '<div class="live" hidden></div></div>',
    `<figcaption>${escapedHtml(caption)}</figcaption>`,
    `<script type="application/json">${scriptJson(spec)}</script></figure>`,
  ].join('\n');
};

/** JSON has no NaN and no infinity: `JSON.stringify` would make them null without a word. */
const refuseInfinite = (path: string, value: unknown): void => {
  if (typeof value === 'number' && !Number.isFinite(value))
    fail('data', path, 'a finite number or null', `${value}`);
  if (hasEntries(value))
    for (const [key, inner] of Object.entries(value)) refuseInfinite(`${path}.${key}`, inner);
};

const dataOf = (path: string, title: string, value: Json): string => {
  refuseInfinite(`${path}.value`, value);
  const text = escapedHtml(jsonText(value, 2));
  return `<details class="data"><summary>${escapedHtml(title)}</summary><pre>${text}</pre></details>`;
};

/**
 * Says whether an address is harmless: http, https or mailto, or no scheme at all, which is another
 * file beside the report or a place in it.
 */
const isHarmless = (href: string): boolean =>
  /^(https?:|mailto:)/i.test(href) || (/^[^\p{Cc}\s]*$/u.test(href) && !/^[^/?#]*:/.test(href));

const linkList = (
  path: string,
  links: readonly { readonly label: string; readonly href: string }[],
): string => {
  const items = links.map(({ label, href }, i) =>
    isHarmless(href)
      ? `<li><a href="${escapedHtml(href)}" rel="noreferrer">${escapedHtml(label)}</a></li>`
      : fail(
          'data',
          `${path}.links.${i}.href`,
          'a relative address, or one by http, https or mailto',
          JSON.stringify(href),
        ),
  );
  return `<ul>${items.join('\n')}</ul>`;
};

const partOf = async (path: string, part: PagePart): Promise<string> => {
  switch (part.tag) {
    case 'paragraph':
      return `<p>${escapedHtml(part.text)}</p>`;
    case 'table':
      return tableOf(path, part.header, part.rows);
    case 'plot':
      return plotOf(path, part);
    case 'data':
      return dataOf(path, part.title, part.value);
    case 'links':
      return linkList(path, part.links);
  }
};

const sectionOf = async (path: string, { heading, parts }: Section, id: string): Promise<string> => {
  const shown: string[] = [];
  for (const [i, part] of parts.entries()) shown.push(await partOf(`${path}.parts.${i}`, part));
  return `<section id="${id}">\n<h2>${escapedHtml(heading)}</h2>\n${shown.join('\n')}\n</section>`;
};

/** Fewer sections than this are found without help. */
const CONTENTS_FROM = 4;

const contentsOf = (sections: readonly Section[], idOf: (i: number) => string): string => {
  const items = sections.map(
    ({ heading }, i) => `<li><a href="#${idOf(i)}">${escapedHtml(heading)}</a></li>`,
  );
  return `<nav aria-label="Contents"><p>Contents</p><ol>${items.join('\n')}</ol></nav>`;
};

/**
 * Makes a report as one HTML file, as text. It needs nothing beside it and asks for nothing over
 * the network; without scripts it shows every plot as a still picture.
 *
 * It fails with `data`, with the path inside of the report, for a row with more or fewer cells than
 * the header, a number in data that is not finite, an address in place of the data of a plot, and a
 * link by another scheme than http, https and mailto; with `file` if a plot cannot be drawn or a
 * package is missing.
 *
 * @param report its `title` and its `sections`, each of texts, tables, plots, data and links
 *
 * @example
 * const text = await htmlReport({ title: 'Two methods', sections: [{ heading: 'Losses', parts: [
 *   { tag: 'table', header: ['method', 'loss'], rows: [['backprop', '0.31']] },
 *   { tag: 'plot', caption: 'Over epochs and seconds', spec: lossSpec(plot) },
 * ] }] })();
 */
export const htmlReport = ({ title, sections }: HtmlReport): TE.TaskEither<ProxpropError, string> =>
  attemptTask(async () => {
    const idOf = (i: number): string => `section-${i + 1}`;
    const shown: string[] = [];
    for (const [i, section] of sections.entries())
      shown.push(await sectionOf(`report "${title}": sections.${i}`, section, idOf(i)));
    const contents = sections.length < CONTENTS_FROM ? '' : contentsOf(sections, idOf);
    const hasPlots = sections.some(({ parts }) => parts.some(({ tag }) => tag === 'plot'));
    const scripts = hasPlots ? orThrow(await plotScripts()) : [];
    const body = `<main>\n<h1>${escapedHtml(title)}</h1>\n${contents}\n${shown.join('\n')}\n</main>`;
    return pageOf(title, body, scripts);
  });

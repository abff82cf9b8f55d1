/** A report as it is before it is written: as HTML, as Markdown, and its pictures as files. */
import { pipe } from 'fp-ts/function';
import * as TE from 'fp-ts/TaskEither';
import { type Json } from 'fp-ts/Json';
import { type ProxpropError } from '../core';
import * as Report from '../report';

/** A picture of a report: its name, its caption and its plot. */
export interface Picture {
  /** Of its files. */
  readonly name: string;
  /** The text below the picture. */
  readonly caption: string;
  /** The plot, as a Vega-Lite specification. */
  readonly spec: Report.PlotSpec;
}

/** A report before it is written: sections of text and tables, and pictures. */
export interface Document {
  /** The name, with which the names of its files begin. */
  readonly name: string;
  /** The title of the report. */
  readonly title: string;
  /** The sections, in their order. */
  readonly sections: readonly Report.Section[];
  /** After the second section. */
  readonly pictures: readonly Picture[];
}

export const paragraph = (text: string): Report.Part => ({ tag: 'paragraph', text });

/** Inside square brackets. */
const bracketed = (text: string): string => Report.inline(text).replace(/[[\]]/g, '\\$&');

const markdownPart = (part: Report.Part): string => {
  switch (part.tag) {
    case 'paragraph':
      return Report.inline(part.text);
    case 'table':
      return Report.table(part.header, part.rows);
    case 'plot':
      return '';
    case 'data':
      return '';
    case 'links':
      return part.links.map(({ label, href }) => `- [${bracketed(label)}](${href})`).join('\n');
  }
};

/**
 * Formats a report as Markdown, with its headings a level below the top; its pictures are files
 * beside it.
 *
 * @param document its `name`, `title`, `sections` and `pictures`
 *
 * @example markdownOf({ name: 'a', title: 'A', sections: [], pictures: [] }) // '## A\n'
 */
export const markdownOf = ({ name, title, sections, pictures }: Document): string => {
  const shown = pictures.map(
    (p) => `![${bracketed(p.caption)}](${name}-${p.name}.png)\n\n${Report.inline(p.caption)}`,
  );
  const parts = sections.flatMap(({ heading, parts: own }, i) => [
    `### ${Report.inline(heading)}`,
    ...own.map(markdownPart).filter((text) => text !== ''),
    ...(i === 1 ? shown : []),
  ]);
  return `${[`## ${Report.inline(title)}`, ...parts].join('\n\n')}\n`;
};

/**
 * The HTML report: the text of the Markdown report, plots that answer to the mouse, and all inputs
 * of the run.
 */
const htmlOf = (document: Document, made: readonly (readonly [string, Json])[]) =>
  Report.htmlReport({
    title: document.title,
    sections: [
      ...document.sections.slice(0, 2),
      {
        heading: 'Plots',
        parts: document.pictures.map(({ spec, caption }): Report.Part => ({ tag: 'plot', spec, caption })),
      },
      ...document.sections.slice(2),
      {
        heading: 'How it was made',
        parts: made.map(([title, value]): Report.Part => ({ tag: 'data', title, value })),
      },
    ],
  });

const filesOf = ({ name, pictures }: Document) =>
  pipe(
    pictures,
    TE.traverseSeqArray((picture) =>
      pipe(
        Report.draw(picture.caption, picture.spec),
        TE.map(({ svg, png }) => [
          [`${name}-${picture.name}.svg`, svg] as const,
          [`${name}-${picture.name}.png`, png] as const,
        ]),
      ),
    ),
    TE.map((files) => files.flat()),
  );

/** Write report.html, report.md and the pictures into a folder. */
export const writeDocument = (
  out: string,
  document: Document,
  made: readonly (readonly [string, Json])[],
): TE.TaskEither<ProxpropError, void> =>
  pipe(
    TE.Do,
    TE.bind('html', () => htmlOf(document, made)),
    TE.bind('files', () => filesOf(document)),
    TE.chain(({ html, files }) =>
      Report.writeFiles(out, {
        ...Object.fromEntries<string | Uint8Array>(files),
        'report.html': html,
        'report.md': markdownOf(document),
      }),
    ),
  );

/** Reports of any texts and numbers, read back by parsers that are not ours: what went in is shown, and nothing else. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Report } from '../../src';
import { svgOf } from '../../src/report/draw';
import { cellLine } from '../../src/report/markdown';
import { casesOf, right } from '../support';
import {
  type Element,
  elementsOf,
  htmlTree,
  mapTexts,
  markdownCells,
  outline,
  textOf,
  xmlTree,
} from './parsers';

const SEED = 27;
/** Drawing a picture takes a tenth of a second and more. */
const PICTURES = casesOf(100, 0.4);
const TEXTS = casesOf(300);

/** What tries to get out of its place, what no file may hold, and any other text. */
const piece = fc.oneof(
  fc.constantFrom(
    '\n',
    '\r',
    '\r\n',
    '\t',
    '\u2028',
    '\u2029',
    '\u0085',
    '\0',
    '\u001b[2J',
    '\ud800',
    '\ufdd0',
  ),
  fc.constantFrom(
    '<script>',
    '</script>',
    ']]>',
    '<!--',
    '-->',
    '</title>',
    '</pre>',
    '&amp;',
    '&#10;',
    '<b',
  ),
  fc.constantFrom(
    '"',
    "'",
    '|',
    '\\',
    '\\|',
    '\\"',
    '"+1+"',
    '`',
    '$&',
    '${x}',
    ' ',
    'x'.repeat(5000),
    '__proto__',
  ),
  fc.string({ unit: 'binary', maxLength: 10 }),
);
/** A letter at both ends: what is blank, or a number, is shown in other elements. */
const text = fc.array(piece, { maxLength: 6 }).map((pieces) => `w${pieces.join('')}w`);

/** What a file can hold of a text, as parsers give it back: `printable`, with one kind of line break. */
const held = (t: string): string =>
  t.replace(/\r\n?/g, '\n').replace(/[^\P{Cc}\t\n]|[\p{Cs}\p{NChar}]/gu, '\ufffd');

const html = async (report: Report.HtmlReport): Promise<string> => right(await Report.htmlReport(report)());

/** Words of a plain report, in whose places the texts stand. */
const PLAIN = { title: 'rTitle', axis: 'rAxis', name: 'rName' } as const;
type Texts = { readonly [role in keyof typeof PLAIN]: string };
const texts: fc.Arbitrary<Texts> = fc.record({ title: text, axis: text, name: text });

const inPlaceOf = (plain: string, t: Texts): string =>
  plain.replace(/rTitle|rAxis|rName/g, (word) =>
    word === PLAIN.title ? t.title : word === PLAIN.axis ? t.axis : t.name,
  );

const pageOf = ({ title, axis, name }: Texts): Report.HtmlReport => ({
  title,
  sections: Array.from({ length: 4 }, () => ({
    heading: axis,
    parts: [
      { tag: 'paragraph', text: name },
      { tag: 'table', header: ['a', title], rows: [['b', name]] },
      { tag: 'data', title: axis, value: { [name]: [title, 1e300, 5e-324] } },
      { tag: 'links', links: [{ label: axis, href: `https://example.org/?${name}` }] },
    ],
  })),
});

/** The page's texts are those of the plain page, with the given ones in their places; data are compared as data. */
const shows = (page: string, plain: Element, t: Texts): void => {
  const found = htmlTree(page);
  const cleaned = { title: held(t.title), axis: held(t.axis), name: held(t.name) };
  const withoutData = (tree: Element): Element => ({
    ...tree,
    children:
      tree.name === 'pre' ? [] : tree.children.map((c) => (typeof c === 'string' ? c : withoutData(c))),
  });
  expect(withoutData(found)).toEqual(withoutData(mapTexts((s) => inPlaceOf(s, cleaned))(plain)));
  const data = elementsOf(found).filter(({ name }) => name === 'pre');
  expect(data).toHaveLength(4);
  for (const element of data)
    expect(JSON.parse(textOf(element))).toEqual({ [t.name]: [t.title, 1e300, 5e-324] });
};

describe('a page', () => {
  it('shows exactly the texts that went in', async () => {
    console.log(`texts of pages: ${TEXTS} cases, seed ${SEED}`);
    const plain = htmlTree(await html(pageOf(PLAIN)));
    await fc.assert(
      fc.asyncProperty(texts, async (t) => {
        shows(await html(pageOf(t)), plain, t);
      }),
      { seed: SEED, numRuns: TEXTS },
    );
  });
  it('is rejected where one text is not escaped', async () => {
    const plain = htmlTree(await html(pageOf(PLAIN)));
    const judge = (t: Texts, from: string, to: string) => async (): Promise<void> => {
      const page = await html(pageOf(t));
      expect(page).toContain(from);
      shows(page.replace(from, to), plain, t);
    };
    const bold = { ...PLAIN, title: 'a<b>c' };
    await judge(bold, '<h1>a&lt;b&gt;c</h1>', '<h1>a&lt;b&gt;c</h1>')();
    await expect(judge(bold, '<h1>a&lt;b&gt;c</h1>', '<h1>a<b>c</b></h1>')).rejects.toThrow();
    await expect(judge(bold, '<title>a&lt;b&gt;c</title>', '<title>a</title>')).rejects.toThrow();
    const quoted = { ...PLAIN, name: 'a" onclick="b' };
    await expect(judge(quoted, 'a&quot; onclick=&quot;b"', 'a" onclick="b"')).rejects.toThrow();
    await expect(judge(PLAIN, '<p>rName', '<p>rName\u001b')).rejects.toThrow();
  });
});

const axis = (title: string): Report.Axis => ({ title, log: false });

/** A plot of each kind, with its texts. */
const plots: readonly (readonly [string, (t: Texts) => Report.PlotSpec])[] = [
  [
    'losses',
    ({ title, axis: lossTitle, name }) =>
      Report.lossSpec({
        title,
        lossTitle,
        logScale: false,
        series: [{ name, points: [0, 1].map((i) => ({ epoch: i, seconds: i, loss: i })) }],
      }),
  ],
  [
    'means and ranges',
    ({ title, axis: measure, name }) =>
      Report.spreadSpec({
        title,
        names: [name],
        measures: [
          {
            title: measure,
            logScale: false,
            points: [0, 1].map((i) => ({ name, run: 1, epoch: i, seconds: i, value: i })),
          },
        ],
      }),
  ],
  [
    'curves',
    ({ title, axis: y, name }) =>
      Report.curvesSpec({
        title,
        x: axis('x'),
        y: axis(y),
        points: [0, 1, Number.NaN].map((v, i) => ({ name, x: i, y: v })),
        rules: [{ x: 1, label: name }],
        markDiverged: true,
      }),
  ],
  [
    'a heat map',
    ({ title, axis: value, name }) =>
      Report.heatMapSpec({
        title,
        x: value,
        y: 'y',
        value: axis(value),
        names: [name],
        cells: [0, 1, null].map((v, i) => ({ name, x: i, y: 0, value: v })),
      }),
  ],
];

const pictureOf = async (spec: Report.PlotSpec): Promise<Element> => xmlTree(right(await svgOf('t', spec)()));

/** All texts of a picture, in order: those drawn, without blanks at their ends, and those of descriptions. */
const said = (picture: Element): readonly string[] =>
  elementsOf(picture).flatMap(({ attributes, children }) => [
    ...('aria-label' in attributes ? [held(attributes['aria-label'])] : []),
    ...children.filter((child) => typeof child === 'string').map((child) => child.trim()),
  ]);

/** Legends cut names that are too long. */
const isCut = (shown: string, whole: string): boolean =>
  shown.endsWith('…') && whole.startsWith(shown.slice(0, -1).replace(/\ufffd$/, ''));

/** Where the picture is not the plain one with these texts in place of its words. */
const differences = (picture: Element, plain: Element, t: Texts): readonly string[] => {
  const cleaned = { title: held(t.title), axis: held(cellLine(t.axis)), name: held(t.name) };
  const wanted = said(plain).map((s) => inPlaceOf(s, cleaned));
  const found = said(picture);
  return outline(picture).join('\n') !== outline(plain).join('\n') || found.length !== wanted.length
    ? ['other elements']
    : found.filter((s, i) => s !== wanted[i] && !isCut(s, wanted[i] ?? ''));
};

describe.each(plots)('a picture of %s', (kind, specOf) => {
  it('shows exactly the texts that went in', async () => {
    console.log(`texts of ${kind}: ${PICTURES} cases, seed ${SEED}`);
    const plain = await pictureOf(specOf(PLAIN));
    await fc.assert(
      fc.asyncProperty(texts, async (t) => {
        expect(differences(await pictureOf(specOf(t)), plain, t)).toEqual([]);
      }),
      { seed: SEED, numRuns: PICTURES },
    );
  });
  it('is rejected where a text is another', async () => {
    const plain = await pictureOf(specOf(PLAIN));
    const picture = await pictureOf(specOf({ ...PLAIN, name: 'a<b' }));
    expect(differences(picture, plain, { ...PLAIN, name: 'a<b' })).toEqual([]);
    for (const other of [PLAIN, { ...PLAIN, name: 'a<c' }, { ...PLAIN, name: 'a<b', axis: 'c' }])
      expect(differences(picture, plain, other)).not.toEqual([]);
  });
  it.each(['constructor', '__proto__', 'toString', '_a', '7', 'name', 'epoch'])(
    'is drawn with the text %s everywhere',
    async (t) => {
      const found = said(await pictureOf(specOf({ title: t, axis: t, name: t })));
      expect(found.filter((s) => s === t).length).toBeGreaterThanOrEqual(3);
    },
  );
});

/** Numbers that no plot was made for, more often than others. */
const number = fc.oneof(
  fc.constantFrom(Number.NaN, Infinity, -Infinity, 1e300, -1e300, 5e-324, Number.MAX_VALUE, 0, -0, 1),
  fc.double(),
);

const points = fc.array(fc.record({ name: fc.constantFrom('a', 'b'), x: number, y: number, z: number }), {
  maxLength: 6,
});

/** A number that JSON does not hold, anywhere. */
const holdsNoNumber = (value: unknown): boolean =>
  typeof value === 'number'
    ? !Number.isFinite(value)
    : typeof value === 'object' && value !== null && Object.values(value).some(holdsNoNumber);

const named = { title: 't', names: ['a', 'b'] } as const;
type Drawn = readonly {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly z: number;
}[];
const ofNumbers: readonly (readonly [string, (drawn: Drawn, log: boolean) => Report.PlotSpec])[] = [
  [
    'losses',
    (drawn, logScale) =>
      Report.measuresSpec({
        ...named,
        measures: [
          {
            title: 'm',
            logScale,
            points: drawn.map(({ name, x, y, z }) => ({ name, epoch: x, seconds: y, value: z })),
          },
        ],
      }),
  ],
  [
    'means and ranges',
    (drawn, logScale) =>
      Report.spreadSpec({
        ...named,
        measures: [
          {
            title: 'm',
            logScale,
            points: drawn.map(({ name, x, y, z }, i) => ({
              name,
              run: i % 2,
              epoch: x,
              seconds: y,
              value: z,
            })),
          },
        ],
      }),
  ],
  [
    'curves',
    (drawn, log) =>
      Report.curvesSpec({
        title: 't',
        x: { title: 'x', log },
        y: { title: 'y', log },
        points: drawn.map(({ name, x, y }) => ({ name, x, y })),
        rules: drawn.map(({ z }) => ({ x: z, label: 'l' })),
        markDiverged: true,
      }),
  ],
  [
    'a heat map',
    (drawn, log) =>
      Report.heatMapSpec({
        ...named,
        x: 'x',
        y: 'y',
        value: { title: 'v', log },
        cells: drawn.map(({ z, ...place }) => ({ ...place, value: z })),
      }),
  ],
];

/** Values that are no places: `NaN` in a path or a size. Descriptions and labels may say that a setting is NaN. */
const misplaced = (picture: Element): readonly string[] =>
  elementsOf(picture).flatMap(({ attributes }) =>
    Object.entries(attributes)
      .filter(([name, value]) => name !== 'aria-label' && /NaN|Infinity|undefined|null/.test(value))
      .map(([name, value]) => `${name}=${value}`),
  );

describe.each(ofNumbers)('%s of any numbers', (kind, specOf) => {
  it('are drawn, and kept as JSON', async () => {
    console.log(`numbers of ${kind}: ${PICTURES} cases, seed ${SEED}`);
    await fc.assert(
      fc.asyncProperty(points, fc.boolean(), async (drawn, log) => {
        const spec = specOf(drawn, log);
        expect(holdsNoNumber(spec)).toBe(false);
        expect(misplaced(await pictureOf(spec))).toEqual([]);
      }),
      { seed: SEED, numRuns: PICTURES },
    );
  });
});

describe('plots in a page', () => {
  it('are the specification that went in, and a picture of it', async () => {
    console.log(`plots in pages: 10 cases, seed ${SEED}`);
    await fc.assert(
      fc.asyncProperty(texts, fc.constantFrom(...plots), async (t, [, specOf]) => {
        const spec = specOf(t);
        const part = { tag: 'plot' as const, caption: t.name, spec };
        const page = htmlTree(await html({ title: 't', sections: [{ heading: 'h', parts: [part] }] }));
        const scripts = elementsOf(page).filter(({ name }) => name === 'script');
        expect(scripts.map(({ attributes }) => attributes)).toEqual([
          { type: 'application/json' },
          {},
          {},
          {},
          {},
        ]);
        expect(scripts.slice(0, 1).map((script) => JSON.parse(textOf(script)) as unknown)).toEqual([
          JSON.parse(JSON.stringify(spec)),
        ]);
        const source = elementsOf(page).find(({ name }) => name === 'img')?.attributes['src'] ?? '';
        const svg = Buffer.from(source.replace(/^data:image\/svg\+xml;base64,/, ''), 'base64').toString();
        expect(differences(xmlTree(svg), await pictureOf(spec), PLAIN)).toEqual([]);
      }),
      { seed: SEED, numRuns: 10 },
    );
  });
});

describe('a Markdown table', () => {
  const rows = fc
    .integer({ min: 1, max: 4 })
    .chain((width) =>
      fc.array(fc.array(text, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 4 }),
    );
  const tableOf = ([header = [], ...body]: readonly (readonly string[])[]): string =>
    Report.table(header, body);
  const shown = (cells: readonly (readonly string[])[]): readonly (readonly string[])[] =>
    cells.map((row) => row.map(cellLine));

  it('reads back as the rows and columns that went in', () => {
    console.log(`Markdown tables: 300 cases, seed ${SEED}`);
    fc.assert(
      fc.property(rows, (cells) => {
        expect(markdownCells(tableOf(cells))).toEqual(shown(cells));
      }),
      { seed: SEED, numRuns: 300 },
    );
  });
  it('is rejected where one escape is missing', () => {
    const cells = [
      ['a', 'b'],
      ['w\\w', 'w<b>w'],
      ['w|w', 'w\\|w'],
    ];
    const whole = tableOf(cells);
    expect(markdownCells(whole)).toEqual(shown(cells));
    for (const [escaped, raw] of [
      ['w\\<b>w', 'w<b>w'],
      ['w\\|w', 'w|w'],
      ['w\\\\\\|w', 'w\\|w'],
      ['| a ', '|\n a '],
    ] as const) {
      expect(whole).toContain(escaped);
      expect(markdownCells(whole.replace(escaped, raw))).not.toEqual(shown(cells));
    }
  });
});

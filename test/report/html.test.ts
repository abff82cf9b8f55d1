import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Report } from '../../src';
import { messageOf, right } from '../support';
import { sample } from './sample';

const SEED = 20;

const html = async (report: Report.HtmlReport): Promise<string> => right(await Report.htmlReport(report)());

const withParts = (...parts: readonly Report.Part[]): Report.HtmlReport => ({
  title: 't',
  sections: [{ heading: 'h', parts }],
});

const spec: Report.LossPlot = {
  title: 'loss',
  lossTitle: 'loss',
  logScale: false,
  series: [{ name: 'a', points: [0, 1].map((epoch) => ({ epoch, seconds: epoch, loss: 2 - epoch })) }],
};

/** What tries to get out of its place, and any other text. */
const text = fc.oneof(
  fc.constantFrom(
    '</script><script>alert(1)</script>',
    '<!-- <script>',
    ']]>',
    '"><img src=x onerror=alert(1)>',
    "' onload='x",
    '&lt;b&gt; &amp;',
    '</pre></title></style></section>',
    '`${x}`',
    '$& $1',
    '\u2028\u0000\u007f\ud800x\ufffe',
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc
    .array(fc.constantFrom('<', '>', '"', "'", '&', '/', 'script', '!--', ' ', '='), { maxLength: 12 })
    .map((p) => p.join('')),
);

/** All tags, without the texts in their attributes. */
const skeleton = (page: string): readonly string[] =>
  [...page.matchAll(/<[^>]*>/g)].map(([tag]) => tag.replace(/="[^"]*"/g, '=""'));

const decoded = (page: string): string =>
  page.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) =>
    name === 'amp' ? '&' : name === 'lt' ? '<' : name === 'gt' ? '>' : name === 'quot' ? '"' : "'",
  );

/** What an HTML file can hold of a text. */
const holdable = (t: string): string =>
  t.replace(/\r\n?/g, '\n').replace(/[^\P{Cc}\t\n]|[\p{Cs}\p{NChar}]/gu, '\ufffd');

const between = (page: string, from: string, to: string): string =>
  page.slice(page.indexOf(from) + from.length).split(to)[0] ?? '';

const everywhere = (t: string): Report.HtmlReport => ({
  title: t,
  sections: Array.from({ length: 4 }, () => ({
    heading: t,
    parts: [
      { tag: 'paragraph', text: t },
      { tag: 'table', header: ['a', t], rows: [['b', t]] },
      { tag: 'data', title: t, value: { [`k${t}`]: [t] } },
      { tag: 'links', links: [{ label: t, href: `https://example.org/?${t}` }] },
    ],
  })),
});

describe('htmlReport', () => {
  it('keeps every text in its place', async () => {
    console.log(`texts: 300 cases, seed ${SEED}`);
    // No column of the table may turn into one of numbers.
    const plain = skeleton(await html(everywhere('word')));
    await fc.assert(
      fc.asyncProperty(text, async (t) => {
        const page = await html(everywhere(`${t}w`));
        expect(skeleton(page)).toEqual(plain);
        expect(decoded(between(page, '</h2>\n<p>', '</p>'))).toBe(holdable(`${t}w`));
        expect(decoded(between(page, '<h1>', '</h1>'))).toBe(holdable(`${t}w`));
        expect(decoded(between(page, '<summary>', '</summary>'))).toBe(holdable(`${t}w`));
        const data: unknown = JSON.parse(decoded(between(page, '<pre>', '</pre>')));
        expect(data).toEqual({ [`k${t}w`]: [`${t}w`] });
        expect(page).not.toMatch(/\p{Cs}|[^\P{Cc}\t\n]/u);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });
  it('keeps the texts of a plot in their place', async () => {
    console.log(`texts of plots: 25 cases, seed ${SEED}`);
    const report = (t: string): Report.HtmlReport =>
      withParts({
        tag: 'plot',
        caption: t,
        spec: Report.lossSpec({ ...spec, title: t, series: spec.series.map((s) => ({ ...s, name: t })) }),
      });
    const json = '<script type="application/json">';
    const body = (page: string): string => between(page, '<main>', '</main>');
    const plain = skeleton(body(await html(report('word'))));
    await fc.assert(
      fc.asyncProperty(text, async (t) => {
        const page = body(await html(report(t)));
        expect(skeleton(page)).toEqual(plain);
        expect(decoded(between(page, '<figcaption>', '</figcaption>'))).toBe(holdable(t));
        expect(JSON.parse(between(page, json, '</script>'))).toMatchObject({ title: { text: t } });
      }),
      { seed: SEED, numRuns: 25 },
    );
  });
  it('is complete in itself: no address but those of its links', async () => {
    const page = await html(sample);
    expect(page).toMatch(/^<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n/);
    expect(page).toMatch(/\n<\/html>\n$/);
    expect([...page.matchAll(/<script/g)]).toHaveLength(4 + 3);
    expect([...page.matchAll(/<\/script/g)]).toHaveLength(4 + 3);
    const body = page.slice(0, page.indexOf('</main>'));
    expect([...body.matchAll(/ (?:src|href)="([^"]{0,40})/g)].map(([, address]) => address)).toEqual([
      'data:,',
      '#section-1',
      '#section-2',
      '#section-3',
      '#section-4',
      ...Array<string>(3).fill(`data:image/svg+xml;base64,${btoa('<svg xmlns="ht')}`.slice(0, 40)),
      'https://arxiv.org/abs/1706.04638',
      'summary.json',
    ]);
    expect(page).toContain(`content="default-src 'none'; img-src data: blob:;`);
  });
  it('needs no script where there is no plot, and no contents for three sections', async () => {
    const page = await html({ title: 't', sections: sample.sections.slice(3) });
    expect(page).not.toContain('<script');
    expect(page).not.toContain('script-src');
    expect(page).not.toContain('<nav');
    expect(page.length).toBeLessThan(8000);
    expect(await html({ title: 't', sections: sample.sections })).toContain('<nav aria-label="Contents">');
  });
  it('puts numbers to the right', async () => {
    const page = await html(withParts({ tag: 'table', header: ['a', 'b'], rows: [['x', '1.5']] }));
    expect(between(page, '<div class="wide">', '</div>')).toBe(
      '<table><thead><tr><th scope="col">a</th><th scope="col" class="number">b</th></tr></thead>\n' +
        '<tbody><tr><td>x</td><td class="number">1.5</td></tr></tbody></table>',
    );
  });
  it('keeps a number with its range on one line, in whatever column', async () => {
    const rows = [['0.31 (0.29 … 0.33)'], ['74.2 % (73.1 % … 75.0 %)'], ['1e-3 (1e-4 … ∞)']];
    const page = await html(withParts({ tag: 'table', header: ['b'], rows }));
    for (const [cell = ''] of rows) expect(page).toContain(`<td class="number">${cell}</td>`);
    const mixed = await html(
      withParts({ tag: 'table', header: ['b'], rows: [...rows, ['diverged'], ['0.31 (0.29 to 0.33)']] }),
    );
    for (const [cell = ''] of rows) expect(mixed).toContain(`<td class="whole">${cell}</td>`);
    expect(mixed).toContain('<td>diverged</td>');
    expect(mixed).toContain('<td>0.31 (0.29 to 0.33)</td>');
    expect(page).toContain('td.number, td.whole { white-space: nowrap; }');
  });
  it('draws the still picture of a plot', async () => {
    const page = await html(withParts({ tag: 'plot', caption: 'c', spec: Report.lossSpec(spec) }));
    const svg = Buffer.from(between(page, 'src="data:image/svg+xml;base64,', '"'), 'base64').toString();
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    expect(svg).toContain('seconds of training');
  });
});

describe('htmlReport refuses', () => {
  const refused = async (part: Report.Part): Promise<string> =>
    messageOf(await Report.htmlReport(withParts({ tag: 'paragraph', text: '' }, part))());

  it('a row that does not fit its header', async () => {
    expect(await refused({ tag: 'table', header: ['a', 'b'], rows: [['1', '2'], ['1']] })).toBe(
      'data error at report "t": sections.0.parts.1.rows.1: expected 2 cells, as the header has, found 1',
    );
  });
  it('numbers that JSON does not know', async () => {
    expect(await refused({ tag: 'data', title: '', value: { runs: [1, Number.NaN] } })).toBe(
      'data error at report "t": sections.0.parts.1.value.runs.1: expected a finite number or null, found NaN',
    );
  });
  it.each([
    'javascript:alert(1)',
    ' javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,x',
    'file:///x',
  ])('the link %j', async (href) => {
    expect(await refused({ tag: 'links', links: [{ label: '', href }] })).toBe(
      'data error at report "t": sections.0.parts.1.links.0.href: expected a relative address, or one by http, https or mailto, ' +
        `found ${JSON.stringify(href)}`,
    );
  });
  it('data by address', async () => {
    const plot = {
      hconcat: [{ data: { url: 'https://example.org/a.json' }, mark: 'point' as const, encoding: {} }],
    };
    expect(await refused({ tag: 'plot', caption: 'c', spec: plot })).toBe(
      'data error at report "t": sections.0.parts.1.spec.hconcat.0.data: expected values, ' +
        'found the address "https://example.org/a.json"',
    );
  });
});

describe('htmlReport accepts', () => {
  it.each(['a.json', '../a/b.json#x', '#section-1', './a:b', 'mailto:a@example.org', 'HTTPS://example.org'])(
    'the link %s',
    async (href) => {
      const page = await html(withParts({ tag: 'links', links: [{ label: 'l', href }] }));
      expect(page).toContain(`<a href="${href}" rel="noreferrer">l</a>`);
    },
  );
  it('rows of data that speak of data', async () => {
    const values = [{ x: 1, data: { url: 'u' } }];
    const plot = { data: { values }, mark: 'point' as const, encoding: {} };
    expect(await html(withParts({ tag: 'plot', caption: 'c', spec: plot }))).toContain('<figure');
  });
});

/** Texts and numbers that no report was made for. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Row, findings, markdownOf } from '../../src/experiment';
import { Report } from '../../src';
import { svgOf } from '../../src/report/draw';
import { cellLine } from '../../src/report/markdown';
import { right } from '../support';
import { small } from '../experiment/small';

const RUNS = { numRuns: 200, seed: 14 };
const piece = fc.constantFrom(
  ...['\n', '\r', '\t', '\u2028', '\u2029', '\u0085', '\v', '\0', '\u001b[2J', '\\', '|', '\\|', '<script>'],
  ...['</script>', ']]>', '<!--', '&amp;', '"', '{bar}', 'a', 'τ', ' ', '`', 'x'.repeat(1000)],
);
const contrary = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));

/** The cells of a row: a bar ends one unless a backslash stands before it, which itself has none before it. */
const cellsOf = (line: string): readonly string[] =>
  [...line.matchAll(/((?:\\[^\n]|[^|\\])*)\|/g)].map(([, cell]) => (cell ?? '').trim()).slice(1);
const read = (cell: string): string => cell.replace(/\\([!-/:-@[-`{-~])/g, '$1');
const isTable = (text: string, rows: readonly (readonly string[])[]): boolean => {
  const lines = text.split(/[\n\r\v\f\u0085\u2028\u2029]/).filter((_, i) => i !== 1);
  return (
    lines.length === rows.length &&
    !/<[a-z/!?]/i.test(text.replace(/\\</g, '')) &&
    rows.every((row, i) => {
      const found = cellsOf(lines[i] ?? '').map(read);
      return found.length === row.length && row.every((cell, k) => cellLine(cell).trim() === found[k]);
    })
  );
};

describe('texts in Markdown', () => {
  it('a table reads back as the cells that it was made of', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(contrary, contrary), { minLength: 1, maxLength: 4 }), (rows) =>
        isTable(Report.table(['a', 'b'], rows), [['a', 'b'], ...rows]),
      ),
      RUNS,
    );
  });
  it('the law rejects a table whose bars alone are escaped', () => {
    const mutant = (cell: string): string => `| a | b |\n| - | - |\n| ${cell.replace(/\|/g, '\\|')} | x |`;
    const judge = (cell: string): boolean =>
      isTable(mutant(cell), [
        ['a', 'b'],
        [cell, 'x'],
      ]);
    expect(judge('a|b')).toBe(true);
    expect(['a\\|b', 'a\u2028b', '<script>', 'a\rb'].map(judge)).toEqual([false, false, false, false]);
  });
  it('titles, headings, paragraphs and captions stay on their lines and open no tag', () => {
    fc.assert(
      fc.property(contrary, (text) => {
        const made = markdownOf({
          name: 'n',
          title: text,
          sections: [{ heading: text, parts: [{ tag: 'paragraph', text: `p ${text}` }] }],
          pictures: [],
        });
        expect(made.split(/[\n\r\v\f\u0085\u2028\u2029]/)).toHaveLength(6);
        expect(made.replace(/\\</g, '')).not.toMatch(/<[a-z/!?]/i);
      }),
      RUNS,
    );
  });
});

describe('numbers without end', () => {
  it('extent is that of Math.min and Math.max', () => {
    fc.assert(
      fc.property(fc.array(fc.double(), { maxLength: 20 }), (values) => {
        expect(Report.extent(values)).toEqual({ low: Math.min(...values), high: Math.max(...values) });
      }),
      RUNS,
    );
    expect(Report.extent(Array.from({ length: 1_000_000 }, (_, i) => i))).toEqual({ low: 0, high: 999_999 });
  });
  it('a mean of values near the largest is a number', () => {
    const points = [1, 2].map((run) => ({ name: 'a', run, epoch: 0, seconds: 1, value: 1.5e308 }));
    expect(Report.spreads({ title: 'a', logScale: false, points })[0]?.mean).toBe(1.5e308);
  });
  it('draws 1,200 series, and says that its legend has the first 40', async () => {
    const points = Array.from({ length: 1200 }, (_, i) => ({ name: `s${i}.`, x: i, y: i }));
    const axis = { title: 'x', log: false };
    const spec = Report.curvesSpec({ title: 't', x: axis, y: axis, points });
    const svg = right(await svgOf('t', spec)());
    expect(svg).toContain('the first 40 of 1200 series');
    const labels = [...svg.matchAll(/>(s[0-9]+\.)<\/text>/g)].map(([, label]) => label);
    expect(labels).toEqual(Array.from({ length: 40 }, (_, i) => `s${i}.`));
  });
  it.each([1e-320, 5e-324, 1e308, -1, 0, Number.MAX_VALUE])(
    'draws a cell of %d on a logarithmic scale',
    async (v) => {
      const cells = [{ name: 'p', x: 0, y: 0, value: v }];
      const spec = Report.heatMapSpec({
        title: 't',
        x: 'x',
        y: 'y',
        value: { title: 'v', log: true },
        names: ['p'],
        cells,
      });
      expect(right(await svgOf('t', spec)())).not.toMatch(/NaN|Infinity|undefined/);
    },
  );
});

describe('findings', () => {
  const row = (type: 'backprop' | 'proxprop', loss: number | null): Row => ({
    method: 0,
    choice: [],
    trainer: {
      name: `m of ${loss}`,
      schedule: type === 'backprop' ? { type } : { type, solver: 'exact' },
      optimizer: { type: 'sgd', rate: 1 },
    },
    runs: [
      {
        seed: 1,
        ending: { outcome: 'done', reason: '' },
        lines: [{ epoch: 1, seconds: 1, trainLoss: loss, testLoss: loss, testAccuracy: loss }],
      },
    ],
  });
  const words = { backprop: /backprop/, proxprop: /ProxProp/ };
  it('name only methods that are there', () => {
    const rowsOf = fc.array(
      fc.tuple(fc.constantFrom('backprop' as const, 'proxprop' as const), fc.constantFrom(1, 2, null)),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(rowsOf, (drawn) => {
        const text = findings(
          small(),
          drawn.map(([type, loss]) => row(type, loss)),
          true,
        ).join('\n');
        for (const type of ['backprop', 'proxprop'] as const)
          if (!drawn.some(([t]) => t === type)) expect(text).not.toMatch(words[type]);
      }),
      RUNS,
    );
  });
  it('still say so of a method that is there and does not get there', () => {
    const text = findings(small(), [row('backprop', 1), row('proxprop', null)], true).join('\n');
    expect(text).toMatch(words.proxprop);
  });
});

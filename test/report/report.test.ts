import { coloursOf } from '../../src/report/style';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Report } from '../../src';
import { messageOf, right } from '../support';

describe('table', () => {
  it('is Markdown with numbers to the right', () => {
    expect(
      Report.table(
        ['name', 'loss'],
        [
          ['a', '1.50'],
          ['b', '10.25'],
        ],
      ),
    ).toBe(['| name |  loss |', '| :--- | ----: |', '| a    |  1.50 |', '| b    | 10.25 |'].join('\n'));
  });
  const alignment = (...cells: readonly string[]): string | undefined =>
    Report.table(
      ['column'],
      cells.map((cell) => [cell]),
    ).split('\n')[1];
  it('knows numbers with exponents, percentages, blanks and what is not finite', () => {
    expect(alignment('1.5e-4', '-3E+10', '8,000', '85.3 %', '', '–', 'NaN', '∞')).toBe('| -----: |');
  });
  it('leaves words, and columns without any number, to the left', () => {
    expect([alignment('1', 'diverged'), alignment('', '–'), alignment()]).toEqual(
      Array(3).fill('| :------- |').with(1, '| :----- |').with(2, '| :----- |'),
    );
  });
  it('keeps a cell in its place whatever it holds', () => {
    expect(Report.table(['a|b'], [['c\nd']])).toBe('| a\\|b |\n| :--- |\n| c d  |');
  });
});

const summary: Report.Summary = {
  example: 'x',
  backend: 'wasm',
  threads: 1,
  seed: 1,
  dataset: { name: 'd', train: 2, test: 1 },
  runs: [
    {
      name: 'r',
      schedule: 'backprop',
      optimizer: 'sgd',
      epochs: [{ epoch: 0, seconds: 0, trainLoss: 1.5, testLoss: null, testAccuracy: 0.5 }],
    },
  ],
};

describe('summary', () => {
  it('is read as it was written', () => {
    expect(right(Report.decodeSummary('s', JSON.parse(Report.summaryText(summary))))).toEqual(summary);
  });
  it('says where it is wrong', () => {
    const broken: unknown = JSON.parse(Report.summaryText(summary).replace('"epoch": 0', '"epoch": 0.5'));
    expect(messageOf(Report.decodeSummary('s.json', broken))).toBe(
      'data error at s.json: runs.0.epochs.0.epoch: expected a whole number, found 0.5',
    );
  });
  const withEpoch = (change: { readonly [name: string]: unknown }): unknown => ({
    ...summary,
    runs: summary.runs.map((run) => ({ ...run, epochs: run.epochs.map((e) => ({ ...e, ...change })) })),
  });
  it.each([
    [
      withEpoch({ trainLoss: JSON.parse('1e999') }),
      'runs.0.epochs.0.trainLoss',
      'a finite number or null',
      'Infinity',
    ],
    [withEpoch({ testLoss: 'low' }), 'runs.0.epochs.0.testLoss', 'a finite number or null', '"low"'],
    [withEpoch({ seconds: Number.NaN }), 'runs.0.epochs.0.seconds', 'a finite number', 'NaN'],
    [withEpoch({ seconds: null }), 'runs.0.epochs.0.seconds', 'a finite number', 'null'],
    [{ ...summary, runs: {} }, 'runs', 'a list of runs', '{}'],
    [null, 'value', 'a summary', 'null'],
  ])('refuses malformed content %#', (content, path, expected, found) => {
    expect(messageOf(Report.decodeSummary('s.json', content))).toBe(
      `data error at s.json: ${path}: expected ${expected}, found ${found}`,
    );
  });
  it('leaves out fields that it does not know', () => {
    expect(right(Report.decodeSummary('s', withEpoch({ more: 1 })))).toEqual(summary);
  });
  it('is written as a file, unless it has numbers that are not finite', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'proxprop-summary-'));
    try {
      right(await Report.writeSummary(join(folder, 'new'), summary)());
      const path = join(folder, 'new', 'summary.json');
      expect(readFileSync(path, 'utf8')).toBe(Report.summaryText(summary));
      expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(summary);
      const broken = { ...summary, seed: Number.NaN };
      expect(messageOf(await Report.writeSummary(join(folder, 'new'), broken)())).toBe(
        `data error at ${path}: seed: expected a whole number, found NaN`,
      );
      expect(readFileSync(path, 'utf8')).toBe(Report.summaryText(summary));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
  it('has null for what is not finite', () => {
    expect([Number.NaN, Infinity, null, 2].map(Report.measured)).toEqual([null, null, null, 2]);
  });
});

describe('lossPlot', () => {
  it('draws SVG and PNG with both panels, titles and names', async () => {
    const { svg, png } = right(
      await Report.lossPlot({
        title: 'A title',
        lossTitle: 'training loss',
        logScale: true,
        series: [
          {
            name: 'first',
            points: [
              { epoch: 0, seconds: 0, loss: 2 },
              { epoch: 1, seconds: 1, loss: 1 },
            ],
          },
          {
            name: 'second',
            points: [
              { epoch: 0, seconds: 0, loss: 2 },
              { epoch: 1, seconds: 2, loss: Number.NaN },
            ],
          },
        ],
      })(),
    );
    for (const text of ['A title', 'epoch', 'seconds of training', 'training loss', 'first', 'second'])
      expect(svg).toContain(text);
    expect([...png.subarray(1, 4)].map((c) => String.fromCharCode(c)).join('')).toBe('PNG');
    expect(png.length).toBeGreaterThan(10_000);
  });
});

describe('lossPlot of unusual series', () => {
  const draw = async (series: Report.LossPlot['series'], logScale = true): Promise<string> =>
    right(await Report.lossPlot({ title: 't', lossTitle: 'loss', logScale, series })()).svg;

  it('draws none, one point, and points that cannot be shown', async () => {
    expect(await draw([])).toContain('epoch');
    expect(await draw([{ name: 'one', points: [{ epoch: 0, seconds: 0, loss: 2 }] }])).toContain('one');
    const bad = [Number.NaN, Infinity, 0, -1].map((loss, epoch) => ({ epoch, seconds: epoch, loss }));
    expect(await draw([{ name: 'bad', points: bad }])).not.toMatch(/NaN|Infinity/);
  });
  it('gives a method its colour in every plot, whatever stands beside it', () => {
    const of = (...names: readonly string[]): ReadonlyMap<string, string | undefined> => {
      const colours = coloursOf(names);
      return new Map(names.map((name, k) => [name, colours[k]]));
    };
    const two = of('backprop, Adam 0.01', 'ProxProp exact, Nesterov 1');
    const many = of('K-FAC', 'ProxProp exact, Nesterov 1', 'MAC', 'backprop, Adam 0.01', 'SOAP', 'a machine');
    for (const [name, colour] of two) expect(many.get(name)).toBe(colour);
    expect(of('MAC', 'ADMM').get('MAC')).toBe(many.get('MAC'));
    expect(new Set(many.values()).size).toBe(6);
    // Three settings of one method have three colours; names of no method take the palette from its begin.
    expect(new Set(coloursOf(['backprop a', 'backprop b', 'backprop c'])).size).toBe(3);
    expect(coloursOf(['a', 'b'])).toEqual(coloursOf(['backprop a', 'backprop b']));
  });
  it('has a colour of its own for each series', async () => {
    const count = 12;
    const svg = await draw(
      Array.from({ length: count }, (_, i) => ({
        name: `series ${i}`,
        points: [0, 1].map((epoch) => ({ epoch, seconds: epoch * (i + 1), loss: 2 - epoch + i })),
      })),
    );
    const colours = [...svg.matchAll(/aria-roledescription="line mark"[^>]*stroke="([^"]+)"/g)].map(
      ([, c]) => c,
    );
    expect(colours).toHaveLength(2 * count);
    expect(new Set(colours).size).toBe(count);
  });
});

describe('writeFiles', () => {
  it('makes the folder, and says what it cannot write', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'proxprop-out-'));
    try {
      right(
        await Report.writeFiles(join(folder, 'a', 'b'), { 'x.txt': 'text', 'y.bin': new Uint8Array([1]) })(),
      );
      expect(readdirSync(join(folder, 'a', 'b')).sort()).toEqual(['x.txt', 'y.bin']);
      expect(readFileSync(join(folder, 'a', 'b', 'x.txt'), 'utf8')).toBe('text');
      const file = join(folder, 'file');
      writeFileSync(file, '');
      expect(messageOf(await Report.writeFiles(file, { x: '' })())).toBe(
        `file error at ${file}: expected a place that can be written, found EEXIST`,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('progressOn', () => {
  it('writes plain lines where there is no terminal', () => {
    const stream = new PassThrough();
    const progress = Report.progressOn(stream);
    progress.start('run', 10);
    progress.tick(5, 'loss 0.5');
    progress.stop('run: done');
    expect(String(stream.read())).toBe('run: done\n');
  });
  it('shows a bar with the live loss on a terminal', async () => {
    const stream = Object.assign(new PassThrough(), {
      isTTY: true,
      columns: 100,
      cursorTo: () => true,
      clearLine: () => true,
      moveCursor: () => true,
    });
    const progress = Report.progressOn(stream);
    progress.start('run', 10);
    await new Promise((resolve) => setTimeout(resolve, 150));
    progress.tick(5, 'loss 0.5000');
    await new Promise((resolve) => setTimeout(resolve, 150));
    progress.stop('run: done');
    const text = String(stream.read());
    expect(text).toContain('loss 0.5000');
    expect(text).toContain('run: done');
  });
});

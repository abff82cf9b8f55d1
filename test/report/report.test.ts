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

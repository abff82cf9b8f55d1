/** Reports open with the answer: which method, by how much, and at what cost. */
import { describe, expect, it } from 'vitest';
import { gridFindings, findings } from '../../src/experiment/findings';
import { trainingReport } from '../../src/experiment/trainingReport';
import { type Row } from '../../src/experiment';
import { small } from './small';

/** Two seeds of a method, two epochs each. */
const rowOf = (
  name: string,
  type: string,
  losses: readonly number[],
  seconds: number,
  outcome: 'done' | 'diverged' = 'done',
): Row => ({
  method: 0,
  trainer: { name, schedule: { type } },
  choice: [],
  runs: losses.map((loss, seed) => ({
    seed,
    ending: { outcome, reason: '' },
    lines: [
      { epoch: 0, seconds: 0, trainLoss: 2, testLoss: 2, testAccuracy: 0.1 },
      { epoch: 1, seconds, trainLoss: (2 + loss) / 2, testLoss: 1, testAccuracy: 0.5 },
      { epoch: 2, seconds: 2 * seconds, trainLoss: loss, testLoss: 1, testAccuracy: 0.6 },
    ],
  })),
});

const rows = [
  rowOf('backprop', 'backprop', [0.8, 0.6], 0.5),
  rowOf('backprop, dear', 'backprop', [0.9, 0.9], 9),
  rowOf('ProxProp', 'proxprop', [0.2, 0.4], 0.75),
  rowOf('ProxProp, lost', 'proxprop', [0.1, 0.1], 0.1, 'diverged'),
];

const facts = { name: 'points', train: 10, test: 5, origin: 'nowhere' };

const reportOf = (of: readonly Row[], heatMap?: { readonly x: string; readonly y: string }) => {
  const config = { ...small(), ...(heatMap === undefined ? {} : { heatMap }) };
  return trainingReport({ config, data: facts, tuned: [], best: new Map(), rows: of });
};

describe('a report', () => {
  it('begins with the answer, and ends with what was asked', () => {
    const { sections } = reportOf(rows);
    expect(sections.map(({ heading }) => heading)).toEqual(['The answer', 'What came out', 'What was asked']);
    const [answer] = sections;
    expect(answer?.parts[0]).toEqual({
      tag: 'paragraph',
      text: 'By training loss after 2 epochs: ProxProp (0.300) is first; the best backprop is backprop (0.700).',
    });
  });

  it('tells what all trainings took, those that chose a setting too', () => {
    const { sections } = trainingReport({
      config: small(),
      data: facts,
      tuned: [rowOf('tuned', 'backprop', [0.5], 3)],
      best: new Map(),
      rows,
    });
    // One seed for 6 s, and two of each method for 1, 18, 1.5 and 0.2 s; two epochs each.
    expect(sections.at(2)?.parts.at(-1)).toEqual({
      tag: 'paragraph',
      text: 'The trainings of all tables, 9 with 18 epochs in all, took 47 s; evaluations come on top.',
    });
  });

  it('tells what the best of both cost, those that diverged and the slower ones left out', () => {
    expect(findings(small(), rows, false)).toContain(
      'An epoch of ProxProp takes 1.50 times as long as one of backprop: 0.750 s against 0.500 s.',
    );
  });

  it('tells no cost where one of both is missing, or took no time', () => {
    const [backprop, , prox] = rows;
    for (const few of [[backprop], [prox], [rowOf('backprop', 'backprop', [1], 0), prox]])
      expect(
        findings(
          small(),
          few.flatMap((row) => row ?? []),
          false,
        ).join(),
      ).not.toContain('An epoch of');
  });

  it('of a grid tells how many cells each method lowers', () => {
    const grid = [
      rowOf('backprop', 'backprop', [0.8, 3], 1),
      rowOf('backprop', 'backprop', [0.25, 5], 1, 'diverged'),
      rowOf('ProxProp', 'proxprop', [0.2, 0.4], 1),
    ];
    expect(gridFindings(grid)).toEqual([
      'backprop lowers the training loss in 1 of 4 cells, comes near the best in 0, and diverges in 2.',
      'ProxProp lowers the training loss in 2 of 2 cells, comes near the best in 2, and diverges in 0.',
    ]);
    const { sections } = reportOf(grid, { x: 'optimizer.rate', y: 'schedule.tau' });
    expect(sections[0]?.parts.map((part) => (part.tag === 'paragraph' ? part.text : part.tag))).toEqual(
      gridFindings(grid),
    );
  });
});

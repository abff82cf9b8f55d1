/** The page of findings says what the figures say, also where ProxProp does not win. */
import * as E from 'fp-ts/Either';
import { describe, expect, it } from 'vitest';
import { findings, type Finished, type Row } from '../../src/experiment';
import { comparisonOf, Comparisons, withLater } from '../../examples/paper/support/comparison';
import { findingsPage, PICTURES } from '../../examples/paper/support/findingsPage';
import { configurations, onlyOf } from '../../examples/paper/support/rivals';
import { attempt } from '../../src';
import { messageOf } from '../support';
import { textOf } from '../house/pages';
import { small } from '../experiment/small';

interface Figures {
  readonly name: string;
  readonly type: string;
  /** The training losses of two seeds after two epochs, and the test accuracies after each epoch. */
  readonly losses: readonly [number, number];
  readonly accuracies: readonly [number, number];
  readonly seconds: number;
  readonly diverged?: boolean;
}

const rowOf = (
  { name, type, losses, accuracies, seconds, diverged = false }: Figures,
  method: number,
): Row => ({
  method,
  trainer: { name, schedule: { type } },
  choice: [['optimizer.rate', 0.1]],
  runs: losses.map((loss, seed) => ({
    seed,
    ending: { outcome: diverged ? 'diverged' : 'done', reason: '' },
    lines: [
      { epoch: 0, seconds: 0, trainLoss: 2.3, testLoss: 2.3, testAccuracy: 0.1 },
      { epoch: 1, seconds, trainLoss: (2.3 + loss) / 2, testLoss: 1, testAccuracy: accuracies[0] },
      { epoch: 2, seconds: 2 * seconds, trainLoss: loss, testLoss: 1, testAccuracy: accuracies[1] },
    ],
  })),
});

/** Early stopping ends every method after epoch 1. */
const finished = (title: string, all: readonly Figures[]): Finished => {
  const rows = all.map(rowOf);
  const best = rows.map((row): readonly [number, Row] => [
    row.method,
    {
      ...row,
      runs: row.runs.slice(0, 1).map((run) => ({
        ...run,
        lines: run.lines.map((line) => ({ ...line, testLoss: line.epoch === 1 ? 0.5 : 2 })),
      })),
    },
  ]);
  return {
    config: { ...small(), name: title, title, target: 1, tuning: { epochs: 2, seed: 1, heldOut: 10 } },
    tuned: [],
    best: new Map(best),
    rows,
  };
};

const compared = (title: string, all: readonly Figures[]) =>
  comparisonOf(finished(title, all), `Made for ${title}.`);

const sgd: Figures = {
  name: 'SGD',
  type: 'backprop',
  losses: [0.6, 0.8],
  accuracies: [0.8, 0.6],
  seconds: 1,
};
const kfac: Figures = { name: 'K-FAC', type: 'kfac', losses: [0.4, 0.5], accuracies: [0.9, 0.9], seconds: 4 };
const prox: Figures = {
  name: 'ProxProp',
  type: 'proxprop',
  losses: [0.1, 0.3],
  accuracies: [0.7, 0.9],
  seconds: 3,
};

describe('the page of findings', () => {
  const page = findingsPage(
    [
      compared('A', [sgd, kfac, prox]),
      compared('B', [sgd, { ...kfac, losses: [0.05, 0.05] }, { ...prox, diverged: true }]),
    ],
    [{ run: 'A', file: 'a.png', caption: 'A picture.' }],
  );

  it('counts who is first, by each measure', () => {
    expect(page).toContain(
      'By training loss after the last epoch, an implicit step is first in 1 of 2 comparisons.',
    );
    expect(page).toContain('By test accuracy, an implicit step is first in 0 of 2 comparisons.');
    expect(page).toContain('By seconds to the target, an implicit step is first in 0 of 2 comparisons.');
    expect(page).toContain('- A: ProxProp ends at 0.200, K-FAC at 0.450.');
    const above = 'end more than 1 % above the training loss of the best ProxProp';
    const below = 'more than a point below its best test accuracy';
    expect(page).toContain(`- A: of 2 rivals, 2 ${above}, and 0 ${below}.`);
    expect(page).toContain(`- B: of 2 rivals, 0 ${above}, and 0 ${below}.`);
    expect(page).toContain('takes 3.00 to 3.00 times the seconds of one of backprop.');
  });

  it('says where it does not help', () => {
    const [, lost = ''] = page.split('## Where it does not help');
    const far = [sgd, prox].map((m): Figures => ({ ...m, losses: [2, 2] }));
    expect(findingsPage([compared('E', far)], [])).not.toContain('E: by seconds');
    expect(lost).toContain(
      '- B: by training loss K-FAC is first (0.0500); ProxProp does not get there with every seed.',
    );
    expect(lost).toContain(
      "- A: by seconds to the target SGD is first (2.00 s); ProxProp's best is ProxProp (6.00 s).",
    );
    // At the epoch where early stopping ends it, not at the last.
    expect(lost).toContain(
      "- A: by test accuracy K-FAC is first (90.0 %); ProxProp's best is ProxProp (70.0 %).",
    );
    expect(
      findingsPage(
        [compared('C', [{ ...sgd, losses: [1, 1], accuracies: [0.1, 0.1], seconds: 9 }, prox])],
        [],
      ),
    ).toContain('Nowhere among these runs.');
  });

  it('shows every method with its mean, its range and its setting', () => {
    expect(page).toMatch(
      /\| SGD +\| rate 0\.1 +\| 0\.700 \(0\.600 … 0\.800\) +\| 80\.0 % \(80\.0 % … 80\.0 %\)/,
    );
    expect(page).toMatch(/\| ProxProp +\| rate 0\.1 +\| diverged/);
    expect(page).toContain('![A picture.](a.png)');
    expect(page).toContain('Made for A.');
    // Three methods, two seeds, two epochs each: 2·(2 + 8 + 6) seconds.
    expect(page).toMatch(/\| A +\| +6 \| +12 \| +32 \|/);
  });

  it('counts the rates of a curve at which a method trains', () => {
    const run = finished('D', [sgd, prox]);
    const curve = { ...run, config: { ...run.config, curve: { x: 'optimizer.rate', xTitle: 'rate' } } };
    const shown = findingsPage([compared('A', [sgd, prox]), comparisonOf(curve, '')], []);
    expect(shown).toMatch(/### D[^#]*\| ProxProp +\| +1 \| +0\.200 \| 0\.1 \| +1 \| +1 \| +0 \|/);
    expect(shown).toContain('first in 1 of 1 comparisons');
  });
});

describe('comparisons', () => {
  const a = compared('A', [sgd, kfac, prox]);

  it('are whole when they are read back', () => {
    const diverged = compared('B', [sgd, { ...prox, diverged: true }]);
    expect(Comparisons.decode(JSON.parse(JSON.stringify([a, diverged])))).toEqual(E.right([a, diverged]));
  });

  it('stay, unless a later run has their name', () => {
    const b = compared('B', [sgd, prox]);
    const later = compared('A', [sgd, prox]);
    expect(withLater([b, a], [later])).toEqual([later, b]);
  });

  it('are joined by a later run of other methods, which tells of itself', () => {
    const early = compared('A', [sgd, prox]);
    const late = comparisonOf(finished('A', [kfac]), 'Made later.');
    const [joined, ...others] = withLater([early], [late]);
    expect(others).toEqual([]);
    expect(joined?.methods).toEqual([...early.methods, ...late.methods]);
    expect(joined?.trainings).toBe(6);
    const page = findingsPage(joined === undefined ? [] : [joined], [
      { run: 'A', file: 'a.png', caption: 'A picture.' },
      { run: 'B', file: 'b.png', caption: 'Another.' },
    ]);
    // Drawn before.
    expect(page).toContain('](a.png)\n\nA picture. Without K-FAC, which ran later.');
    expect(page).toContain('![Another.](b.png)');
    expect(page).toContain('Made for A.');
    expect(page).toContain('In a run of its own, whose seconds are those of its machine: K-FAC. Made later.');
    // The page made again from the same folders, then from a new run of the method.
    if (joined === undefined) expect.fail('a comparison');
    expect(withLater([joined], [late])).toEqual([joined]);
    const again = comparisonOf(finished('A', [{ ...kfac, seconds: 9 }]), 'Made again.');
    const [renewed] = withLater([joined], [again]);
    expect(renewed?.methods).toEqual([...early.methods, ...again.methods]);
    expect(renewed?.added).toEqual([{ methods: ['K-FAC'], madeBy: 'Made again.' }]);
    // A run of other examples, or of a method of the whole, is another run of the whole.
    const other = { ...late, size: '5 examples' };
    expect(withLater([early], [other])).toEqual([other]);
    const same = compared('A', [sgd, kfac]);
    expect(withLater([early], [same])).toEqual([same]);
  });

  it('of a size of their own beside others have one size', () => {
    const own = finished('A', [kfac]);
    const rows = own.rows.map((row) => ({ ...row, trainer: { ...row.trainer, batchSize: 5 } }));
    const [joined] = withLater(
      [comparisonOf({ ...own, rows: [...finished('A', [sgd]).rows, ...rows] }, '')],
      [compared('A', [prox])],
    );
    expect(joined?.methods).toHaveLength(3);
  });

  it('of the page in this repository are those in the file beside it', () => {
    const decoded = Comparisons.decode(JSON.parse(textOf('examples/paper/findings/comparisons.json')));
    if (E.isLeft(decoded)) throw new Error('comparisons.json is not what findings.ts writes');
    expect(findingsPage(decoded.right, PICTURES)).toBe(textOf('examples/paper/findings/README.md'));
  });
});

it('configurations of one method have nothing else of the whole', () => {
  const all = configurations();
  const only = onlyOf('Shampoo', all);
  expect(Object.keys(only)).toContain('gru.full');
  // A curve is shown whole, and batch has no Shampoo.
  for (const name of ['rate', 'rate.full', 'batch']) expect(only).not.toHaveProperty(name);
  for (const [name, config] of Object.entries(only)) {
    const methods = all[name]?.methods.filter((method) => method.name.startsWith('Shampoo'));
    expect(config).toEqual({ ...all[name], methods });
    expect(methods).toHaveLength(1);
  }
  expect(messageOf(attempt(() => onlyOf('Nobody', all)))).toBe(
    'options error at --only: expected how the name of a method starts, found Nobody',
  );
});

it('a report counts ProxProp under trust as ProxProp', () => {
  const safe: Figures = { ...prox, name: 'safe', type: 'proxpropSafe', losses: [0.8, 0.9] };
  const { config, rows } = finished('F', [kfac, safe]);
  expect(findings(config, rows, true)[0]).toContain('ProxProp does not win here: its best is safe (0.850).');
});

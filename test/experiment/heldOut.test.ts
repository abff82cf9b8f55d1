/** Settings that are chosen on training examples that are held out, rates that change, and batches of a method's own. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/Either';
import { describe, expect, it } from 'vitest';
import { Optimizer } from '../../src';
import {
  builtIn,
  type Cell,
  codecs,
  decodeAt,
  drawn,
  identityOf,
  optimizerCodec,
  planned,
  readExperiment,
  resolvedCell,
  type Search,
  spirals,
  stopOf,
  taskOf,
  type TrainingConfig,
} from '../../src/experiment';
import { bestOfEach, type Row, scoreOf } from '../../src/experiment/results';
import { configOfStage } from '../../src/experiment/data';
import { rate, rateOf } from '../../src/registry/rates';
import { configurations } from '../../examples/paper/support/rivals';
import { messageOf, right } from '../support';
import { small } from './small';

const onSpirals = (heldOut?: number): TrainingConfig => ({
  ...small(),
  data: { name: 'spirals', train: 60, test: 30, ...(heldOut === undefined ? {} : { heldOut }) },
});
const experimentOf = (config: TrainingConfig) => ({ path: 'own.json', config, registry: builtIn });

describe('examples that are held out', () => {
  const data = spirals({ train: 60, test: 30 });

  it('are training examples, apart from those that are trained on, and the same ones every time', () => {
    const { train, test } = right(taskOf(experimentOf(onSpirals(15)), data));
    expect([train.count, test.count]).toEqual([45, 15]);
    const rows = (examples: unknown): readonly string[] => {
      const { inputs } = examples as { readonly inputs: Float32Array };
      return Array.from({ length: inputs.length / 2 }, (_, i) => inputs.subarray(2 * i, 2 * i + 2).join());
    };
    const all = rows({ inputs: data.train.images });
    expect([...rows(train), ...rows(test)].sort()).toEqual([...all].sort());
    expect(rows(right(taskOf(experimentOf(onSpirals(15)), data)).test)).toEqual(rows(test));
    expect(right(taskOf(experimentOf(onSpirals()), data)).test.count).toBe(30);
  });

  it('leave something to train on', () => {
    expect(messageOf(taskOf(experimentOf(onSpirals(60)), data))).toBe(
      'options error at own.json: data.heldOut: expected fewer than the 60 training examples, found 60',
    );
  });

  it('are for tuning alone, and make other cells', () => {
    const config: TrainingConfig = { ...onSpirals(), tuning: { epochs: 1, seed: 7, heldOut: 15 } };
    const plan = right(planned(experimentOf(config)));
    if (plan.kind !== 'training') throw new Error('a training');
    const [tuning] = plan.plan.tuning;
    const [final] = plan.plan.final(new Map());
    if (tuning === undefined || final === undefined) throw new Error('cells');
    expect([tuning, final].map((cell: Cell) => resolvedCell(config, cell).data['heldOut'])).toEqual([
      15,
      undefined,
    ]);
    const same: Cell = { ...tuning, stage: 'final' };
    expect(identityOf(config, same)).not.toBe(identityOf(config, tuning));
    // A queue is given the configuration of the stage: that is the same cell.
    expect(identityOf(configOfStage(config, 'tuning'), tuning)).toBe(identityOf(config, tuning));
  });

  it('choose by their loss or their accuracy, at the best epoch', () => {
    const row = (
      method: number,
      name: string,
      losses: readonly number[],
      accuracies: readonly number[],
    ): Row => ({
      method,
      trainer: { name, schedule: { type: 'backprop' } },
      choice: [['optimizer.rate', name]],
      runs: [
        {
          seed: 1,
          ending: { outcome: 'done', reason: '' },
          lines: losses.map((testLoss, epoch) => ({
            epoch,
            seconds: epoch,
            trainLoss: 1 / (epoch + losses.length),
            testLoss,
            testAccuracy: accuracies[epoch] ?? null,
          })),
        },
      ],
    });
    const rows = [
      row(0, 'early', [2, 0.5, 3], [0.1, 0.6, 0.2]),
      row(0, 'late', [2, 1, 0.9, 0.8], [0.1, 0.2, 0.7, 0.7]),
    ];
    const chosen = (tuning: TrainingConfig['tuning']) =>
      bestOfEach(rows, scoreOf(tuning)).get(0)?.trainer.name;
    const base = { epochs: 3, seed: 1 };
    expect(chosen({ ...base, heldOut: 10 })).toBe('early');
    expect(chosen({ ...base, heldOut: 10, by: 'accuracy' })).toBe('late');
    expect(chosen(base)).toBe('late');
    const [run] = rows[0]?.runs ?? [];
    expect(run === undefined ? undefined : stopOf({ ...base, heldOut: 10 }, run)?.epoch).toBe(1);
    const lost =
      run === undefined ? undefined : { ...run, ending: { outcome: 'diverged', reason: '' } as const };
    expect(lost === undefined ? 'none' : stopOf({ ...base, heldOut: 10 }, lost)).toBeUndefined();
  });

  it('are asked for where a measure on them is', () => {
    const line = (tuning: object): string =>
      messageOf(
        decodeAt('FILE', codecs(builtIn).training, {
          ...onSpirals(),
          tuning: { epochs: 1, seed: 1, ...tuning },
        }),
      );
    expect(line({ by: 'accuracy' })).toBe(
      'options error at FILE: tuning: expected a tuning with heldOut, on which to choose by it, found {"epochs":1,"seed":1,"by":"accuracy"}',
    );
    expect(line({ heldOut: 0 })).toContain('tuning.heldOut: expected a whole number of at least 1, found 0');
    expect(line({ heldOut: 5, by: 'both' })).toContain('tuning.by: expected one of loss, accuracy');
  });
});

describe('rates of configurations', () => {
  it('rise along a line, fall along half a cosine, and stay', () => {
    const at = rateOf({ peak: 0.1, warmup: 4, cosine: 10, last: 0.01 });
    if (typeof at === 'number') throw new Error('a function');
    expect([0, 1, 3].map(at)).toEqual([0.025, 0.05, 0.1].map((v) => expect.closeTo(v, 12) as number));
    expect(at(4)).toBeCloseTo(0.1, 12);
    expect(at(9)).toBeCloseTo(0.055, 12);
    expect([14, 100].map(at)).toEqual([0.01, 0.01].map((v) => expect.closeTo(v, 12) as number));
    expect(rateOf(0.3)).toBe(0.3);
    expect(Optimizer.toLearningRate(rateOf({ peak: 0.2, warmup: 2 }))(5)).toBeCloseTo(0.2, 12);
  });

  it('say what is wrong with them', () => {
    const line = (value: unknown): string => {
      const entry = optimizerCodec(builtIn).decode({ type: 'momentum', rate: value });
      return E.isRight(entry)
        ? 'right'
        : JSON.stringify(entry.left.map(({ message, value: v }) => [message, v]));
    };
    expect(line({ peak: 0.1, warmup: 3, cosine: 5 })).toBe('right');
    expect(line({ peak: 0.1, cosines: 5 })).toContain('no such key');
    expect(line({ peak: -1 })).not.toBe('right');
    expect(line(0)).not.toBe('right');
    expect(E.isLeft(rate.decode('fast'))).toBe(true);
  });
});

describe('the comparisons with rivals', () => {
  const folder = join(__dirname, '..', '..', 'examples', 'paper', 'rivals');
  const all = Object.entries(configurations());

  it('are the files that stand there', () => {
    expect(readdirSync(folder).sort()).toEqual(all.map(([name]) => `${name}.json`).sort());
    for (const [name, config] of all)
      expect(JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'))).toEqual(config);
  });

  it.each(all.map(([name]) => name))('%s can be planned, with equal searches', async (name) => {
    const plan = right(planned(right(await readExperiment(join(folder, `${name}.json`))())));
    if (plan.kind !== 'training') throw new Error('a training');
    const { config } = plan.experiment;
    expect(config.seeds.length).toBeGreaterThanOrEqual(3);
    const counts = plan.plan.contenders.map((some) => some.length);
    expect(new Set(counts).size).toBe(1);
    for (const method of config.methods) {
      const { search } = method as { readonly search?: Search };
      if (search !== undefined) expect(drawn(search)).toHaveLength(search.count);
    }
    if (config.curve === undefined) expect(config.tuning?.heldOut).toBeGreaterThan(0);
  });
});

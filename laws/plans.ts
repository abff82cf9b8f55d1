/** The law of plans: what was found out on some batches holds for those that follow. */
import { concat, mul, slice } from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { type BlockSolve, energyOf, type Example, type Method, Tree } from '../src';
import { repeated, runDirection } from '../src/internal';
import { buildNet, byLoss, chainsAndNets, logUniform } from './arbitrary';
import { values } from './compare';
import { type Law } from './law';
import { numberOf } from './numbers';
import { type TauCase } from './sweep';

/** Takes a step on batch after batch: `repeated`, or what a law puts in its place. */
export type Repeats = typeof repeated;

/** As many batches of each size: the fourth is the first that a plan may run. */
const TURNS = 6;

/** Batch i: the rows in another order, and inputs of another size. */
const turned = ({ input, target }: Example, i: number): Example => {
  const [rows = 1] = input.shape;
  const by = i % rows;
  const around = (x: Example['input']): Example['input'] => {
    const rest = x.shape.slice(1);
    const zeros = rest.map(() => 0);
    return concat([slice(x, [by, ...zeros], [rows - by, ...rest]), slice(x, [0, ...zeros], [by, ...rest])]);
  };
  return { input: mul(around(input), 1 + i / 8), target: around(target) };
};

/** The last row alone. */
const last = ({ input, target }: Example): Example => {
  const row = (x: Example['input']): Example['input'] => {
    const [rows = 1, ...rest] = x.shape;
    return slice(x, [rows - 1, ...rest.map(() => 0)], [1, ...rest]);
  };
  return { input: row(input), target: row(target) };
};

/**
 * On batch after batch of two sizes by turns, each with parameters of its own, directions, losses and
 * the reports of solves have the bytes of those that the interpreter gives on that batch alone.
 *
 * @param method the method, of τ
 * @param repeats what takes its directions. Default: what training takes
 *
 * @example
 * const law = plansRepeat((tau) => backprop({ tau }));
 * check(law, { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const plansRepeat = (method: (tau: number) => Method, repeats: Repeats = repeated): Law<TauCase> => ({
  number: numberOf('plans'),
  name: 'plans: batch after batch, the bytes are those of the interpreter',
  strata: byLoss((c) => c.chain),
  arbitrary: fc.record({ chain: chainsAndNets(), tau: logUniform(1e-3, 30) }),
  holds: ({ chain, tau }) => {
    const { net, parameters, example, loss } = buildNet(chain);
    const { energy: options, schedule } = method(tau);
    const energy = energyOf(net, loss, options);
    const step = schedule(energy.links);
    const run = repeats(energy, step);
    for (let i = 0; i < 2 * TURNS; i++) {
      const whole = turned(example, Math.floor(i / 2));
      const batch = i % 2 === 0 ? whole : last(whole);
      const moved = Tree.map((x) => mul(x, 1 - i / 16))(parameters);
      const [found, alone] = [run(moved, batch), runDirection(energy, step, moved, batch)];
      if (JSON.stringify(found.solves) !== JSON.stringify(alone.solves))
        return `batch ${i + 1} of ${2 * TURNS} reports other solves than by itself`;
      const [a, b] = [found, alone].map((of) => values([of.direction, of.loss]));
      if (
        a === undefined ||
        b === undefined ||
        a.length !== b.length ||
        !a.every((v, j) => Object.is(v, b[j]))
      )
        return `batch ${i + 1} of ${2 * TURNS} has other numbers than by itself`;
    }
    return true;
  },
});

/**
 * A mutant for the law: from the fourth batch on it takes the batch for what it was at first, as a
 * plan would that holds a tensor for a constant.
 *
 * @param energy the energy
 * @param step the step
 *
 * @example const law = plansRepeat((tau) => backprop({ tau }), staleBatches); // rejects it
 */
export const staleBatches: Repeats = (energy, step) => {
  const seen = new Map<string, { readonly example: Example; count: number }>();
  return (parameters, example) => {
    const of = example.input.shape.join();
    const first = seen.get(of) ?? { example, count: 0 };
    seen.set(of, first);
    first.count++;
    return runDirection(energy, step, parameters, first.count > 3 ? first.example : example);
  };
};

/**
 * A mutant for the law: from the fourth batch on it reports the solves of the first of its size, as a
 * plan would that repeats the kernels of a solve and not the solve.
 *
 * @param energy the energy
 * @param step the step
 *
 * @example const law = plansRepeat((tau) => proxprop({ tau }), staleReports); // rejects it
 */
export const staleReports: Repeats = (energy, step) => {
  const seen = new Map<string, { readonly solves: readonly BlockSolve[]; count: number }>();
  return (parameters, example) => {
    const found = runDirection(energy, step, parameters, example);
    const of = example.input.shape.join();
    const first = seen.get(of) ?? { solves: found.solves, count: 0 };
    seen.set(of, first);
    first.count++;
    return first.count > 3 ? { ...found, solves: first.solves } : found;
  };
};

/** Law 1: feasibility. */
import { add, scalar, zerosLike } from '@tensorflow/tfjs-core';
import { energyOf, energyTerms, forwardState, groupParameters, toNumber, Tree } from '../src';
import { blockAt, blocksOf, gradientOf, norm, withBlock } from '../src/internal';
import { buildNet, byLoss, type ChainCase, chainsAndNets } from './arbitrary';
import { all, atMost, type Law } from './law';
import { numberOf } from './numbers';

/** The forward pass under law: it makes the state behind it. */
export type Start = typeof forwardState;

/**
 * Law 1: after a forward pass E = J, every penalty is 0, and so is its gradient by every block.
 * Both are exactly 0: the residual is the difference of equal numbers. J is compared within float32
 * rounding of its own two evaluations.
 *
 * @param start what makes the state after a forward pass. Default: `forwardState`
 *
 * @example check(feasibility(), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const feasibility = (start: Start = forwardState): Law<ChainCase> => ({
  number: numberOf('feasibility'),
  name: 'feasibility: E = J, no penalty and no force after a forward pass',
  strata: byLoss((c) => c),
  arbitrary: chainsAndNets(),
  holds: (c) => {
    const { net, parameters, example, loss } = buildNet(c);
    const energy = energyOf(net, loss);
    const state = start(energy, groupParameters(energy, parameters), example.input);
    const terms = energyTerms(energy, state, example.target).map(toNumber);
    const penalties = terms.slice(0, -1).reduce((a, b) => a + b, 0);
    const j = toNumber(loss.value(net.forward(parameters, example.input), example.target));
    const force = blocksOf(state).reduce((worst, block) => {
      const variable = blockAt(state, block);
      if (Tree.leaves(variable.anchor).length === 0) return worst;
      const { gradient } = gradientOf(
        (decrement: Tree.Tree) =>
          energyTerms(energy, withBlock(state, block, { anchor: variable.anchor, decrement }), example.target)
            .slice(0, -1)
            .reduce((a, b) => add(a, b), scalar(0)),
        Tree.map(zerosLike)(variable.anchor),
      );
      return Math.max(worst, norm(gradient));
    }, 0);
    return all(
      atMost('the sum of penalties', penalties, 0),
      atMost('the gradient of the penalties', force, 0),
      atMost('|E − J|', Math.abs((terms.at(-1) ?? Number.NaN) + penalties - j), 1e-6 * (1 + Math.abs(j))),
    );
  },
});

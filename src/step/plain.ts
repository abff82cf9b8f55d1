/**
 * The plain interpreter: the specification. Gradients are those of the whole energy by autodiff;
 * implicit steps solve the linearised problem of the block. It caches nothing and assumes nothing.
 */
import { add, mul, neg, sum, type Tensor, zerosLike } from '@tensorflow/tfjs-core';
import { gradientOf } from '../autodiff';
import { scope, toNumber, Tree } from '../core';
import {
  blockAt,
  couplingOf,
  type Energy,
  energyTerm,
  energyValue,
  forwardState,
  linkAt,
  linksWith,
  lossAt,
  outputOf,
  type State,
  valueOf,
  type SingleBlock,
  withBlock,
  activationAt,
  measureOf,
} from '../energy';
import { type AnySolver } from '../solver';
import { minimiseElementwise } from './activation';
import { inMetricPlain } from '../solver';
import { ascended } from './ascent';
import { averagedPlain } from './averagedPlain';
import { type Evaluator, scaled } from './evaluator';
import { solveLinearised } from './linearised';
import { gradientInMetric } from './metric';
import { factorsPlain } from './metricPlain';
import { routeOf } from './route';

/** `x[l] ← f_l(θ_l, x[l−1])` for all l. Nothing else changes. */
export const feasible = (energy: Energy, state: State): State => ({
  ...state,
  activations: forwardState(
    energy,
    state.parameters.map((v) => valueOf(v)),
    valueOf(activationAt(state, 0)),
  ).activations,
});

const anchored = (state: State): State => ({
  ...state,
  parameters: state.parameters.map(({ anchor }) => ({ anchor })),
  activations: state.activations.map(({ anchor }) => ({ anchor })),
});

/**
 * ∇E with the predictions and Jacobians of the anchors. For each link that uses the block, the
 * gradient of its term by its output f is taken at the f of the anchors and the present x[l], and
 * pulled back through the link at the anchors.
 */
const frozenGradient = (energy: Energy, target: Tensor, state: State, block: SingleBlock): Tree.Tree => {
  const still = anchored(state);
  const { anchor } = blockAt(state, block);
  const own = linkAt(energy, block.link);
  const through = (block.kind === 'parameters' ? own.sharers : own.readers).map((l) => linkAt(energy, l));
  const pulled = through
    .map((link) => {
      const cotangent = gradientOf(
        (f: Tensor) => energyTerm(energy, state, target, link, f),
        outputOf(still, link),
      ).gradient;
      return gradientOf(
        (value: Tree.Tree) => sum(mul(outputOf(withBlock(still, block, { anchor: value }), link), cotangent)),
        anchor,
      ).gradient;
    })
    .reduce((a, b) => Tree.zip(add)(a, b));
  if (block.kind === 'parameters') return pulled;
  const prediction = outputOf(still, own);
  return Tree.zip(add)(
    pulled,
    gradientOf(
      (value: Tree.Tree) =>
        energyTerm(energy, withBlock(state, block, { anchor: value }), target, own, prediction),
      valueOf(blockAt(state, block)),
    ).gradient,
  );
};

/**
 * The budget limits Gauss-Newton. Blocks that the fast interpreter solves by a factorisation have
 * none, so here they are solved to the end.
 */
const unlimited = (solver: AnySolver): AnySolver =>
  solver.kind === 'exact' ? { ...solver, budget: Number.MAX_SAFE_INTEGER } : solver;

export const plain = (energy: Energy, target: Tensor): Evaluator => {
  const gradient = (state: State, block: SingleBlock, frozen: boolean): Tree.Tree => {
    if (frozen) return frozenGradient(energy, target, state, block);
    const variable = blockAt(state, block);
    // The derivative by the decrement is minus that by the value.
    const decrement = variable.decrement ?? Tree.map(zerosLike)(variable.anchor);
    const { gradient: byBack } = gradientOf(
      (b: Tree.Tree) =>
        energyValue(energy, withBlock(state, block, { anchor: variable.anchor, decrement: b }), target),
      decrement,
    );
    return Tree.map(neg)(byBack);
  };
  return {
    links: energy.links,
    gradient,
    proximal: (state, block, tau, solver, frozen) => {
      const route = routeOf(energy, block);
      switch (route.tag) {
        case 'elementwise':
          return minimiseElementwise(energy, state, target, route.link, tau, true);
        case 'readers':
          return solveLinearised(energy, state, target, block, tau, unlimited(solver), frozen);
        case 'ridge':
          return (
            averagedPlain(energy, state, target, block, tau, solver, frozen) ??
            solveLinearised(energy, state, target, block, tau, unlimited(solver), frozen)
          );
        case 'linearised':
          return solveLinearised(energy, state, target, block, tau, solver, frozen);
        default:
          return route satisfies never;
      }
    },
    factors: (state, options, key) => ({
      memory: factorsPlain(energy, anchored(state), options, key),
      solves: [],
    }),
    inMetric: (state, block, gradient) => gradientInMetric(energy, state, block, gradient, inMetricPlain),
    linksWith: (block) => linksWith(energy, block),
    forward: (state) => feasible(energy, state),
    multiplier: (state, link) => ascended(energy, state, link, outputOf(state, linkAt(energy, link))),
    measure: (state) => measureOf(energy, state),
    energy: (state) => scope(() => toNumber(energyValue(energy, state, target))),
    objective: (state) =>
      scope(() => {
        const last = linkAt(energy, energy.links.length);
        return toNumber(lossAt(energy, outputOf(state, last), target));
      }),
    coupling: (state, link) => couplingOf(energy, state, link),
    scale: scaled,
  };
};

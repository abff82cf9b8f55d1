/**
 * The fast interpreter. It evaluates each link once, and caches the pull-back as long as the
 * parameters and the inputs of the link stay the same. A gradient by a block then costs one
 * vector-Jacobian product of each adjacent link. A schedule of explicit steps from the forward
 * point therefore costs exactly one backward pass. Any other schedule reevaluates only what it
 * changed. Implicit steps on parameters use the design operator of the layer if it has one.
 * Implicit steps on activations use that of the link above, or its scalar minimiser.
 */
import { add, mul, neg, ones, sub, type Tensor, zerosLike } from '@tensorflow/tfjs-core';
import { dispose, fail, inPhase, readsStall, scope, toNumber, Tree } from '../core';
import {
  activationAt,
  forwardActivations,
  couplingOf,
  eachTensor,
  type Energy,
  energyTerm,
  gramMeanAt,
  type Link,
  linkAt,
  linksWith,
  measureOf,
  offsetOf,
  onlyTensor,
  residualOf,
  showBlock,
  type State,
  weightOf,
  type Variable,
  type SingleBlock,
} from '../energy';
import { minimiseAffine, minimiseElementwise } from './activation';
import { ascended } from './ascent';
import { evaluationsOf, type StateEvaluation } from './evaluations';
import { type Evaluator, type Moved, scaled } from './evaluator';
import { solveLinearised } from './linearised';
import { factorsOf, gradientInMetric } from './metric';
import { type RidgeSolves, ridgeSolves, type Rows } from './ridgeSolves';
import { routeOf } from './route';

/**
 * Cotangents pulled back through one evaluation, and the values on which the cotangent depended.
 */
interface Pulled {
  readonly output: Variable<Tensor> | undefined;
  readonly multiplier: Tensor | undefined;
  readonly strength: number;
  readonly parameters: Tree.Tree | undefined;
  /** Cotangents of the variables that the link reads. */
  readonly inputs: readonly (Tensor | undefined)[];
}

interface FastEvaluator extends Evaluator {
  /** The state after a forward pass at these parameters. It evaluates every link once. */
  readonly start: (groups: readonly Tree.Tree[], input: Tensor) => State;
  /** J from the evaluation of the state's last link. */
  readonly loss: (state: State) => Tensor;
  /** Frees all recordings. */
  readonly release: () => void;
}

/**
 * The fast evaluator. With `forgetful`, everything that no later step uses is freed at once,
 * including activations of the state. Callers that need only parameters then hold few activations
 * and cotangents at a time. `solves` are those of the energy, if they are kept from batch to batch.
 */
export const fast = (
  energy: Energy,
  target: Tensor,
  forgetful = false,
  solves: RidgeSolves = ridgeSolves(energy),
): FastEvaluator => {
  const evaluations = evaluationsOf(energy, target);
  const { present, evaluationAt, evaluateIn, evaluateFrozen, evaluateBehind, lossRecording } = evaluations;
  // The cache lives as long as the evaluations themselves.
  const pulled = new WeakMap<StateEvaluation, Pulled>();
  const mayRead = !readsStall();

  /** f_l − x[l]. `undefined` stands for zero: x[l] still is the output of this evaluation. */
  const difference = (evaluation: StateEvaluation, output: Variable<Tensor>): Tensor | undefined => {
    if (output.anchor !== evaluation.recording.value) return residualOf(evaluation.recording.value, output);
    return output.decrement;
  };

  /**
   * The residual of a link as a block sees it, including its multiplier. `undefined` stands for
   * zero.
   */
  const residual = (
    state: State,
    link: Link,
    evaluation: StateEvaluation,
    seenBy: 'inside' | 'own',
  ): Tensor | undefined => {
    const r = difference(evaluation, activationAt(state, link.number));
    const offset = offsetOf(energy, state, link.number, seenBy);
    if (offset === undefined) return r;
    return r === undefined ? neg(offset) : sub(r, offset);
  };

  /**
   * The cotangent of a link's output: c_l times its residual, or ∇loss. `undefined` stands for
   * zero.
   */
  const cotangent = (state: State, link: Link, evaluation: StateEvaluation): Tensor | undefined => {
    if (link.last) {
      const { value, pullback } = lossRecording(evaluation);
      return pullback(ones(value.shape), [evaluation.recording.value])[0];
    }
    const r = residual(state, link, evaluation, 'inside');
    return r === undefined ? undefined : onlyTensor(scaled(r, couplingOf(energy, state, link.number)));
  };

  /** The gradients of a link's term by its parameters and its inputs, as far as they are wanted. */
  const pull = (
    state: State,
    link: Link,
    evaluation: StateEvaluation,
    wantParameters: boolean,
    wantInputs: (read: number) => boolean,
  ): Pulled => {
    const output = link.last ? undefined : activationAt(state, link.number);
    const multiplier = state.multipliers[link.number - 1];
    const { strength } = state;
    const kept = pulled.get(evaluation);
    const valid =
      kept?.output === output && kept?.multiplier === multiplier && kept?.strength === strength
        ? kept
        : undefined;
    const needParameters = wantParameters && valid?.parameters === undefined;
    const needInputs = link.reads.flatMap((read, i) =>
      wantInputs(read) && valid?.inputs[i] === undefined ? [i] : [],
    );
    if (valid !== undefined && !needParameters && needInputs.length === 0) return valid;
    const { parametersValue, inputValues, recording } = evaluation;
    const leaves = needParameters ? Tree.leaves(parametersValue) : [];
    const wanted = inputValues.filter((_, i) => needInputs.includes(i));
    const c = cotangent(state, link, evaluation);
    const gradients = c === undefined ? [] : recording.pullback(c, [...leaves, ...wanted]);
    const at = (x: Tensor, i: number): Tensor => gradients[i] ?? zerosLike(x);
    const result: Pulled = {
      output,
      multiplier,
      strength,
      parameters: needParameters
        ? Tree.fromLeaves(
            parametersValue,
            leaves.map((leaf, i) => at(leaf, i)),
          )
        : valid?.parameters,
      inputs: inputValues.map((value, i) =>
        needInputs.includes(i) ? at(value, leaves.length + needInputs.indexOf(i)) : valid?.inputs[i],
      ),
    };
    pulled.set(evaluation, result);
    return result;
  };

  const missing = (block: SingleBlock): never =>
    fail('schedule', showBlock(block), 'a gradient by that block', 'none');

  const gradient = (
    state: State,
    block: SingleBlock,
    isFrozen: boolean,
    wanted: readonly SingleBlock[],
  ): Tree.Tree => {
    const isWanted = (kind: SingleBlock['kind'], number: number): boolean =>
      wanted.some((b) => b.kind === kind && b.link === number);
    const through = (number: number): Pulled => {
      const link = linkAt(energy, number);
      const evaluation = evaluationAt(state, link, isFrozen);
      return pull(state, link, evaluation, isWanted('parameters', link.owner), (read) =>
        isWanted('activation', read),
      );
    };
    const link = linkAt(energy, block.link);
    if (block.kind === 'parameters')
      return link.sharers
        .map((sharer) => through(sharer).parameters ?? missing(block))
        .reduce((a, b) => Tree.zip(add)(a, b));
    const fromAbove = link.readers
      .map((reader) => {
        const { inputs } = through(reader);
        return inputs[linkAt(energy, reader).reads.indexOf(block.link)] ?? missing(block);
      })
      .reduce((a, b) => add(a, b));
    const own = residual(state, link, evaluationAt(state, link, isFrozen), 'own');
    return own === undefined ? fromAbove : add(fromAbove, mul(own, -couplingOf(energy, state, block.link)));
  };

  /** ½·weight·‖r − A·V‖² for the decrement V of θ, from one of the links that share θ. */
  const rows = (state: State, link: Link, isFrozen: boolean): Rows => {
    const weight =
      weightOf(energy, state, target, link) ?? fail('schedule', link.name, 'a square', energy.loss.name);
    const evaluation = isFrozen ? evaluateBehind(state, link) : evaluateIn(state, link);
    const { inputValues, recording } = evaluation;
    const r = link.last ? add(recording.value, neg(target)) : residual(state, link, evaluation, 'inside');
    return { link, weight, inputs: inputValues, residual: r ?? zerosLike(recording.value) };
  };

  /** The solve of an implicit step, to be run in its phase of the profile. */
  const prepared = (
    ...[state, block, tau, solver, isFrozen]: Parameters<Evaluator['proximal']>
  ): (() => Moved) => {
    const route = routeOf(energy, block);
    switch (route.tag) {
      case 'ridge': {
        const { sharers } = linkAt(energy, route.link);
        const all = sharers.map((sharer) => rows(state, linkAt(energy, sharer), isFrozen));
        return () => solves.solve(all, tau, solver, gramMeanAt(state, route.link));
      }
      case 'elementwise':
        return () => minimiseElementwise(energy, state, target, route.link, tau, mayRead);
      case 'readers':
        return () => minimiseAffine(energy, state, target, route.link, tau, solver, mayRead);
      case 'linearised':
        return () => solveLinearised(energy, state, target, block, tau, solver, isFrozen);
      default:
        return route satisfies never;
    }
  };

  /**
   * A forward pass. Activations that are feasible already stay the same variables, so evaluations
   * at them stay valid.
   */
  const forwardFrom = (
    parameters: readonly Variable<Tree.Tree>[],
    input: Variable<Tensor>,
    before: readonly Variable<Tensor>[] = [],
  ): Pick<State, 'parameters' | 'activations'> => ({
    parameters,
    activations: forwardActivations(energy, input, (link, inputs) => {
      const theta = parameters[link.owner - 1] ?? fail('shape', `link ${link.number}`, 'parameters', 'none');
      const { recording } = present(link, theta, inputs);
      const old = before[link.number];
      const still = old?.anchor === recording.value && old.decrement === undefined;
      return still ? old : { anchor: recording.value };
    }),
  });

  const forget = (state: State, looksAt: (link: number) => boolean): void => {
    const passed = new Set<Tensor>();
    for (const evaluation of evaluations.forget(looksAt))
      for (const t of pulled.get(evaluation)?.inputs ?? []) if (t !== undefined) passed.add(t);
    solves.forget(looksAt);
    const seen = (l: number): boolean =>
      l === 0 || looksAt(l) || linkAt(energy, l).readers.some((reader) => looksAt(reader));
    state.activations.forEach(({ anchor, decrement }, l) => {
      if (seen(l)) return;
      for (const t of [anchor, decrement]) if (t?.isDisposed === false) passed.add(t);
    });
    if (passed.size === 0) return;
    // What the rest of the state has too stays.
    const rest = state.activations.filter((_, l) => seen(l));
    eachTensor({ ...state, activations: rest }, (t) => passed.delete(t));
    dispose([...passed]);
  };

  return {
    links: energy.links,
    ...(forgetful ? { forget } : {}),
    again: solves.again,
    gradient,
    proximal: (...asked) => inPhase('solve', prepared(...asked)),
    factors: (state, options, key) => {
      const passed = energy.links.map((link) => {
        const { inputValues, recording } = evaluateFrozen(state, link);
        return { link, inputs: inputValues, recording };
      });
      return factorsOf(energy, state, passed, options, key, mayRead);
    },
    inMetric: (state, block, gradient) => gradientInMetric(energy, state, block, gradient),
    linksWith: (block) => linksWith(energy, block),
    forward: (state) => ({
      ...state,
      ...forwardFrom(state.parameters, activationAt(state, 0), state.activations),
    }),
    multiplier: (state, link) =>
      ascended(energy, state, link, evaluateIn(state, linkAt(energy, link)).recording.value),
    measure: (state) => measureOf(energy, state),
    energy: (state) =>
      energy.links.reduce((total, link) => {
        const { value } = evaluateIn(state, link).recording;
        return total + scope(() => toNumber(energyTerm(energy, state, target, link, value)));
      }, 0),
    objective: (state) =>
      toNumber(lossRecording(evaluateIn(state, linkAt(energy, energy.links.length))).value),
    coupling: (state, link) => couplingOf(energy, state, link),
    scale: scaled,
    start: (groups, input) => ({
      ...forwardFrom(
        groups.map((anchor) => ({ anchor })),
        { anchor: input },
      ),
      multipliers: [],
      strength: 1,
    }),
    loss: (state) => lossRecording(evaluateIn(state, linkAt(energy, energy.links.length))).value,
    release: () => {
      solves.end();
      evaluations.release();
    },
  };
};

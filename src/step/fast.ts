/**
 * The fast interpreter. It evaluates each link once and keeps the pull-back for as long as the link's
 * parameters and input stay what they were; a gradient by a block is then one vector-Jacobian product of the
 * links beside it. A schedule of explicit steps from the forward point therefore costs exactly one backward
 * pass; any other schedule evaluates again just what it changed. Implicit parameter steps use the layer's design
 * operator where there is one.
 */
import { add, mul, neg, ones, type Tensor, zerosLike } from '@tensorflow/tfjs-core';
import { record, type Recording } from '../autodiff';
import { fail, toNumber, Tree } from '../core';
import {
  type Block,
  activationAt,
  couplingOf,
  type Energy,
  energyValue,
  type Link,
  linkAt,
  parametersAt,
  residualOf,
  showBlock,
  type State,
  valueOf,
  type Variable,
} from '../energy';
import { type Solution, type Solver, solveRidge } from '../solver';
import { type Evaluator } from './interpret';
import { solveLinearised } from './linearised';

/** One link evaluated at one pair of variables. */
interface Evaluation {
  readonly parameters: Variable<Tree.Tree>;
  readonly input: Variable<Tensor>;
  readonly parametersValue: Tree.Tree;
  readonly inputValue: Tensor;
  readonly recording: Recording;
}

/** Cotangents pulled back through one evaluation. */
interface Pulled {
  readonly evaluation: Evaluation;
  readonly output: Variable<Tensor> | undefined;
  readonly parameters: Tree.Tree | undefined;
  readonly input: Tensor | undefined;
}

export interface FastEvaluator extends Evaluator {
  /** The state after a forward pass at these parameters, every link evaluated once. */
  readonly start: (groups: readonly Tree.Tree[], input: Tensor) => State;
  /** J at the state's last link, from its evaluation. */
  readonly loss: (state: State) => Tensor;
  /** Free all recordings. */
  readonly release: () => void;
}

export const fast = (energy: Energy, target: Tensor): FastEvaluator => {
  const evaluations = new Map<number, Evaluation>();
  const lossAt = new Map<Evaluation, Recording>();
  const pulled = new Map<number, Pulled>();
  const held: Recording[] = [];

  const recorded = (f: () => Tensor): Recording => {
    const recording = record(f);
    held.push(recording);
    return recording;
  };

  /** The link at the present variables: kept, or evaluated anew. */
  const evaluate = (link: Link, parameters: Variable<Tree.Tree>, input: Variable<Tensor>): Evaluation => {
    const kept = evaluations.get(link.number);
    if (kept !== undefined && kept.parameters === parameters && kept.input === input) return kept;
    const parametersValue = valueOf(parameters);
    const inputValue = valueOf(input);
    const recording = recorded(() => link.forward(parametersValue, inputValue));
    const evaluation = { parameters, input, parametersValue, inputValue, recording };
    evaluations.set(link.number, evaluation);
    return evaluation;
  };

  const evaluateIn = (state: State, link: Link): Evaluation =>
    evaluate(link, parametersAt(state, link.number), activationAt(state, link.number - 1));

  const lossOf = (evaluation: Evaluation): Recording => {
    const kept = lossAt.get(evaluation);
    if (kept !== undefined) return kept;
    const recording = recorded(() => energy.loss.value(evaluation.recording.value, target));
    lossAt.set(evaluation, recording);
    return recording;
  };

  /** f_l − x[l], or `undefined` for zero: x[l] is still what this very evaluation gave. */
  const residual = (evaluation: Evaluation, output: Variable<Tensor>): Tensor | undefined => {
    if (output.anchor !== evaluation.recording.value) return residualOf(evaluation.recording.value, output);
    return output.shift === undefined ? undefined : neg(output.shift);
  };

  /** The cotangent of a link's output: ρ_l·(f_l − x[l]), or ∇loss. `undefined` for zero. */
  const cotangent = (state: State, link: Link, evaluation: Evaluation): Tensor | undefined => {
    if (link.last) {
      const { value, pullback } = lossOf(evaluation);
      return pullback(ones(value.shape), [evaluation.recording.value])[0];
    }
    const r = residual(evaluation, activationAt(state, link.number));
    return r === undefined ? undefined : mul(r, couplingOf(energy, link.number));
  };

  /** The gradient of a link's term by its parameters and its input, as far as they are wanted. */
  const pull = (state: State, link: Link, wantParameters: boolean, wantInput: boolean): Pulled => {
    const evaluation = evaluateIn(state, link);
    const output = link.last ? undefined : activationAt(state, link.number);
    const kept = pulled.get(link.number);
    const valid = kept?.evaluation === evaluation && kept.output === output ? kept : undefined;
    const needParameters = wantParameters && valid?.parameters === undefined;
    const needInput = wantInput && valid?.input === undefined;
    if (valid !== undefined && !needParameters && !needInput) return valid;
    const { parametersValue, inputValue, recording } = evaluation;
    const leaves = needParameters ? Tree.leaves(parametersValue) : [];
    const wrt = needInput ? [...leaves, inputValue] : leaves;
    const c = cotangent(state, link, evaluation);
    const gradients = c === undefined ? [] : recording.pullback(c, wrt);
    const at = (x: Tensor, i: number): Tensor => gradients[i] ?? zerosLike(x);
    const result: Pulled = {
      evaluation,
      output,
      parameters: needParameters
        ? Tree.fromLeaves(
            parametersValue,
            leaves.map((leaf, i) => at(leaf, i)),
          )
        : valid?.parameters,
      input: needInput ? at(inputValue, leaves.length) : valid?.input,
    };
    pulled.set(link.number, result);
    return result;
  };

  const wanted = (together: readonly Block[], link: number) => ({
    parameters: together.some((b) => b.kind === 'parameters' && b.link === link),
    input: together.some((b) => b.kind === 'activation' && b.link === link - 1),
  });

  const missing = (block: Block): never =>
    fail('schedule', showBlock(block), 'a gradient by that block', 'none');

  const gradient = (state: State, block: Block, together: readonly Block[]): Tree.Tree => {
    const above = block.kind === 'parameters' ? block.link : block.link + 1;
    const want = wanted(together, above);
    const { parameters, input } = pull(state, linkAt(energy, above), want.parameters, want.input);
    if (block.kind === 'parameters') return parameters ?? missing(block);
    const fromAbove = input ?? missing(block);
    const own = residual(evaluateIn(state, linkAt(energy, block.link)), activationAt(state, block.link));
    return own === undefined ? fromAbove : add(fromAbove, mul(own, -couplingOf(energy, block.link)));
  };

  /** ½·weight·‖A·V − (−r)‖² + ‖V‖²/(2τ): a ridge problem with β = 1/(weight·τ). */
  const ridge = (state: State, link: Link, tau: number, solver: Solver): Solution<Tree.Tree> | undefined => {
    if (link.design === undefined) return undefined;
    const evaluation = evaluateIn(state, link);
    const { inputValue, recording } = evaluation;
    const weight = link.last
      ? energy.loss.quadraticWeight?.(recording.value)
      : couplingOf(energy, link.number);
    if (weight === undefined) return undefined;
    const r = link.last
      ? add(recording.value, neg(target))
      : (residual(evaluation, activationAt(state, link.number)) ?? zerosLike(recording.value));
    const design = link.design(inputValue);
    return solveRidge(design, design.outputs(neg(r)), 1 / (weight * tau), solver);
  };

  const forwardFrom = (parameters: readonly Variable<Tree.Tree>[], input: Variable<Tensor>): State => {
    const activations: Variable<Tensor>[] = [input];
    for (const link of energy.links.slice(0, -1)) {
      const theta = parameters[link.number - 1] ?? fail('shape', `link ${link.number}`, 'parameters', 'none');
      const { recording } = evaluate(link, theta, activations[link.number - 1] ?? input);
      activations.push({ anchor: recording.value });
    }
    return { parameters, activations };
  };

  return {
    gradient,
    proximal: (state, block, tau, solver) =>
      (block.kind === 'parameters' ? ridge(state, linkAt(energy, block.link), tau, solver) : undefined) ??
      solveLinearised(energy, state, target, block, tau, solver),
    forward: (state) => forwardFrom(state.parameters, activationAt(state, 0)),
    energy: (state) => toNumber(energyValue(energy, state, target)),
    scale: (tree, by) => Tree.map((leaf) => mul(leaf, by))(tree),
    start: (groups, input) =>
      forwardFrom(
        groups.map((anchor) => ({ anchor })),
        { anchor: input },
      ),
    loss: (state) => lossOf(evaluateIn(state, linkAt(energy, energy.links.length))).value,
    release: () => {
      for (const recording of held) recording.release();
      held.length = 0;
    },
  };
};

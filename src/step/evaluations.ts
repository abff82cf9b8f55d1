/**
 * The evaluations of links that the fast interpreter caches, each with its recording for pull-backs:
 * one of each link at the present state, and one at its anchors for frozen steps.
 */
import { type Tensor } from '@tensorflow/tfjs-core';
import { record, type Recording } from '../autodiff';
import { type Tree } from '../core';
import {
  type Energy,
  type Link,
  lossAt,
  parametersOf,
  readFrom,
  type State,
  valueOf,
  type Variable,
} from '../energy';

/** A link, evaluated at its variables. */
export interface StateEvaluation {
  readonly parameters: Variable<Tree.Tree>;
  readonly inputs: readonly Variable<Tensor>[];
  readonly parametersValue: Tree.Tree;
  readonly inputValues: readonly Tensor[];
  readonly recording: Recording;
}

/** The last evaluation of each link. */
type Cache = Map<number, StateEvaluation>;

/** The cache of a run. Everything that it evaluates belongs to it. */
export interface Evaluations {
  /** The link at these variables, as the present state has them. */
  readonly present: (
    link: Link,
    parameters: Variable<Tree.Tree>,
    inputs: readonly Variable<Tensor>[],
  ) => StateEvaluation;
  /** The link at its variables in a state. */
  readonly evaluateIn: (state: State, link: Link) => StateEvaluation;
  /** The link at the anchors of its variables. */
  readonly evaluateFrozen: (state: State, link: Link) => StateEvaluation;
  /** One of the two. */
  readonly evaluationAt: (state: State, link: Link, isFrozen: boolean) => StateEvaluation;
  /** The link at its present parameters and the inputs of the forward pass. */
  readonly evaluateBehind: (state: State, link: Link) => StateEvaluation;
  /** The loss at the output of an evaluation of the last link. */
  readonly lossRecording: (evaluation: StateEvaluation) => Recording;
  /** Frees the evaluations of all links but these, and returns them. */
  readonly forget: (looksAt: (link: number) => boolean) => readonly StateEvaluation[];
  /** Frees all recordings. */
  readonly release: () => void;
}

/** An empty cache for one run on a batch. */
export const evaluationsOf = (energy: Energy, target: Tensor): Evaluations => {
  /** Evaluations at the present state, and at its anchors for frozen steps. */
  const [present, frozen]: readonly [Cache, Cache] = [new Map(), new Map()];
  const lossRecorded = new Map<StateEvaluation, Recording>();
  const held = new Set<Recording>();

  const recorded = (f: () => Tensor): Recording => {
    const recording = record(f);
    held.add(recording);
    return recording;
  };

  const drop = (evaluation: StateEvaluation): void => {
    for (const recording of [evaluation.recording, lossRecorded.get(evaluation)]) {
      recording?.release();
      if (recording !== undefined) held.delete(recording);
    }
    lossRecorded.delete(evaluation);
  };

  /**
   * The link at these variables: cached, or evaluated anew. A new evaluation replaces the cached
   * one of the link.
   */
  const evaluate = (
    cache: Cache,
    link: Link,
    parameters: Variable<Tree.Tree>,
    inputs: readonly Variable<Tensor>[],
  ): StateEvaluation => {
    const kept = cache.get(link.number);
    if (kept?.parameters === parameters && kept.inputs.every((v, i) => v === inputs[i])) return kept;
    if (kept !== undefined && [present, frozen].filter((c) => c.get(link.number) === kept).length === 1)
      drop(kept);
    const parametersValue = valueOf(parameters);
    const inputValues = inputs.map((v) => valueOf(v));
    const recording = recorded(() => link.forward(parametersValue, inputValues));
    const evaluation = { parameters, inputs, parametersValue, inputValues, recording };
    cache.set(link.number, evaluation);
    return evaluation;
  };

  const evaluateIn = (state: State, link: Link): StateEvaluation =>
    evaluate(present, link, parametersOf(state, link), readFrom(state.activations, link));

  /**
   * The link at the anchors of its variables. It reuses the evaluation of the forward pass while
   * that is cached.
   */
  const evaluateFrozen = (state: State, link: Link): StateEvaluation => {
    const parameters = parametersOf(state, link);
    const inputs = readFrom(state.activations, link);
    const known = [frozen, present]
      .map((c) => c.get(link.number))
      .find(
        (e) =>
          e?.parameters.decrement === undefined &&
          e?.parameters.anchor === parameters.anchor &&
          e.inputs.every(
            ({ anchor, decrement }, i) => decrement === undefined && anchor === inputs[i]?.anchor,
          ),
      );
    if (known !== undefined) {
      frozen.set(link.number, known);
      return known;
    }
    return evaluate(
      frozen,
      link,
      { anchor: parameters.anchor },
      inputs.map(({ anchor }) => ({ anchor })),
    );
  };

  const evaluationAt = (state: State, link: Link, isFrozen: boolean): StateEvaluation =>
    isFrozen ? evaluateFrozen(state, link) : evaluateIn(state, link);

  const lossRecording = (evaluation: StateEvaluation): Recording => {
    const kept = lossRecorded.get(evaluation);
    if (kept !== undefined) return kept;
    const recording = recorded(() => lossAt(energy, evaluation.recording.value, target));
    lossRecorded.set(evaluation, recording);
    return recording;
  };

  /** The link at its present parameters and the inputs of the forward pass. */
  const evaluateBehind = (state: State, link: Link): StateEvaluation => {
    const parameters = parametersOf(state, link);
    if (parameters.decrement === undefined) return evaluateFrozen(state, link);
    const inputs = readFrom(state.activations, link);
    return evaluate(
      frozen,
      link,
      parameters,
      inputs.map(({ anchor }) => ({ anchor })),
    );
  };

  return {
    present: (...of) => evaluate(present, ...of),
    evaluateIn,
    evaluateFrozen,
    evaluationAt,
    evaluateBehind,
    lossRecording,
    forget: (looksAt) =>
      [present, frozen].flatMap((cache) =>
        [...cache].flatMap(([number, evaluation]) => {
          if (looksAt(number)) return [];
          drop(evaluation);
          cache.delete(number);
          return [evaluation];
        }),
      ),
    release: () => {
      for (const recording of held) recording.release();
      held.clear();
    },
  };
};

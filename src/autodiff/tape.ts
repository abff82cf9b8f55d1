/**
 * Reverse-mode differentiation: record a computation once, then pull back cotangents through it as
 * often as you want.
 *
 * The recording is tfjs's own tape. We walk it ourselves, since the stock walk needs its inputs
 * named in advance, frees the tape after one use, and follows the order of recording, which
 * silently gives wrong second derivatives for ops that save their output. Here nodes are visited in
 * topological order.
 *
 * Recordings nest: a pull-back inside another recording is recorded itself. Derivatives of
 * derivatives are therefore right, as far as the gradients of the ops are differentiable
 * themselves.
 */
import { add, engine, Tensor } from '@tensorflow/tfjs-core';
import { explained, fail, scope } from '../core';
import { installGradients, shapesOnly } from './gradients';

type Node = NonNullable<ReturnType<typeof engine>['state']['activeTape'][number]>;

/** A computation that has run and can be differentiated until `release` frees what it keeps. */
export interface Recording<Y extends Tensor = Tensor> {
  /** The result of the computation. */
  readonly value: Y;
  /**
   * Jᵀ·cotangent for each tensor of `wrt`, in that order. These are inputs of the computation, or
   * any tensors inside it. `undefined` stands for zero: the value does not depend on that tensor.
   * You dispose of the results. Throws a `Fault` with tag `memory` after `release`, and `gradient`
   * for an op without a gradient.
   */
  readonly pullback: (cotangent: Tensor, wrt: readonly Tensor[]) => readonly (Tensor | undefined)[];
  /** Frees the saved tensors. Calling it again, or inside an outer recording, does nothing. */
  readonly release: () => void;
}

const isReal = (x: Tensor | null | undefined): x is Tensor => x instanceof Tensor && x.dtype === 'float32';

const inputsOf = (node: Node): readonly (readonly [string, Tensor])[] =>
  Object.entries(node.inputs).filter((entry) => isReal(entry[1]));

/** Nodes on a path from `wrt` to the value, each after all nodes that consume its outputs. */
const backwardOrder = (nodes: readonly Node[], value: Tensor, wrt: readonly Tensor[]): readonly Node[] => {
  const producer = new Map<number, Node>();
  for (const node of nodes) for (const output of node.outputs) producer.set(output.id, node);
  const targets = new Set(wrt.map((x) => x.id));
  const depends = new Map<Node, boolean>();
  const order: Node[] = [];
  // Depth first, with an explicit stack: a long recording must not overflow the call stack.
  const stack: { node: Node; inputs: ReturnType<typeof inputsOf>; next: number }[] = [];
  const enter = (x: Tensor): void => {
    const node = producer.get(x.id);
    if (node === undefined || depends.has(node)) return;
    depends.set(node, false);
    stack.push({ node, inputs: inputsOf(node), next: 0 });
  };
  enter(value);
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const { inputs } = top;
    const input = inputs[top.next++]?.[1];
    if (input !== undefined) {
      enter(input);
      continue;
    }
    stack.pop();
    const relevant = inputs.some(([, x]) => {
      const from = producer.get(x.id);
      return targets.has(x.id) || (from !== undefined && depends.get(from) === true);
    });
    depends.set(top.node, relevant);
    if (relevant) order.push(top.node);
  }
  return order.reverse();
};

const noGradient = (op: string): never =>
  fail(
    'gradient',
    op,
    `an op with a gradient (the list is in src/autodiff/README.md)`,
    `op ${op}, which has none`,
  );

/** The same values as another tensor, which shares their memory. */
const copy = <Y extends Tensor>(y: Y): Y => y.clone();

/** A tensor that the running scope has made and would free; a copy of any other, such as an input. */
const own = <Y extends Tensor>(y: Y): Y =>
  !y.kept && engine().state.activeScope.track.includes(y) ? y : copy(y);

/**
 * One walk: cotangents of the value become cotangents of `wrt`. Every tensor is freed as soon as
 * nothing needs it, so a long recording holds few cotangents at a time.
 */
const walk = (
  nodes: readonly Node[],
  value: Tensor,
  cotangent: Tensor,
  wrt: readonly Tensor[],
): readonly (Tensor | undefined)[] => {
  const order = backwardOrder(nodes, value, wrt);
  const onPath = new Set<number>(wrt.map((x) => x.id));
  for (const node of order) for (const output of node.outputs) onPath.add(output.id);
  const targets = new Set(wrt.map((x) => x.id));
  const cotangents = new Map<number, Tensor>([[value.id, cotangent]]);
  // Tensors are numbered in the order of their creation: older ones have other owners, even if an
  // op returns them.
  const first = scope(() => copy(cotangent)).id;
  const free = (...made: readonly (Tensor | undefined)[]): void => {
    const needed = new Set(cotangents.values());
    for (const x of made) if (x !== undefined && x.id >= first && !needed.has(x)) x.dispose();
  };
  for (const node of order) {
    const received = node.outputs.map((output) => cotangents.get(output.id));
    if (received.every((dy) => dy === undefined)) continue;
    if (node.gradient === undefined) return noGradient(node.kernelName);
    // Boundary with tfjs: a missing cotangent of a many-valued op is filled with zeros by the tape
    // node itself.
    const thunks = node.gradient(received as Tensor[]);
    for (const [name, input] of inputsOf(node)) {
      if (!onPath.has(input.id)) continue;
      const thunk = thunks[name] ?? noGradient(node.kernelName);
      const contribution = scope(() => thunk());
      const before = cotangents.get(input.id);
      cotangents.set(input.id, before === undefined ? contribution : add(before, contribution));
      if (before !== undefined) free(before, contribution);
    }
    for (const output of node.outputs) if (!targets.has(output.id)) cotangents.delete(output.id);
    free(...received);
  }
  return wrt.map((x) => cotangents.get(x.id));
};

/**
 * Runs `f` and records it. The caller owns the value, as with `scope`. `release` frees what the
 * tape keeps; inside an outer recording, the release of the outer one does.
 *
 * @example
 * const r = record(() => sum(square(x)));
 * const [g] = r.pullback(scalar(1), [x]); // 2x
 * r.release();
 */
export const record = <Y extends Tensor>(f: () => Y): Recording<Y> => {
  installGradients();
  const { state } = engine();
  const outermost = state.gradientDepth === 0;
  if (outermost) state.activeTape = [];
  const tape = state.activeTape;
  const from = tape.length;
  state.gradientDepth++;
  let value: Y;
  const free = (): void => {
    for (const node of tape) for (const saved of node.saved ?? []) saved.dispose();
    tape.length = 0;
  };
  try {
    value = scope(() => own(f()));
  } catch (thrown) {
    if (outermost) free();
    throw explained('a differentiated function', thrown);
  } finally {
    state.gradientDepth--;
  }
  const nodes = tape.slice(from);
  for (const node of nodes)
    if (shapesOnly.has(node.kernelName)) for (const saved of node.saved ?? []) saved.dispose();
  let released = false;
  return {
    value,
    pullback: (cotangent, wrt) => {
      if (released) fail('memory', 'pullback', 'a recording that is still held', 'one that was released');
      return scope(() => {
        const result = walk(nodes, value, cotangent, wrt);
        // Results must be distinct tensors: an op may return its cotangent, and the caller frees
        // both.
        const taken = new Set<Tensor>([cotangent]);
        return result.map((x) => {
          if (x === undefined || !taken.has(x)) {
            if (x !== undefined) taken.add(x);
            return x;
          }
          return x.clone();
        });
      });
    },
    release: () => {
      if (outermost && !released) free();
      released = true;
    },
  };
};

/**
 * Kronecker factors at the last forward pass, and directions in their metric: how the fast
 * interpreter runs `factors`.
 */
import { add, matMul, mul, type Tensor, zerosLike } from '@tensorflow/tfjs-core';
import { gradientOf, type Recording } from '../autodiff';
import { fail, inPhase, type Key, scope, type Tree } from '../core';
import {
  drawnAt,
  type Energy,
  factorsAt,
  inputsOf,
  type Link,
  linkAt,
  lossAt,
  type Memory,
  memoryOf,
  placeOfLink,
  showBlock,
  type SingleBlock,
  type State,
} from '../energy';
import {
  type BatchFactors,
  chooseGram,
  type Design,
  exact,
  type FactorOptions,
  inMetric,
  nextFactors,
} from '../solver';
import { type BlockSolve } from './evaluator';

/** A link at the last forward pass: its inputs, and its recording. */
export interface Passed {
  readonly link: Link;
  readonly inputs: readonly Tensor[];
  readonly recording: Recording;
}

/** The design of a link, if its AᵀA is one matrix. */
export const designOf = (link: Link, inputs: readonly Tensor[]): Design<Tree.Tree> | undefined => {
  const design = link.design?.(inputs);
  return design === undefined || design.blocks !== undefined || design.grams.length === 0
    ? undefined
    : design;
};

/**
 * The gradients of the loss at a target by the output of every link, from link 1 on. The caller
 * owns the tensors.
 */
const outputGradients = (energy: Energy, passed: readonly Passed[], target: Tensor): readonly Tensor[] => {
  const sums: (Tensor | undefined)[] = [];
  for (const { link, inputs, recording } of [...passed].reverse()) {
    const own = link.last
      ? gradientOf((f: Tensor) => lossAt(energy, f, target), recording.value).gradient
      : (sums[link.number] ?? zerosLike(recording.value));
    sums[link.number] = own;
    const wanted = link.reads.flatMap((read, i) => {
      const input = inputs[i];
      return read === 0 || input === undefined ? [] : [{ read, input }];
    });
    const pulled = recording.pullback(
      own,
      wanted.map(({ input }) => input),
    );
    wanted.forEach(({ read }, i) => {
      const [before, more] = [sums[read], pulled[i]];
      if (more !== undefined) sums[read] = before === undefined ? more : add(before, more);
    });
  }
  return passed.map(({ link, recording }) => sums[link.number] ?? zerosLike(recording.value));
};

/** AᵀA and N·HᵀH of a batch, summed over all links that share θ. */
const batchOf = (
  owner: Link,
  passed: readonly Passed[],
  gradients: readonly Tensor[] | undefined,
): BatchFactors | undefined => {
  const parts = owner.sharers.flatMap((sharer) => {
    const at = passed[sharer - 1];
    const design = at === undefined ? undefined : designOf(at.link, at.inputs);
    const gradient = gradients?.[sharer - 1];
    return at === undefined || design === undefined
      ? []
      : [{ design, gradient, examples: at.inputs[0]?.shape[0] ?? 1 }];
  });
  const [first] = parts;
  if (first === undefined || parts.length < owner.sharers.length) return undefined;
  const gram = parts
    .map(({ design }) => chooseGram(exact(), design.grams).form())
    .reduce((a, b) => add(a, b));
  const rows = parts.reduce((total, { design }) => total + design.rows, 0);
  if (gradients === undefined) return { gram, rows };
  const outputs = parts
    .map(({ design, gradient }) => {
      const h = design.toUnits(design.outputs(gradient ?? fail('schedule', 'factors', 'a gradient', 'none')));
      return matMul(h, h, false, true);
    })
    .reduce((a, b) => add(a, b));
  return { gram, rows, outputs: mul(outputs, first.examples) };
};

/** The factors of every θ_l that has a design, as entries of the memory. */
export const factorsOf = (
  energy: Energy,
  state: State,
  passed: readonly Passed[],
  options: FactorOptions,
  key: Key.Key | undefined,
  mayRead: boolean,
): { readonly memory: Memory; readonly solves: readonly BlockSolve[] } => {
  const solves: BlockSolve[] = [];
  const memory = scope((): Memory => {
    const output = passed.at(-1)?.recording.value;
    const gradients =
      key === undefined || output === undefined
        ? undefined
        : outputGradients(energy, passed, drawnAt(energy, output, key));
    return energy.links.reduce<Memory>((entries, link) => {
      if (link.owner !== link.number || link.fixed) return entries;
      const batch = inPhase('gram', () => batchOf(link, passed, gradients));
      if (batch === undefined) return entries;
      const path = placeOfLink(link.number, link.name);
      const { factors, reports } = inPhase('factor', () =>
        nextFactors(path, batch, options, factorsAt(state, link.number), mayRead),
      );
      solves.push(...reports.map((report) => ({ block: `θ_${link.number}`, ...report })));
      return { ...entries, ...memoryOf(link.number, factors) };
    }, {});
  });
  return { memory, solves };
};

/**
 * A gradient by θ_l in the metric of its factors; unchanged if the link has no design. `product`
 * applies the factors.
 */
export const gradientInMetric = (
  energy: Energy,
  state: State,
  { link: number }: SingleBlock,
  gradient: Tree.Tree,
  product: typeof inMetric = inMetric,
): Tree.Tree => {
  const link = linkAt(energy, number);
  const designs = link.sharers.map((l) =>
    designOf(linkAt(energy, l), inputsOf(state, linkAt(energy, l), true)),
  );
  const [design] = designs;
  if (design === undefined || designs.includes(undefined)) return gradient;
  const block = showBlock({ kind: 'parameters', link: number });
  const kept =
    factorsAt(state, number) ?? fail('schedule', `metric of ${block}`, 'an earlier step `factors`', 'none');
  return inPhase('solve', () => scope(() => design.unpack(product(design.pack(gradient), kept))));
};

/**
 * The factors of the plain interpreter: gradients by outputs through autodiff of the loss, and
 * matrices in float64 on the host.
 */
import { add, transpose, type Tensor, zerosLike } from '@tensorflow/tfjs-core';
import { gradientOf } from '../autodiff';
import { fail, type Key, toHost } from '../core';
import {
  drawnAt,
  type Energy,
  factorsAt,
  inputsOf,
  lossAt,
  type Memory,
  memoryOf,
  outputOf,
  type State,
  withBlock,
  x,
} from '../energy';
import { type FactorOptions, nextFactorsPlain } from '../solver';
import { designOf } from './metric';

/** The output of every link at the anchors. `moved` displaces the output of one link. */
const outputsAt = (
  energy: Energy,
  anchored: State,
  moved?: { readonly link: number; readonly by: Tensor },
): readonly Tensor[] => {
  let state = anchored;
  return energy.links.map((link) => {
    const output = outputOf(state, link);
    const value = moved?.link === link.number ? add(output, moved.by) : output;
    if (!link.last) state = withBlock(state, x(link.number), { anchor: value });
    return value;
  });
};

const missing = (): never => fail('schedule', 'factors', 'a link', 'none');

const last = (outputs: readonly Tensor[]): Tensor => outputs.at(-1) ?? missing();

/** Row-major [n, m] of matrices [n, m_i] side by side. */
const sideBySide = (parts: readonly Float64Array[], n: number): Float64Array => {
  const widths = parts.map(({ length }) => length / n);
  return Float64Array.from(
    Array.from({ length: n }, (_, i) =>
      parts.flatMap((part, p) => [...part.subarray(i * (widths[p] ?? 0), (i + 1) * (widths[p] ?? 0))]),
    ).flat(),
  );
};

export const factorsPlain = (
  energy: Energy,
  anchored: State,
  options: FactorOptions,
  key: Key.Key | undefined,
): Memory => {
  const outputs = outputsAt(energy, anchored);
  const target = key === undefined ? undefined : drawnAt(energy, last(outputs), key);
  const gradientAt = (link: number): Tensor => {
    const output = outputs[link - 1] ?? missing();
    return gradientOf(
      (by: Tensor) => lossAt(energy, last(outputsAt(energy, anchored, { link, by })), target ?? missing()),
      zerosLike(output),
    ).gradient;
  };
  return energy.links.reduce<Memory>((entries, link) => {
    if (link.owner !== link.number || link.fixed) return entries;
    const parts = link.sharers.flatMap((sharer) => {
      const of = energy.links[sharer - 1] ?? missing();
      const inputs = inputsOf(anchored, of);
      const design = designOf(of, inputs);
      return design === undefined ? [] : [{ sharer, design, examples: inputs[0]?.shape[0] ?? 1 }];
    });
    const [first] = parts;
    if (first === undefined || parts.length < link.sharers.length) return entries;
    const { columns, units } = first.design;
    const rowsOfA = parts.map(({ design }) => toHost(transpose(design.matrix())));
    const h =
      target === undefined
        ? []
        : parts.map(({ sharer, design }) => toHost(design.toUnits(design.outputs(gradientAt(sharer)))));
    const batch = {
      inputs: sideBySide(rowsOfA, columns),
      columns,
      ...(h.length === 0 ? {} : { outputs: sideBySide(h, units) }),
      units,
      rows: parts.reduce((total, { design }) => total + design.rows, 0),
      examples: first.examples,
    };
    return {
      ...entries,
      ...memoryOf(link.number, nextFactorsPlain(batch, options, factorsAt(anchored, link.number))),
    };
  }, {});
};
